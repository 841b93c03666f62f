//! `${vault:secret/data/mongo/credentials.password}`: a secret of HashiCorp Vault's key-value
//! engines, version 1 or 2, over its HTTP API.
//!
//! The part behind the last slash is the key inside of the secret. Settings come from
//! `resolvers.<name>` (`address`, `token`, `version`, `path`), the first two else from
//! `VAULT_ADDR` and `VAULT_TOKEN`.

use hyper::{StatusCode, header::HeaderName};
use serde_json::Value as Json;

use super::{
    declared,
    dig::{dig, keys},
    http::{self, Header},
    once::Once,
    provider::{Address, Answer, Provider, Refusal},
    scope::Scope,
    value::{Exposure, Resolved},
};
use crate::config::suggest::closest;

/// Where Vault listens when nothing says where.
const DEFAULT_ADDRESS: &str = "http://127.0.0.1:8200";

/// Secrets, each read once by its path.
#[derive(Default)]
pub(super) struct Vault {
    secrets: Once<Result<Json, Refusal>>,
}

/// A secret, and how it is asked for.
struct Secret<'a> {
    server: Resolved,
    url: String,
    headers: Vec<Header>,
    /// As messages name it.
    shown: String,
    key: &'a str,
}

impl Provider for Vault {
    fn get<'a>(&'a self, address: &'a Address<'a>, scope: &'a Scope<'a>) -> Answer<'a> {
        Box::pin(async move {
            let secret = settings(address, scope).await?;
            // The source's name too: two of them may read one server with two tokens.
            let name = format!("{} {}", address.source, secret.url);
            let values = self.secrets.get(&name, read(&secret)).await?;
            match dig(&values, secret.key) {
                Some(value) => Ok(Resolved::secret(value.clone())),
                None => Err(Refusal::absent(
                    format!("the secret {} has no key `{}`", secret.shown, secret.key),
                    match closest(secret.key, keys(&values)) {
                        Some(similar) => format!("did you mean `{similar}`?"),
                        None => "the key is the part behind the last `/`".to_owned(),
                    },
                )),
            }
        })
    }
}

async fn settings<'a>(address: &Address<'a>, scope: &Scope<'_>) -> Result<Secret<'a>, Refusal> {
    let setting = |key, variable| declared::text(address.source, key, variable, scope);
    let server = setting("address", Some("VAULT_ADDR")).await?;
    let server = server.unwrap_or_else(|| Resolved::open(DEFAULT_ADDRESS));
    let token = setting("token", Some("VAULT_TOKEN")).await?;
    let token = token.and_then(|it| it.as_text()).ok_or_else(|| {
        Refusal::broken(
            "there is no token for Vault",
            format!(
                "set `VAULT_TOKEN`, or `token` at `stages.default.resolvers.{}`",
                address.source
            ),
        )
    })?;
    let version = text_or(setting("version", None).await?, "v1");
    let prefix = setting("path", None).await?;
    let exposure = prefix.as_ref().map_or(Exposure::Open, |it| it.exposure);
    let prefix = text_or(prefix, "");
    let (path, key) = address.text.rsplit_once('/').unwrap_or(("", address.text));
    let path: Vec<&str> = [prefix.as_str(), path]
        .into_iter()
        .map(|part| part.trim_matches('/'))
        .filter(|part| !part.is_empty())
        .collect();
    let path = path.join("/");
    if path.is_empty() || key.is_empty() {
        return Err(Refusal::broken(
            "this names no secret and key of Vault",
            "write `${vault:secret/data/app/password}`: the path, then the key",
        ));
    }
    let base = text_or(Some(server.clone()), "");
    let mut headers = vec![
        (HeaderName::from_static("x-vault-token"), token),
        // Vault's agents and proxies refuse requests without it.
        (
            HeaderName::from_static("x-vault-request"),
            "true".to_owned(),
        ),
    ];
    if let Some(namespace) = scope.context().environment.get("VAULT_NAMESPACE") {
        let name = HeaderName::from_static("x-vault-namespace");
        headers.push((name, namespace.clone()));
    }
    let shown = Resolved::open(path.as_str()).guarded(exposure.max(address.exposure));
    Ok(Secret {
        url: format!("{}/{version}/{}", base.trim_end_matches('/'), escape(&path)),
        server,
        headers,
        shown: shown.shown(),
        key,
    })
}

fn text_or(value: Option<Resolved>, default: &str) -> String {
    let text = value.and_then(|value| value.as_text());
    text.unwrap_or_else(|| default.to_owned())
}

/// The values of a secret.
async fn read(secret: &Secret<'_>) -> Result<Json, Refusal> {
    let answer = http::get(&secret.url, &secret.headers).await;
    let answer = answer.map_err(|error| error.refusal("Vault", &secret.server))?;
    let said = |fact: String, advice: &str| Err(Refusal::broken(fact, advice));
    match answer.status() {
        StatusCode::OK => values(answer.body()).ok_or_else(|| {
            Refusal::broken(
                format!("what Vault answers for {} is no secret", secret.shown),
                "check the address, and the path: that of a key-value engine",
            )
        }),
        StatusCode::NOT_FOUND => Err(Refusal::absent(
            format!("Vault has no secret {}", secret.shown),
            "in an engine of version 2, `data/` follows the mount: `secret/data/app/password`",
        )),
        StatusCode::FORBIDDEN => said(
            format!("Vault denies {}", secret.shown),
            "the token has expired, or its policy lacks `read` on this path",
        ),
        StatusCode::SERVICE_UNAVAILABLE => said(
            "Vault is sealed, or under maintenance".to_owned(),
            "run again once it is unsealed",
        ),
        status => said(
            format!("Vault answers {} for {}", status.as_u16(), secret.shown),
            "check its address and the path",
        ),
    }
}

/// Version 1 has the values in `data`; version 2 has `data` and `metadata` there, the latter with
/// the version (Vault, HTTP API, "KV secrets engine").
fn values(body: &[u8]) -> Option<Json> {
    let mut answer: Json = serde_json::from_slice(body).ok()?;
    let mut data = answer.get_mut("data")?.take();
    let is_versioned = data.pointer("/metadata/version").is_some_and(Json::is_u64)
        && data.pointer("/metadata/created_time").is_some();
    if is_versioned {
        data = data.get_mut("data")?.take();
    }
    data.is_object().then_some(data)
}

/// A path as a URL has it.
fn escape(path: &str) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~/:@+".contains(byte);
    path.bytes()
        .map(|byte| match byte {
            plain if is_plain(&plain) => char::from(plain).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}
