//! Problems as data: what editors and other programs read of them.

use std::fmt;

use serde::Serialize;

use super::{Source, problem::Problem, tree::Span};

/// A problem that was found, for people and for programs.
#[derive(Debug, Clone, Serialize)]
pub struct Notice {
    /// The fact.
    pub message: String,
    /// Where it is; nowhere when it is about the whole.
    #[serde(flatten)]
    pub place: Option<Location>,
    /// What is said at that place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What to write instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// A second place that has to do with it, and what is said there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub also: Option<Also>,
    /// All of it, with the lines of the file.
    #[serde(skip)]
    text: String,
}

/// A second place.
#[derive(Debug, Clone, Serialize)]
pub struct Also {
    /// Where it is.
    #[serde(flatten)]
    pub place: Location,
    /// What is said there.
    pub label: String,
}

/// A place in a file. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Location {
    /// Path of the file.
    pub file: String,
    /// Line of its first character.
    pub line: usize,
    /// Column of its first character.
    pub column: usize,
    /// Line behind its last character.
    pub end_line: usize,
    /// Column behind its last character.
    pub end_column: usize,
}

impl Notice {
    /// What has no place in the file.
    pub fn of(message: impl Into<String>, hint: Option<String>) -> Self {
        let message = message.into();
        Self {
            text: message.clone(),
            message,
            place: None,
            label: None,
            hint,
            also: None,
        }
    }

    pub(super) fn at(file: &Source, problem: &Problem, text: String) -> Self {
        let Problem {
            severity: _,
            span,
            title,
            label,
            also,
            help,
        } = problem.clone();
        Self {
            message: title,
            place: Some(Location::of(file, &span)),
            label,
            hint: help,
            also: also.map(|(span, label)| Also {
                place: Location::of(file, &span),
                label,
            }),
            text,
        }
    }
}

/// The text, as errors show it.
impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Location {
    fn of(file: &Source, span: &Span) -> Self {
        let (line, column) = position(&file.text, span.start);
        let (end_line, end_column) = position(&file.text, span.end);
        Self {
            file: file.path.to_string(),
            line,
            column,
            end_line,
            end_column,
        }
    }
}

fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}
