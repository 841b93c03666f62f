//! Registries: Debian's `docker-registry` (distribution 2.8) on a port of its own, with the engine of
//! this machine; and a scripted server for what a good registry never says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "../support/program.rs"]
mod program;
#[path = "../support/scratch.rs"]
mod scratch;

mod base_image;
mod bed;
mod cache;
mod context;
mod credentials;
mod deploy;
mod references;
mod scripted;
mod stored;
mod tokens;
