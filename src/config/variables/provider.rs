//! What stands before the colon of a variable.

use serde_json::Value;

use super::{Context, env::Env};
use crate::config::suggest::closest;

/// Somewhere that values come from.
pub(super) trait Provider {
    /// The value at an address.
    fn get(&self, address: &str) -> Result<Value, Missing>;
}

/// There is no value at an address.
pub(super) struct Missing {
    pub fact: String,
    pub advice: String,
}

/// Providers that SCF's files may name and that this version cannot ask. `ssm`, `s3` and `cf` are
/// its old spellings of `aws:ssm` and so on.
const NOT_BUILT: [&str; 13] = [
    "opt",
    "self",
    "sls",
    "param",
    "file",
    "git",
    "aws",
    "terraform",
    "vault",
    "strToBool",
    "ssm",
    "s3",
    "cf",
];

/// The provider of that name; else what is wrong with the name, and what to do.
pub(super) fn provider<'a>(
    name: &str,
    context: &'a Context,
) -> Result<Box<dyn Provider + 'a>, Missing> {
    if name == "env" {
        return Ok(Box::new(Env(&context.environment)));
    }
    if NOT_BUILT.contains(&name) {
        return Err(Missing {
            fact: format!("`${{{name}:…}}` is valid but not built yet"),
            advice: "use `${env:NAME}` and set the variable before the run".to_owned(),
        });
    }
    Err(Missing {
        fact: format!("there is no variable provider `{name}`"),
        advice: match closest(name, ["env"].into_iter().chain(NOT_BUILT)) {
            Some(similar) => format!("did you mean `${{{similar}:…}}`?"),
            None => "write `${env:NAME}`, or `\\${` for text that is no variable".to_owned(),
        },
    })
}
