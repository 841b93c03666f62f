//! `${sls:stage}` and `${sls:instanceId}`: facts of the run.

use super::{
    provider::{Address, Answer, Provider, Refusal},
    scope::Scope,
    value::Resolved,
};

/// Facts of the run.
pub(super) struct Sls;

impl Provider for Sls {
    fn get<'a>(&'a self, address: &'a Address<'a>, scope: &'a Scope<'a>) -> Answer<'a> {
        Box::pin(async move {
            let context = scope.context();
            match address.text {
                "stage" => Ok(Resolved::open(context.stage.as_str())),
                "instanceId" => Ok(Resolved::open(context.instance_id.clone())),
                other => Err(Refusal::broken(
                    format!("`sls` has no {}", address.shown(other)),
                    "write `${sls:stage}` or `${sls:instanceId}`",
                )),
            }
        })
    }
}
