//! The stream of an engine's messages: JSON values, one a line.

use std::{marker::PhantomData, mem};

use serde::de::DeserializeOwned;

/// Cuts an answer that comes in pieces into messages.
pub(super) struct JsonLines<T> {
    begun: Vec<u8>,
    message: PhantomData<T>,
}

impl<T> Default for JsonLines<T> {
    fn default() -> Self {
        Self {
            begun: Vec::new(),
            message: PhantomData,
        }
    }
}

impl<T: DeserializeOwned> JsonLines<T> {
    /// Takes a piece; returns the messages that it ends.
    pub fn take(&mut self, piece: &[u8]) -> Vec<Result<T, serde_json::Error>> {
        let mut ended = Vec::new();
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            self.begun.extend_from_slice(part);
            if part.ends_with(b"\n") {
                let line = mem::take(&mut self.begun);
                if !line.trim_ascii().is_empty() {
                    ended.push(serde_json::from_slice(&line));
                }
            }
        }
        ended
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::JsonLines;

    #[test]
    fn messages_end_at_line_breaks_wherever_the_pieces_do() {
        let mut lines = JsonLines::<Vec<u8>>::default();
        assert!(lines.take(b"[1,").is_empty());
        let messages = lines.take(b"2]\r\n\r\n[3]\n[");
        let messages: Vec<_> = messages.into_iter().map(Result::unwrap).collect();
        assert_eq!(messages, [vec![1, 2], vec![3]]);
    }
}
