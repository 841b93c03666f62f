//! Variables: `${provider:address, default}` anywhere in a value.
//!
//! `syntax` reads the text, `resolve` walks the tree and puts values in place, and each provider
//! is a file of its own. What a provider gives is never scanned for further variables.

mod env;
mod evaluate;
mod provider;
mod reader;
mod resolve;
mod syntax;

use std::{collections::BTreeMap, fmt};

pub(super) use resolve::resolve;

use crate::names::Stage;

/// What variables are resolved against. The library reads no process environment of its own.
#[derive(Clone)]
pub struct Context {
    /// Environment variables, for `${env:NAME}`.
    pub environment: BTreeMap<String, String>,
    /// The stage that is planned.
    pub stage: Stage,
}

/// Names only: environment variables hold secrets.
impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.environment.keys().collect();
        f.debug_struct("Context")
            .field("environment", &names)
            .field("stage", &self.stage)
            .finish()
    }
}
