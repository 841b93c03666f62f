//! Plans of the local target: what a reviewer reads, in which order it runs, and that it leads to
//! what is wanted from wherever a run was cut off.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod changes;
mod convergence;
mod digest;
mod fixture;
mod order;
mod removal;
mod repairs;
mod simulation;
mod why;
