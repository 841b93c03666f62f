//! `${param:name}`: `--param name=value`, else `stages.<stage>.params`, else that of the stage
//! `default`, as SCF had it.

use super::{
    provider::{Address, Answer, Provider, Refusal},
    scope::Scope,
    value::Resolved,
};

/// Parameters of the run and of the stage.
pub(super) struct Param;

impl Provider for Param {
    fn get<'a>(&'a self, address: &'a Address<'a>, scope: &'a Scope<'a>) -> Answer<'a> {
        Box::pin(async move {
            let (name, context) = (address.text, scope.context());
            if let Some(value) = context.params.get(name) {
                return Ok(Resolved::quiet(value.clone()));
            }
            for stage in [context.stage.as_str(), "default"] {
                let path = format!("stages.{stage}.params.{name}");
                if let Some(value) = scope.value_at(&path).await? {
                    return Ok(value);
                }
            }
            Err(Refusal::absent(
                format!(
                    "the stage `{}` has no parameter `{name}`",
                    context.stage.as_str()
                ),
                format!(
                    "write it under `stages.{}.params`, give `--param {name}=value`, or a default",
                    context.stage.as_str()
                ),
            ))
        })
    }
}
