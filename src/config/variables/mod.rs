//! Variables: `${provider:address, default}` anywhere in a value.
//!
//! `syntax` reads the text of a value, `resolve` runs all values of the file at once and puts
//! them in place, `evaluate` makes one value, and each provider is a file of its own. A value
//! carries how far it may be shown (`value::Exposure`) from its provider to its place in the file.

mod context;
mod declared;
mod dig;
mod env;
mod evaluate;
mod expand;
mod file;
mod git;
mod http;
mod itself;
mod once;
mod opt;
mod param;
mod provider;
mod reader;
mod resolution;
mod resolve;
mod scope;
mod slot;
mod sls;
mod str_to_bool;
mod syntax;
mod terraform;
mod value;
mod vault;

pub use context::Context;
pub(super) use {resolve::resolve, slot::Extent};
