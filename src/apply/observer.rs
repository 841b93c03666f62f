//! What the run tells whoever watches it.

use std::time::Duration;

use crate::{
    plan::StepId,
    state::v1::{Entry, Event},
};

/// Something that happened.
#[derive(Debug)]
pub enum Progress<'a> {
    /// A step has begun.
    Started {
        /// Its name.
        step: &'a StepId,
        /// What it does.
        does: &'a str,
    },
    /// A step has ended, or was skipped.
    Ended {
        /// Its name.
        step: &'a StepId,
        /// How.
        event: &'a Event,
        /// How long it took; zero if it was skipped.
        took: Duration,
    },
    /// The journal has this entry in the store: from here on it survives the process.
    Recorded(&'a Entry),
    /// No new step is begun any more; running ones are given a moment.
    Stopping {
        /// Why, for a person.
        because: &'a str,
    },
}

/// Watches a run. Called from many tasks; must not block for long.
pub trait Observer: Send + Sync {
    /// Something happened.
    fn progress(&self, progress: &Progress<'_>);
}
