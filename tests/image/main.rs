//! Builds on the real Docker Engine of this machine. Nothing is pulled: images are `FROM scratch`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod build;
mod connection;
mod context;
mod engine_proxy;
mod failure;
mod options;
mod platform;
mod secrets;
mod ssh;
mod stage;
mod tls;
mod versions;
mod workshop;
