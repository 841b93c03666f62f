//! scf
pub mod error;
pub mod names;
