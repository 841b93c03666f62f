//! Problems as people read them: the file, the line, the place underlined, what to write.

use std::fmt;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet, normalize_untrusted_str};

use super::{
    Notice, Source,
    problem::{Problem, Severity},
};
use crate::error::{Class, Diagnose};

/// All that is wrong with a file.
pub struct ConfigErrors {
    file: Source,
    problems: Vec<Problem>,
    colour: bool,
}

impl ConfigErrors {
    pub(super) fn new(file: &Source, mut problems: Vec<Problem>) -> Self {
        problems.retain(|problem| problem.severity == Severity::Error);
        Self {
            file: file.clone(),
            problems: in_order(problems),
            colour: false,
        }
    }

    /// Whether [`Diagnose::detail`] is coloured; it is not unless this is called.
    #[must_use]
    pub fn colour(mut self, colour: bool) -> Self {
        self.colour = colour;
        self
    }

    /// The errors as data, in the order of the file.
    pub fn notices(&self) -> Vec<Notice> {
        notices(&self.file, &self.problems)
    }

    /// Number of errors; at least 1.
    pub fn count(&self) -> usize {
        self.problems.len()
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.count() == 1 { "error" } else { "errors" };
        write!(f, "{} has {} {plural}", self.file.path, self.count())
    }
}

/// Facts only: the text of the file may hold secrets.
impl fmt::Debug for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let titles = self.problems.iter().map(|problem| &problem.title);
        write!(f, "ConfigErrors({}: ", self.file.path)?;
        f.debug_list().entries(titles).finish()?;
        f.write_str(")")
    }
}

impl std::error::Error for ConfigErrors {}

impl Diagnose for ConfigErrors {
    fn class(&self) -> Class {
        Class::Config
    }

    fn hint(&self) -> Option<String> {
        Some("`scf schema` prints what may stand where; nothing was changed".to_owned())
    }

    fn detail(&self) -> Option<String> {
        let text = |problem| render(&self.file, problem, self.colour);
        let texts: Vec<String> = self.problems.iter().map(text).collect();
        Some(texts.join("\n\n"))
    }
}

/// In the order of the file, each once: a value can be both too short and of the wrong form.
fn in_order(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
    problems.dedup();
    problems
}

/// The warnings among the problems of a file that is accepted.
pub(super) fn warnings(file: &Source, mut problems: Vec<Problem>) -> Vec<Notice> {
    problems.retain(|problem| problem.severity == Severity::Warning);
    notices(file, &in_order(problems))
}

fn notices(file: &Source, problems: &[Problem]) -> Vec<Notice> {
    let notice = |problem| Notice::at(file, problem, render(file, problem, false));
    problems.iter().map(notice).collect()
}

fn render(file: &Source, problem: &Problem, colour: bool) -> String {
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    // Keys come from the file: no control character of theirs may reach a terminal.
    let label = problem.label.as_deref().map(normalize_untrusted_str);
    let primary = AnnotationKind::Primary
        .span(problem.span.clone())
        .label(label);
    let mut snippet = Snippet::source(&file.text)
        .path(file.path.as_str())
        .annotation(primary);
    if let Some((span, label)) = &problem.also {
        snippet = snippet.annotation(AnnotationKind::Context.span(span.clone()).label(label));
    }
    let mut group = level
        .primary_title(normalize_untrusted_str(&problem.title))
        .element(snippet);
    if let Some(help) = &problem.help {
        group = group.element(Level::HELP.message(normalize_untrusted_str(help)));
    }
    let renderer = if colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    renderer.render(&[group])
}
