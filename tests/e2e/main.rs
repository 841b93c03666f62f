//! The whole way, with a real Docker Engine: config in, served URLs out.
//!
//! Without an engine these tests fail and say so; `scripts/test` starts one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod cutover;
mod in_container;
mod inventory;
mod killed;
mod life;
mod load;
#[path = "../support/seeds.rs"]
mod seeds;
mod stage;
mod why;
