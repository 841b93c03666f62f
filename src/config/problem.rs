//! One thing that is wrong with the file, before it is text.

use super::tree::Span;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Severity {
    /// The file cannot be used.
    Error,
    /// The file is used, in a way that its author may not expect.
    Warning,
}

/// A finding with its place. No text in it may repeat a value that a variable gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub severity: Severity,
    /// What is underlined.
    pub span: Span,
    /// The fact: the headline.
    pub title: String,
    /// What is said at the underlined text.
    pub label: Option<String>,
    /// A second place that has to do with it.
    pub also: Option<(Span, String)>,
    /// What to write instead.
    pub help: Option<String>,
}

impl Problem {
    pub fn error(span: Span, title: impl Into<String>) -> Self {
        let title = title.into();
        Self {
            severity: Severity::Error,
            span,
            title,
            label: None,
            also: None,
            help: None,
        }
    }

    pub fn warning(span: Span, title: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(span, title)
        }
    }

    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    pub fn also(mut self, span: Span, label: impl Into<String>) -> Self {
        self.also = Some((span, label.into()));
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
