//! Progress while it happens, on standard error: a live tree on a terminal, plain lines elsewhere.

mod plain;
mod tree;

use std::{io::IsTerminal as _, sync::Arc, time::Duration};

use crate::{apply::Observer, local::Log, state::v1::Event};

pub use plain::Plain;
pub use tree::Tree;

/// Watches runs and prints.
pub trait Display: Observer + Log {}
impl<T: Observer + Log> Display for T {}

/// How progress looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // Each is a fact of its own about the place.
pub struct Style {
    /// Standard error is a terminal, and not a dumb one.
    pub live: bool,
    /// Colours are wanted (`NO_COLOR` is not set).
    pub colour: bool,
    /// In a GitHub workflow: lines are grouped.
    pub github: bool,
    /// Lines of builds are shown.
    pub debug: bool,
}

impl Style {
    /// From the environment of the process.
    pub fn detect(debug: bool) -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let terminal = std::io::stderr().is_terminal() && !dumb && !set("CI");
        Self {
            live: terminal && !debug,
            colour: terminal && !set("NO_COLOR"),
            github: set("GITHUB_ACTIONS"),
            debug,
        }
    }

    /// The display of this style.
    pub fn display(self) -> Arc<dyn Display> {
        if self.live {
            Arc::new(Tree::new(self))
        } else {
            Arc::new(Plain::new(self))
        }
    }
}

/// Sign and words for how a step ended.
fn ending(event: &Event) -> (&'static str, &'static str) {
    match event {
        Event::Started => ("…", "started"),
        Event::Succeeded => ("✓", "done"),
        Event::Failed { .. } => ("✗", "failed"),
        Event::Cancelled => ("⊘", "cancelled"),
        Event::Skipped { .. } => ("-", "skipped"),
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
