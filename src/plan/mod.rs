//! Plain data in, a plan out. Nothing here awaits, reads a clock, a file or the environment.
//!
//! A [`Plan`] is what the reviewer sees and what runs: [`Change`]s with their reasons, and the
//! [`Graph`] of steps that carries them out. The kinds of resources that a plan is made of are in
//! [`crate::resource`]; [`local`] puts them together for `--target local`.

mod change;
mod digest;
mod graph;
pub mod local;
pub mod moved;
mod text;

use serde::Serialize;
use serde_json::Value;

pub(crate) use change::names_that_differ;
pub use change::{Action, Address, Change, Reason};
pub use digest::PlanDigest;
pub(crate) use digest::hex;
pub use graph::{Graph, GraphError, Node, StepId};
pub(crate) use text::printable;

use crate::names::{StackName, Stage};

/// Where a stage runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// The Docker Engine of this machine.
    Local,
}

/// A step as data.
pub trait PlannedStep: Send + Sync {
    /// What it does, for the progress display: `start 2 tasks`.
    fn describe(&self) -> String;

    /// Its parameters for the digest: no secret, path, clock, engine id or random value.
    fn public(&self) -> Value;

    /// Whether it may be dropped in the middle when the run is cancelled (long builds and waits).
    fn interruptible(&self) -> bool {
        false
    }
}

/// What will change, and how.
#[derive(Debug, Clone)]
pub struct Plan<S> {
    /// `name` of the config.
    pub stack: StackName,
    /// The stage.
    pub stage: Stage,
    /// Where it runs.
    pub target: Target,
    /// What the reviewer reads, in reading order.
    pub changes: Vec<Change>,
    /// What runs.
    pub graph: Graph<S>,
}

/// How many resources are made, changed and destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Created.
    pub add: usize,
    /// Updated in place or replaced.
    pub change: usize,
    /// Deleted.
    pub destroy: usize,
}

impl<S> Plan<S> {
    /// Nothing to do.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The changes by kind.
    pub fn counts(&self) -> Counts {
        let count = |action| {
            self.changes
                .iter()
                .filter(|change| change.action == action)
                .count()
        };
        Counts {
            add: count(Action::Create),
            change: count(Action::Update),
            destroy: count(Action::Delete),
        }
    }
}
