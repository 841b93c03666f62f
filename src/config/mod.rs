//! The config file, `serverless.containers.yml`.
//!
//! Text becomes a tree that keeps positions (`tree`), variables are put in place (`variables`),
//! the JSON Schema judges the structure (`structure`), plain code judges what keys say about one
//! another (`validate`), and what is left is typed (`schema`). Each phase reports all that it
//! finds, with file, line and column (`report`).

#[doc(hidden)]
pub mod fuzzing;
mod load;
mod not_built;
mod notice;
mod plain;
mod problem;
mod report;
mod schema;
mod source;
mod structure;
mod suggest;
mod tree;
mod validate;
pub mod variables;

pub(crate) use self::suggest::closest;
pub use self::{
    load::{Loaded, NotFound, find, load, load_name},
    not_built::{NotBuilt, Target, compose_file, without_effect},
    notice::{Also, Location, Notice},
    report::ConfigErrors,
    schema::*,
    source::{NotText, Source},
};

/// The plain value of a YAML document; `None` if it is not valid.
pub(crate) fn yaml_value(text: &str) -> Option<serde_json::Value> {
    tree::parse_value(text).ok().map(|node| node.to_json())
}
