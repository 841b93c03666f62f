//! scf
pub mod error;
pub mod names;
pub mod source;
