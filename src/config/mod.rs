//! The config file, `serverless.containers.yml`.
//!
//! Text becomes a tree that keeps positions (`tree`), variables are put in place (`variables`),
//! the JSON Schema judges the structure (`structure`), plain code judges what keys say about one
//! another (`validate`), and what is left is typed (`schema`). Each phase reports all that it
//! finds, with file, line and column (`report`).

mod load;
mod not_built;
mod problem;
mod report;
mod schema;
mod structure;
mod suggest;
mod tree;
mod validate;
pub mod variables;

use camino::Utf8PathBuf;

pub(crate) use self::suggest::closest;
pub use self::{
    load::{Loaded, NotFound, find, load},
    not_built::{NotBuilt, Target, compose_file, without_effect},
    report::ConfigErrors,
    schema::*,
};

/// The plain value of a YAML document; `None` if it is not valid.
pub(crate) fn yaml_value(text: &str) -> Option<serde_json::Value> {
    tree::parse_value(text).ok().map(|node| node.to_json())
}

/// A config file that has been read.
#[derive(Clone)]
pub struct Source {
    /// Its path, as errors show it.
    pub path: Utf8PathBuf,
    /// Its text.
    pub text: String,
}

/// Without the text: it may hold secrets.
impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
