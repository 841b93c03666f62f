//! The kinds of resources: one file a kind, with its specification, its comparison and its steps.
//!
//! The comparison is pure and is called by `plan/`; the steps are data until `apply/` runs them.
//! A kind of a target is added to that target's module and to its list of steps.

pub mod local;
