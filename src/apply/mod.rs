//! The only phase that changes anything: runs the graph of a plan and keeps its journal.

mod executor;
mod journal;
mod observer;

pub use executor::{Execution, Outcome, Runner, execute};
pub use journal::Journal;
pub use observer::{Observer, Progress};

pub use crate::error::Failure as StepError;
