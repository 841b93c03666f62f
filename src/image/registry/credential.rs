//! What a registry is shown to let us in.

use std::collections::{BTreeMap, HashMap};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE},
};
use bollard::auth::DockerCredentials;
use hyper::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

use super::{Registry, registry_name::HUB_KEY};

/// What lets somebody in at one registry.
#[derive(Debug, Clone)]
pub enum Credential {
    /// User name and password, or a token in the password's place.
    Password {
        /// The user name; some registries have a fixed one (`AWS`, `oauth2accesstoken`).
        username: String,
        /// Never shown.
        password: SecretString,
    },
    /// A refresh token (`identitytoken` in Docker's configuration).
    IdentityToken(SecretString),
}

impl Credential {
    /// From `user:password` in base64, as Docker's configuration keeps it. `None` if it is not that.
    pub(super) fn from_basic(encoded: &str) -> Option<Self> {
        let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
        let (username, password) = decoded.split_once(':')?;
        // Some tools fill up with NUL bytes.
        let password = password.trim_end_matches('\0');
        Some(Self::password(username, password.to_owned()))
    }

    /// User name and password. A user name of `<token>` is how credential helpers say that the
    /// secret is an identity token.
    pub(super) fn password(username: &str, password: String) -> Self {
        if username == "<token>" {
            return Self::IdentityToken(password.into());
        }
        Self::Password {
            username: username.to_owned(),
            password: password.into(),
        }
    }

    /// `Authorization` of the basic scheme (RFC 7617); an identity token has none.
    pub(super) fn basic(&self) -> Option<String> {
        match self {
            Self::Password { username, password } => {
                let pair = format!("{username}:{}", password.expose_secret());
                Some(format!("Basic {}", STANDARD.encode(pair)))
            }
            Self::IdentityToken(_) => None,
        }
    }

    /// In the engine's terms.
    pub(super) fn for_engine(&self, key: &str) -> DockerCredentials {
        let mut credentials = DockerCredentials {
            serveraddress: Some(key.to_owned()),
            ..DockerCredentials::default()
        };
        match self {
            Self::Password { username, password } => {
                credentials.username = Some(username.clone());
                credentials.password = Some(password.expose_secret().to_owned());
            }
            Self::IdentityToken(token) => {
                credentials.identitytoken = Some(token.expose_secret().to_owned());
            }
        }
        credentials
    }
}

/// Credentials by registry.
#[derive(Debug, Clone, Default)]
pub struct Credentials(BTreeMap<Registry, Credential>);

impl Credentials {
    /// The credential for a registry, if there is one.
    pub fn get(&self, registry: &Registry) -> Option<&Credential> {
        self.0.get(registry)
    }

    /// Adds one; the last one of a registry counts.
    pub fn insert(&mut self, registry: Registry, credential: Credential) {
        self.0.insert(registry, credential);
    }

    /// Adds those of registries that are not known yet.
    pub(super) fn fill_from(&mut self, others: Self) {
        for (registry, credential) in others.0 {
            self.0.entry(registry).or_insert(credential);
        }
    }

    /// The registries, in order.
    pub fn registries(&self) -> impl Iterator<Item = &Registry> {
        self.0.keys()
    }

    /// All of them, for a build. Docker Hub is there under both names that are asked for: the classic
    /// builder's, and the host that BuildKit's session is asked about.
    pub(in crate::image) fn for_build(&self) -> HashMap<String, DockerCredentials> {
        let keys = self.0.iter().flat_map(|(registry, credential)| {
            let legacy = registry.is_hub().then_some(HUB_KEY);
            let keys = legacy.into_iter().chain([registry.host()]);
            keys.map(move |key| (key.to_owned(), credential.for_engine(key)))
        });
        keys.collect()
    }

    /// The same as a header of the Engine API: JSON, in the URL-safe alphabet of base64
    /// (`X-Registry-Config` of `ImageBuild`).
    pub(in crate::image) fn header(&self) -> HeaderValue {
        let json = serde_json::to_vec(&self.for_build()).unwrap_or_default();
        // Letters of base64 are always a valid header.
        let mut header = HeaderValue::from_str(&URL_SAFE.encode(json))
            .unwrap_or_else(|_| HeaderValue::from_static(""));
        header.set_sensitive(true);
        header
    }
}
