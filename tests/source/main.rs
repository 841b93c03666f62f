//! What is sent as a build context, and its fingerprint. No Docker needed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod cache;
mod dockerfile;
mod dockerignore;
mod errors;
mod fingerprint;
mod git;
mod repository;
mod tar;
mod tree;
