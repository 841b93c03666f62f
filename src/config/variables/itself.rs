//! `${self:containers.api.port}`: another value of the file, its own variables resolved.

use super::{
    provider::{Address, Answer, Provider, Refusal},
    scope::Scope,
};

/// The file itself.
pub(super) struct Itself;

impl Provider for Itself {
    fn get<'a>(&'a self, address: &'a Address<'a>, scope: &'a Scope<'a>) -> Answer<'a> {
        Box::pin(async move {
            // As errors write it: `containers.api.compute.awsFargateEcs.scale[0]`.
            let path = address.text.replace('[', ".").replace(']', "");
            scope.value_at(&path).await?.ok_or_else(|| {
                Refusal::absent(
                    format!("the file has no `{}`", address.text),
                    "write the keys from the root, with dots between them, or give a default",
                )
            })
        })
    }
}
