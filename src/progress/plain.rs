//! A line for each step that ends, and for each line of a build with `--debug`.

use std::{
    io::{Write as _, stderr},
    sync::Mutex,
};

use super::{Style, ending, seconds};
use crate::{
    apply::{Observer, Progress},
    local::Log,
    state::v1::Event,
};

/// Plain lines; in a GitHub workflow, all steps are one group.
#[derive(Debug)]
pub struct Plain {
    style: Style,
    /// Whether the group is open. Held while a line is printed: lines of two steps must not mix.
    open: Mutex<bool>,
}

impl Plain {
    /// Prints in this style.
    pub fn new(style: Style) -> Self {
        Self {
            style,
            open: Mutex::new(false),
        }
    }

    fn print(&self, line: &str) {
        let mut open = self
            .open
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut out = stderr().lock();
        if self.style.github && !*open {
            *open = true;
            let _ = writeln!(out, "::group::Steps");
        }
        let _ = writeln!(out, "{line}");
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        if *self
            .open
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
        {
            let _ = writeln!(stderr(), "::endgroup::");
        }
    }
}

impl Observer for Plain {
    fn progress(&self, progress: &Progress<'_>) {
        match progress {
            Progress::Started { step, does } if self.style.debug => {
                self.print(&format!("{:9} {step}: {does}", "started"));
            }
            Progress::Ended {
                step,
                event: Event::Skipped {
                    because: Some(failed),
                },
                ..
            } => {
                self.print(&format!("{:9} {step}, because {failed} failed", "skipped"));
            }
            Progress::Ended { step, event, took } => {
                let (_, word) = ending(event);
                self.print(&format!("{word:9} {step} {}", seconds(*took)));
            }
            Progress::Stopping { because } => {
                self.print(&format!("stopping: {because}; what runs is given a moment"));
            }
            Progress::Started { .. } | Progress::Recorded(_) => {}
        }
    }
}

impl Log for Plain {
    fn line(&self, from: &str, line: &str) {
        if self.style.debug {
            self.print(&format!("{from} | {line}"));
        }
    }

    fn warning(&self, from: &str, text: &str) {
        self.print(&format!("warning   {from}: {text}"));
    }
}
