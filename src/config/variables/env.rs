//! `${env:NAME}`: an environment variable. Empty is a value; only an unset one takes the default.

use std::collections::BTreeMap;

use serde_json::Value;

use super::provider::{Missing, Provider};
use crate::config::suggest::closest;

/// Looks names up in a given environment.
pub(super) struct Env<'a>(pub &'a BTreeMap<String, String>);

impl Provider for Env<'_> {
    fn get(&self, name: &str) -> Result<Value, Missing> {
        match self.0.get(name) {
            Some(value) => Ok(Value::String(value.clone())),
            None => Err(Missing {
                fact: format!("the environment variable `{name}` is not set"),
                advice: match closest(name, self.0.keys().map(String::as_str)) {
                    Some(similar) => format!("did you mean `${{env:{similar}}}`?"),
                    None => format!("set it, or give a default: `${{env:{name}, 'value'}}`"),
                },
            }),
        }
    }
}
