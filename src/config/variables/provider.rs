//! What stands before the colon of a variable.

use futures::future::BoxFuture;

use super::{
    declared, env::Env, file::File, git::Git, itself::Itself, opt::Opt, param::Param, scope::Scope,
    sls::Sls, str_to_bool::StrToBool, terraform::Terraform, value::Exposure, value::Resolved,
    vault::Vault,
};
use crate::config::suggest::closest;

/// Somewhere that values come from.
pub(super) trait Provider: Send + Sync {
    /// The value at an address. What it reads from outside, it reads once.
    fn get<'a>(&'a self, address: &'a Address<'a>, scope: &'a Scope<'a>) -> Answer<'a>;
}

/// What a provider is waited for.
pub(super) type Answer<'a> = BoxFuture<'a, Result<Resolved, Refusal>>;

/// What stands behind the colon of a variable, its own variables resolved.
pub(super) struct Address<'a> {
    /// The name before the colon: the key of a declared source has settings.
    pub source: &'a str,
    pub text: &'a str,
    /// Of the values that the address is made of.
    pub exposure: Exposure,
}

impl Address<'_> {
    /// A part of the address in a message: itself in backticks where that is allowed.
    pub fn shown(&self, part: &str) -> String {
        Resolved::open(part).guarded(self.exposure).shown()
    }
}

/// Why a provider gives no value.
#[derive(Debug, Clone)]
pub(super) enum Refusal {
    /// There is none at the address: a default may stand in.
    Absent { fact: String, advice: String },
    /// It cannot be told whether there is one. A default would hide that.
    Broken { fact: String, advice: String },
    /// The value that it refers to has failed, and that has been said.
    Reported,
}

impl Refusal {
    pub fn absent(fact: impl Into<String>, advice: impl Into<String>) -> Self {
        let (fact, advice) = (fact.into(), advice.into());
        Self::Absent { fact, advice }
    }

    pub fn broken(fact: impl Into<String>, advice: impl Into<String>) -> Self {
        let (fact, advice) = (fact.into(), advice.into());
        Self::Broken { fact, advice }
    }
}

/// Providers of this version.
const BUILT: [&str; 10] = [
    "env",
    "opt",
    "self",
    "sls",
    "param",
    "file",
    "git",
    "terraform",
    "vault",
    "strToBool",
];

/// Providers that SCF's files may name and that this version cannot ask. `ssm`, `s3` and `cf` are
/// its old spellings of `aws:ssm` and so on.
const NOT_BUILT: [&str; 4] = ["aws", "ssm", "s3", "cf"];

/// The providers of one run, with what they have read.
#[derive(Default)]
pub(super) struct Providers {
    file: File,
    git: Git,
    terraform: Terraform,
    vault: Vault,
}

impl Providers {
    /// The provider of that name, or of the kind that `stages.<stage>.resolvers` declares for it;
    /// else what is wrong with the name, and what to do.
    pub async fn find(&self, name: &str, scope: &Scope<'_>) -> Result<&dyn Provider, Refusal> {
        if let Some(provider) = self.built_in(name) {
            return Ok(provider);
        }
        if NOT_BUILT.contains(&name) {
            return Err(not_built(name));
        }
        match declared::kind(name, scope).await?.as_deref() {
            Some("terraform") => Ok(&self.terraform),
            Some("vault") => Ok(&self.vault),
            Some(_) => Err(not_built(name)),
            None => Err(unknown(name)),
        }
    }

    fn built_in(&self, name: &str) -> Option<&dyn Provider> {
        Some(match name {
            "env" => &Env,
            "opt" => &Opt,
            "self" => &Itself,
            "sls" => &Sls,
            "param" => &Param,
            "strToBool" => &StrToBool,
            "file" => &self.file,
            "git" => &self.git,
            "terraform" => &self.terraform,
            "vault" => &self.vault,
            _ => return None,
        })
    }
}

fn not_built(name: &str) -> Refusal {
    Refusal::broken(
        format!("`${{{name}:…}}` is valid but not built yet"),
        "use `${env:NAME}` and set the variable before the run",
    )
}

fn unknown(name: &str) -> Refusal {
    Refusal::broken(
        format!("there is no variable provider `{name}`"),
        match closest(name, BUILT.into_iter().chain(NOT_BUILT)) {
            Some(similar) => format!("did you mean `${{{similar}:…}}`?"),
            None => "write `${env:NAME}`, or `\\${` for text that is no variable".to_owned(),
        },
    )
}
