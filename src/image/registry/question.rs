//! One question to a registry, and what its answer means.

use bytes::Bytes;
use hyper::{Response, StatusCode};
use serde::Deserialize;

use super::{
    Digest, Reference, Registry, RegistryError, Version, registry_error::words, stored::MEDIA_TYPES,
};
use crate::http::HttpError;

/// A registry says with it that a 404 is its own, and not that of a server which is none.
const API_VERSION: &str = "docker-distribution-api-version";

/// What is asked, and how errors call it.
pub(super) struct Question<'a> {
    pub reference: &'a Reference,
    /// Media types that the answer may have.
    pub accept: String,
    /// Below `/v2/<repository>/`.
    path: String,
}

impl<'a> Question<'a> {
    /// For the manifest or index under a reference.
    pub fn manifest(reference: &'a Reference) -> Self {
        let version = match &reference.version {
            Version::Tag(tag) => tag.as_str(),
            Version::Digest(digest) => digest.as_str(),
        };
        Self {
            reference,
            accept: MEDIA_TYPES.join(", "),
            path: format!("manifests/{version}"),
        }
    }

    /// For a blob of the same repository.
    pub fn blob(reference: &'a Reference, digest: &Digest) -> Self {
        Self {
            reference,
            accept: "*/*".to_owned(),
            path: format!("blobs/{digest}"),
        }
    }

    pub fn registry(&self) -> &'a Registry {
        &self.reference.registry
    }

    pub fn uri(&self) -> String {
        let registry = self.registry();
        let Self {
            reference, path, ..
        } = self;
        format!(
            "{}://{}/v2/{}/{path}",
            registry.scheme(),
            registry.host(),
            reference.repository
        )
    }

    fn what(&self) -> String {
        format!("to show {}", self.reference)
    }

    /// What an answer says: the thing itself, or (`None`) that it is not there. Nothing but a
    /// registry's own "not there" is taken for one.
    pub fn judge(
        &self,
        answer: Response<Bytes>,
        given: bool,
    ) -> Result<Option<Response<Bytes>>, RegistryError> {
        let told = Told::first(answer.body());
        let registry = self.registry().clone();
        let status = answer.status();
        match status {
            StatusCode::OK => Ok(Some(answer)),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Err(self.denied(reason(status, told), given))
            }
            StatusCode::NOT_FOUND => match told {
                Some(told) if told.denies() => Err(self.denied(reason(status, Some(told)), given)),
                None if !answer.headers().contains_key(API_VERSION) => {
                    Err(self.unexpected("404, but not as a registry does"))
                }
                _ => Ok(None),
            },
            StatusCode::TOO_MANY_REQUESTS => Err(RegistryError::Throttled {
                registry,
                reason: reason(status, told),
                given,
            }),
            _ => Err(self.unexpected(reason(status, told))),
        }
    }

    /// The digest of what came, which must be the one that was wanted.
    pub fn verified(&self, bytes: &[u8], wanted: Option<&str>) -> Result<Digest, RegistryError> {
        let digest = Digest::of(bytes);
        match wanted {
            Some(wanted) if wanted != digest.as_str() => Err(RegistryError::Digest {
                registry: self.registry().clone(),
                wanted: words(wanted),
                got: digest.to_string(),
            }),
            _ => Ok(digest),
        }
    }

    pub fn denied(&self, reason: String, given: bool) -> RegistryError {
        RegistryError::Denied {
            registry: self.registry().clone(),
            what: self.what(),
            reason,
            given,
        }
    }

    pub fn unexpected(&self, answer: impl Into<String>) -> RegistryError {
        RegistryError::Unexpected {
            registry: self.registry().clone(),
            what: self.what(),
            answer: answer.into(),
        }
    }

    pub fn unreachable(&self, error: &HttpError) -> RegistryError {
        RegistryError::Unreachable {
            registry: self.registry().clone(),
            reason: error.to_string(),
        }
    }
}

fn reason(status: StatusCode, told: Option<Told>) -> String {
    match told {
        Some(Told { code, message }) => words(&format!("{code} {message}")),
        None => status.to_string(),
    }
}

/// An error as registries tell it (distribution specification, "Error Codes").
#[derive(Deserialize)]
struct Told {
    code: String,
    #[serde(default)]
    message: String,
}

impl Told {
    /// The first error of an answer.
    fn first(body: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Answer {
            errors: Vec<Told>,
        }
        let answer: Answer = serde_json::from_slice(body).ok()?;
        answer.errors.into_iter().next()
    }

    /// A registry may hide behind a 404 what it does not let us see.
    fn denies(&self) -> bool {
        ["UNAUTHORIZED", "DENIED"].contains(&self.code.as_str())
    }
}
