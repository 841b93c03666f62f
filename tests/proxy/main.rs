//! The embedded proxy: the real process, in front of small servers that the tests make.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod bed;
mod bodies;
mod client;
mod cutover;
mod failover;
mod forwarding;
mod limits;
mod process;
mod routing;
mod streams;
mod upgrade;
mod upstream;
