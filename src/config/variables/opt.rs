//! `${opt:name}`: an option of the command line.

use super::{
    provider::{Address, Answer, Provider, Refusal},
    scope::Scope,
    value::Resolved,
};

/// The options that the run was given. The stage is always one.
pub(super) struct Opt;

impl Provider for Opt {
    fn get<'a>(&'a self, address: &'a Address<'a>, scope: &'a Scope<'a>) -> Answer<'a> {
        Box::pin(async move {
            let name = address.text;
            match scope.context().options.get(name) {
                Some(value) => Ok(Resolved::open(value.clone())),
                None => Err(Refusal::absent(
                    format!("the option `--{name}` is not given"),
                    format!(
                        "give a default, `${{opt:{name}, 'value'}}`; values of your own are \
                         `${{param:{name}}}`, given as `--param {name}=value`"
                    ),
                )),
            }
        })
    }
}
