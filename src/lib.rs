//! scf
pub mod edge;
pub mod error;
pub mod names;
