//! Docker's own `config.json`. Rules: the manual of `docker login`, and its `configfile` package.

use std::{collections::BTreeMap, io, path::Path};

use serde::Deserialize;

use super::{Credential, Registry};

/// What of the file is about credentials.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct DockerConfig {
    /// By address of the registry; those that a helper keeps are empty.
    pub auths: BTreeMap<String, Auth>,
    /// The helper for all registries without one of their own.
    pub creds_store: String,
    /// Helpers by registry.
    pub cred_helpers: BTreeMap<String, String>,
}

/// What the file itself keeps of a registry.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Auth {
    /// `user:password` in base64.
    #[serde(rename = "auth")]
    basic: String,
    username: String,
    password: String,
    identitytoken: String,
}

impl Auth {
    /// The credential, unless a helper has it.
    pub fn credential(&self) -> Option<Credential> {
        let Self {
            basic,
            username,
            password,
            identitytoken,
        } = self;
        if !identitytoken.is_empty() {
            return Some(Credential::IdentityToken(identitytoken.clone().into()));
        }
        if !username.is_empty() && !password.is_empty() {
            return Some(Credential::password(username, password.clone()));
        }
        Credential::from_basic(basic)
    }
}

impl DockerConfig {
    /// Reads its text; `None` if that is not JSON of this shape. Why is not told: it holds secrets.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Reads the file; the error is a warning. One that does not exist says nothing.
    pub fn load(path: &Path) -> Result<Self, String> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(format!("{} cannot be read: {error}", path.display())),
        };
        Self::parse(&text)
            .ok_or_else(|| format!("{} is not a valid config.json of Docker", path.display()))
    }

    /// Whom to ask for what: the helper, and the address as the file has it.
    pub fn helped(&self) -> Vec<(&str, &str)> {
        let own = self
            .cred_helpers
            .iter()
            .map(|(address, helper)| (helper.as_str(), address.as_str()));
        let has_own = |address: &str| {
            let registry = Registry::parse(address);
            self.cred_helpers
                .keys()
                .any(|known| Registry::parse(known) == registry)
        };
        let stored = self.auths.iter().filter(|(address, auth)| {
            !self.creds_store.is_empty() && auth.credential().is_none() && !has_own(address)
        });
        own.chain(stored.map(|(address, _)| (self.creds_store.as_str(), address.as_str())))
            .collect()
    }
}
