//! `${terraform:outputs:name}`: an output of a Terraform state.
//!
//! Settings come from `resolvers.<name>`: `backend: local` with `path` (`terraform.tfstate`), or
//! `backend: http` with `address`, `username`, `password`, else `TF_HTTP_ADDRESS`,
//! `TF_HTTP_USERNAME` and `TF_HTTP_PASSWORD`, as Terraform has them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hyper::{StatusCode, header::AUTHORIZATION};
use serde_json::Value as Json;

use super::{
    declared,
    dig::{dig, keys},
    file,
    http::{self, Header},
    once::Once,
    provider::{Address, Answer, Provider, Refusal},
    scope::Scope,
    value::Resolved,
};
use crate::config::suggest::closest;

/// States, each read once by the name of its source.
#[derive(Default)]
pub(super) struct Terraform {
    outputs: Once<Result<Json, Refusal>>,
}

/// Where a state lies.
enum Backend {
    Local {
        path: Resolved,
    },
    Http {
        address: Resolved,
        headers: Vec<Header>,
    },
}

impl Provider for Terraform {
    fn get<'a>(&'a self, address: &'a Address<'a>, scope: &'a Scope<'a>) -> Answer<'a> {
        Box::pin(async move {
            let path = address.text;
            let path = path.strip_prefix("outputs:").unwrap_or(path);
            let backend = backend(address.source, scope).await?;
            let read = outputs(&backend, scope);
            let outputs = self.outputs.get(address.source, read).await?;
            let (name, rest) = match outputs.get(path) {
                Some(_) => (path, ""),
                None => path.split_once('.').unwrap_or((path, "")),
            };
            let output = outputs.get(name);
            let value = output.and_then(|output| dig(output.get("value")?, rest));
            match value {
                Some(value) if is_sensitive(output) => Ok(Resolved::secret(value.clone())),
                Some(value) => Ok(Resolved::quiet(value.clone())),
                None => Err(Refusal::absent(
                    format!("the Terraform state has no output `{path}`"),
                    match closest(name, keys(&outputs)) {
                        Some(similar) if similar != name => format!("did you mean `{similar}`?"),
                        _ => "only outputs of the root module are in the state".to_owned(),
                    },
                )),
            }
        })
    }
}

fn is_sensitive(output: Option<&Json>) -> bool {
    output.and_then(|it| it.get("sensitive")) == Some(&Json::Bool(true))
}

async fn backend(source: &str, scope: &Scope<'_>) -> Result<Backend, Refusal> {
    let setting = |key, variable| declared::text(source, key, variable, scope);
    let kind = setting("backend", None).await?.and_then(|it| it.as_text());
    match kind.as_deref() {
        Some("local") => {
            let path = setting("path", None).await?;
            let path = path.unwrap_or_else(|| Resolved::open("terraform.tfstate"));
            Ok(Backend::Local { path })
        }
        Some("http") | None => {
            let address = setting("address", Some("TF_HTTP_ADDRESS")).await?;
            let address = address.ok_or_else(|| {
                Refusal::broken(
                    "nothing says where the Terraform state is",
                    format!(
                        "set `TF_HTTP_ADDRESS`, or `backend` and `address` or `path` at \
                         `stages.default.resolvers.{source}`"
                    ),
                )
            })?;
            let user = setting("username", Some("TF_HTTP_USERNAME")).await?;
            let password = setting("password", Some("TF_HTTP_PASSWORD")).await?;
            let headers = basic(user, password).into_iter().collect();
            Ok(Backend::Http { address, headers })
        }
        Some(kind @ ("s3" | "remote" | "cloud")) => Err(Refusal::broken(
            format!("the Terraform backend `{kind}` is valid but not built yet"),
            "use `backend: http` or `backend: local`",
        )),
        Some(_) => Err(Refusal::broken(
            format!("`resolvers.{source}.backend` is no backend that can be read"),
            "write `local` or `http`",
        )),
    }
}

/// RFC 7617.
fn basic(user: Option<Resolved>, password: Option<Resolved>) -> Option<Header> {
    let user = user?.as_text()?;
    let password = password.and_then(|it| it.as_text()).unwrap_or_default();
    let pair = STANDARD.encode(format!("{user}:{password}"));
    Some((AUTHORIZATION, format!("Basic {pair}")))
}

/// The outputs of a state, each with its `value` and perhaps `sensitive`.
async fn outputs(backend: &Backend, scope: &Scope<'_>) -> Result<Json, Refusal> {
    let state: Json = match backend {
        Backend::Local { path } => {
            let text = file::read(path, scope).await?;
            serde_json::from_str(&text).map_err(|_| no_state())?
        }
        Backend::Http { address, headers } => {
            let url = address.as_text().unwrap_or_default();
            let answer = http::get(&url, headers).await;
            let answer = answer.map_err(|error| error.refusal("Terraform's backend", address))?;
            answered(answer.status(), address)?;
            serde_json::from_slice(answer.body()).map_err(|_| no_state())?
        }
    };
    match state.get("version").and_then(Json::as_u64) {
        Some(4) => Ok(state.get("outputs").cloned().unwrap_or_default()),
        Some(version) => Err(Refusal::broken(
            format!("the Terraform state has the format {version}; 4 is the one that is read"),
            "apply it once with Terraform 0.12 or later",
        )),
        None => Err(no_state()),
    }
}

/// Terraform's http backend (language documents, "Backend Type: http"): 200 has the state, 204
/// and 404 say that there is none.
fn answered(status: StatusCode, address: &Resolved) -> Result<(), Refusal> {
    match status {
        StatusCode::OK => Ok(()),
        StatusCode::NO_CONTENT | StatusCode::NOT_FOUND => Err(Refusal::absent(
            "there is no Terraform state yet",
            "apply it first, or give a default",
        )),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(Refusal::broken(
            format!(
                "Terraform's backend at {} denies the state",
                http::host(address)
            ),
            "check `username` and `password`",
        )),
        status => Err(Refusal::broken(
            format!(
                "Terraform's backend at {} answers {}",
                http::host(address),
                status.as_u16()
            ),
            "check its address",
        )),
    }
}

fn no_state() -> Refusal {
    Refusal::broken(
        "what is read is no Terraform state",
        "`path` or `address` must lead to the state itself, not to the configuration",
    )
}
