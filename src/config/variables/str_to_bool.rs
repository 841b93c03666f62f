//! `${strToBool(…)}`: text as the truth value that it spells.

use super::{
    provider::{Address, Answer, Provider, Refusal},
    scope::Scope,
    value::Resolved,
};

/// Text to truth value.
pub(super) struct StrToBool;

impl Provider for StrToBool {
    fn get<'a>(&'a self, address: &'a Address<'a>, _: &'a Scope<'a>) -> Answer<'a> {
        Box::pin(async move {
            let text = address.text.strip_prefix('(').unwrap_or(address.text);
            let text = text.strip_suffix(')').unwrap_or(text).trim();
            match text.to_ascii_lowercase().as_str() {
                "true" | "1" => Ok(Resolved::open(true)),
                "false" | "0" => Ok(Resolved::open(false)),
                _ => Err(Refusal::broken(
                    format!("{} is no truth value", address.shown(text)),
                    "it must be `true`, `1`, `false` or `0`",
                )),
            }
        })
    }
}
