//! State, its store in files, and the lease.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "../support/mod.rs"]
mod support;

mod file;
mod format;
mod lease;
