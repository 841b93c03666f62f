//! Character positions, which the parser counts in, to byte positions, which Rust slices by.

use saphyr_parser::Span as CharSpan;

use crate::config::tree::Span;

/// Byte offset of each character of a text, and its length at the end.
pub(super) struct Offsets(Vec<usize>);

impl Offsets {
    pub fn of(text: &str) -> Self {
        Self(
            text.char_indices()
                .map(|(at, _)| at)
                .chain([text.len()])
                .collect(),
        )
    }

    /// Byte offset of a character; the end of the text for any past it.
    pub fn byte(&self, character: usize) -> usize {
        let end = self.0.last().copied().unwrap_or_default();
        self.0.get(character).copied().unwrap_or(end)
    }

    /// The byte range, without the white space that the parser counts to a scalar's end.
    pub fn span(&self, text: &str, span: &CharSpan) -> Span {
        let start = self.byte(span.start.index());
        let end = self.byte(span.end.index()).max(start);
        start..start + text[start..end].trim_end().len()
    }
}
