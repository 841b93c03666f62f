//! scf
pub mod error;
pub mod image;
pub mod names;
pub mod source;
