//! The text of a value to its variables.
//!
//! ```text
//! value    = { text | variable }            "\${" is the text "${"
//! variable = "${" source { "," source } "}"
//! source   = provider [ "(" … ")" ] ":" address | 'text' | "text" | number, true, null, words
//! ```
//!
//! Addresses and defaults may hold variables. As in SCF, `${…}` without a colon or parentheses
//! is no variable but text, so that shell snippets survive.

use std::ops::Range;

use serde_json::Value;

use super::reader::Reader;

/// Text with variables in it.
pub(super) type Template = Vec<Piece>;

/// A part of a template.
#[derive(Debug, PartialEq)]
pub(super) enum Piece {
    Text(String),
    Variable {
        sources: Vec<Source>,
        at: Range<usize>,
    },
}

/// One of the alternatives of a variable; the first that has a value gives it.
#[derive(Debug, PartialEq)]
pub(super) enum Source {
    Lookup {
        provider: String,
        address: Template,
        at: Range<usize>,
    },
    Literal(Value),
    Text(Template),
}

/// Text that begins like a variable and does not end like one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SyntaxError {
    pub at: Range<usize>,
    pub fact: &'static str,
}

/// Reads a whole value.
pub(super) fn parse(text: &str) -> Result<Template, SyntaxError> {
    Reader::of(text).template(&[])
}
