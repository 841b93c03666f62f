//! Builds without a Dockerfile, by a builder image that is made here: it honours the contract of the
//! platform specification and refuses to build when we do not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod bed;
mod deploy;
mod exit_codes;
mod images;
#[path = "../support/program.rs"]
mod program;
mod refusals;
#[path = "../support/scratch.rs"]
mod scratch;
mod source;
