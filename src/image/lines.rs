//! Lines out of a stream of bytes.

use std::{collections::VecDeque, mem};

use super::{LOG_TAIL, mask::Masks};

/// A line that gets longer than this, in bytes, is cut: output without line breaks must not pile
/// up in memory.
const LONGEST_LINE: usize = 16 * 1024;

/// Cuts output that comes in pieces into lines.
#[derive(Default)]
pub(super) struct Lines {
    /// What came after the last line break.
    begun: Vec<u8>,
}

impl Lines {
    /// Takes a piece; returns the lines that it ends.
    pub fn take(&mut self, output: &[u8], masks: &Masks) -> Vec<String> {
        let mut ended = Vec::new();
        for piece in output.split_inclusive(|byte| *byte == b'\n') {
            for part in piece.chunks(LONGEST_LINE) {
                self.begun.extend_from_slice(part);
                if part.ends_with(b"\n") {
                    ended.extend(self.end(masks));
                } else if self.begun.len() >= LONGEST_LINE {
                    ended.extend(self.cut(masks));
                }
            }
        }
        ended
    }

    /// Ends the line that has begun, if one has.
    pub fn end(&mut self, masks: &Masks) -> Option<String> {
        let line = mem::take(&mut self.begun);
        (!line.is_empty()).then(|| masks.masked(printed(&line)))
    }

    /// Ends the line before what may be the beginning of a secret.
    fn cut(&mut self, masks: &Masks) -> Option<String> {
        let held = self.begun.len() - masks.begun(&self.begun);
        let rest = self.begun.split_off(held);
        let line = self.end(masks);
        self.begun = rest;
        line
    }
}

/// A line as a terminal would leave it standing: a progress bar overwrites itself.
fn printed(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_end();
    text.rsplit('\r').next().unwrap_or_default().to_owned()
}

/// The last [`LOG_TAIL`] lines.
#[derive(Default)]
pub(super) struct Tail(VecDeque<String>);

impl Tail {
    /// Adds a line; the oldest goes when there are too many.
    pub fn push(&mut self, line: &str) {
        if self.0.len() == LOG_TAIL {
            self.0.pop_front();
        }
        self.0.push_back(line.to_owned());
    }

    /// Has there been no line?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Tail> for Vec<String> {
    fn from(Tail(lines): Tail) -> Self {
        lines.into()
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretSlice;

    use super::{LONGEST_LINE, Lines, Masks};

    fn none() -> Masks {
        Masks::default()
    }

    #[test]
    fn lines_end_at_line_breaks_wherever_the_pieces_do() {
        let mut lines = Lines::default();
        assert!(lines.take(b"on", &none()).is_empty());
        assert_eq!(lines.take(b"e\ntwo\r\n\nth", &none()), ["one", "two", ""]);
        assert_eq!(lines.end(&none()).as_deref(), Some("th"));
        assert_eq!(lines.end(&none()), None);
    }

    #[test]
    fn a_progress_bar_leaves_its_last_state() {
        assert_eq!(
            Lines::default().take(b"10 %\r50 %\r100 %\n", &none()),
            ["100 %"]
        );
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let mut lines = Lines::default();
        let cut = lines.take(&vec![b'x'; 2 * LONGEST_LINE + 1], &none());
        assert_eq!(
            cut.iter().map(String::len).collect::<Vec<_>>(),
            [LONGEST_LINE; 2]
        );
        assert_eq!(lines.end(&none()).as_deref(), Some("x"));
    }

    #[test]
    fn a_secret_is_not_cut_in_two() {
        let masks = Masks::of([&SecretSlice::from(b"s3cr3t".to_vec())]);
        let before = "x".repeat(LONGEST_LINE - 3);
        let mut lines = Lines::default();
        let cut = lines.take(format!("{before}s3cr3t\n").as_bytes(), &masks);
        assert_eq!(cut, [before, "***".to_owned()]);
    }
}
