//! The program as it is called: what it prints, and how it ends.
//!
//! No container is started here. Where a command asks the Docker Engine, it asks a small server of
//! ours that plays an engine with nothing in it and refuses every change.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod classes;
mod config;
mod engine;
mod fake_engine;
mod folder;
mod help;
mod lease;
mod logs;
mod output;
mod plan;
mod remove;
#[path = "../support/seeds.rs"]
mod seeds;
mod state;
mod usage;
