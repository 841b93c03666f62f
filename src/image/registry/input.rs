//! The input `registry-auth`: credentials as people have them at hand in CI.
//!
//! Three forms are understood: lines `registry=user:password`; the list of `docker/login-action`'s
//! input of the same name; and the `auths` of Docker's own `config.json`.

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::{Credential, Credentials, Registry, docker_config::DockerConfig};
use crate::{
    config,
    error::{Class, Diagnose},
};

/// `registry-auth` is wrong. No text of it is repeated: it holds passwords.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("registry-auth cannot be read: {place} {why}")]
pub struct AuthError {
    place: String,
    why: &'static str,
}

impl Diagnose for AuthError {
    fn class(&self) -> Class {
        Class::Config
    }

    fn hint(&self) -> Option<String> {
        Some(
            "write one `registry=user:password` a line, a YAML list of `registry`, `username` and \
             `password`, or the JSON of Docker's config.json with its `auths`"
                .to_owned(),
        )
    }
}

/// Reads the input; an empty one has no credentials.
///
/// # Errors
/// It has none of the three forms, or a part of it is missing.
pub fn parse(input: &SecretString) -> Result<Credentials, AuthError> {
    let text = input.expose_secret().trim();
    if text.starts_with('{') {
        return config_json(text);
    }
    if text.starts_with(['-', '[']) {
        return list(text);
    }
    lines(input.expose_secret())
}

fn lines(text: &str) -> Result<Credentials, AuthError> {
    let mut credentials = Credentials::default();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let fails = |why| AuthError {
            place: format!("line {number}"),
            why,
        };
        let (registry, login) = line.split_once('=').ok_or_else(|| fails("has no `=`"))?;
        let registry = Registry::parse(registry.trim())
            .ok_or_else(|| fails("does not begin with a registry"))?;
        let (username, password) = login
            .trim()
            .split_once(':')
            .ok_or_else(|| fails("has no `:` between user and password"))?;
        credentials.insert(
            registry,
            login_of(username, password).ok_or_else(|| fails(INCOMPLETE))?,
        );
    }
    Ok(credentials)
}

const INCOMPLETE: &str = "has no user name, or no password";

fn login_of(username: &str, password: &str) -> Option<Credential> {
    let complete = !username.is_empty() && !password.is_empty();
    complete.then(|| Credential::password(username, password.to_owned()))
}

fn list(text: &str) -> Result<Credentials, AuthError> {
    let Some(Value::Array(items)) = config::yaml_value(text) else {
        return Err(AuthError {
            place: "the list".to_owned(),
            why: "is no valid YAML",
        });
    };
    let mut credentials = Credentials::default();
    for (number, item) in (1..).zip(items) {
        let (registry, credential) = item_of(&item).map_err(|why| AuthError {
            place: format!("item {number}"),
            why,
        })?;
        credentials.insert(registry, credential);
    }
    Ok(credentials)
}

/// An item of the list; Docker Hub when it names no registry, as `docker/login-action` has it.
fn item_of(item: &Value) -> Result<(Registry, Credential), &'static str> {
    let text = |key| match item.get(key) {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => Ok(text.as_str()),
        // A number's spelling is lost, and a password is its spelling.
        Some(_) => Err("has a value that YAML does not take for text: put it in quotes"),
    };
    let registry = match text("registry")? {
        "" => "docker.io",
        registry => registry,
    };
    let registry = Registry::parse(registry).ok_or("has a registry that is no host")?;
    let credential = login_of(text("username")?, text("password")?).ok_or(INCOMPLETE)?;
    Ok((registry, credential))
}

fn config_json(text: &str) -> Result<Credentials, AuthError> {
    let fails = |why| AuthError {
        place: "the JSON".to_owned(),
        why,
    };
    let config =
        DockerConfig::parse(text).ok_or_else(|| fails("is not that of Docker's config.json"))?;
    let mut credentials = Credentials::default();
    for (address, auth) in &config.auths {
        let registry =
            Registry::parse(address).ok_or_else(|| fails("has a registry that is no host"))?;
        let credential = auth
            .credential()
            .ok_or_else(|| fails("has a registry without `auth`, and helpers are not asked"))?;
        credentials.insert(registry, credential);
    }
    Ok(credentials)
}
