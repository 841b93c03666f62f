//! What is sent as a build context, and its fingerprint. No Docker needed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod dockerfile;
mod dockerignore;
mod errors;
mod fingerprint;
mod tar;
mod tree;
