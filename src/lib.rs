//! scf
pub mod config;
pub mod error;
pub mod names;
