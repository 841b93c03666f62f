//! `${env:NAME}`: an environment variable. Empty is a value; only an unset one takes the default.

use super::{
    provider::{Address, Answer, Provider, Refusal},
    scope::Scope,
    value::Resolved,
};
use crate::config::suggest::closest;

/// The environment that the run was given.
pub(super) struct Env;

impl Provider for Env {
    fn get<'a>(&'a self, address: &'a Address<'a>, scope: &'a Scope<'a>) -> Answer<'a> {
        Box::pin(async move {
            let (name, environment) = (address.text, &scope.context().environment);
            match environment.get(name) {
                Some(value) => Ok(Resolved::quiet(value.clone())),
                None => Err(Refusal::absent(
                    format!("the environment variable `{name}` is not set"),
                    match closest(name, environment.keys().map(String::as_str)) {
                        Some(similar) => format!("did you mean `${{env:{similar}}}`?"),
                        None => format!("set it, or give a default: `${{env:{name}, 'value'}}`"),
                    },
                )),
            }
        })
    }
}
