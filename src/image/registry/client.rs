//! Asking a registry what it stores. Rules: OCI distribution specification 1.1, "Pull".

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Request, Response, StatusCode, Uri,
    header::{
        ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, WWW_AUTHENTICATE,
    },
};
use tokio::sync::Mutex;

use super::{
    Content, Digest, Keychain, Reference, Registry, RegistryError, Stored, Version,
    challenge::Challenge,
    question::Question,
    registry_error::words,
    stored::{Document, Kind, Platform},
    token::{self, TokenError},
};
use crate::http::Http;

/// Manifests and configurations of images are kilobytes; registries must take manifests of 4 MiB. In
/// bytes.
const MAX_BODY: usize = 8 << 20;
/// Storage behind a registry is one redirect away, sometimes two.
const MOST_REDIRECTS: usize = 5;
/// The digest of a manifest, in the registry's own words.
const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// Asks registries, with the credentials of the run.
#[derive(Debug)]
pub struct RegistryClient {
    http: Http,
    keychain: Arc<Keychain>,
    /// What let us in, by registry and repository.
    authorized: Mutex<HashMap<(Registry, String), HeaderValue>>,
}

impl RegistryClient {
    /// A client with these credentials.
    pub fn new(keychain: Arc<Keychain>) -> Self {
        Self {
            http: Http::new(MAX_BODY),
            keychain,
            authorized: Mutex::default(),
        }
    }

    /// Is it there?
    ///
    /// # Errors
    /// The registry does not say so, one way or the other.
    pub async fn exists(&self, reference: &Reference) -> Result<bool, RegistryError> {
        Ok(self.manifest(reference).await?.is_some())
    }

    /// What is there; `None` only if the registry says that nothing is.
    ///
    /// # Errors
    /// The registry does not say, or what it says cannot be understood.
    pub async fn resolve(&self, reference: &Reference) -> Result<Option<Stored>, RegistryError> {
        let Some((digest, answer)) = self.manifest(reference).await? else {
            return Ok(None);
        };
        let question = Question::manifest(reference);
        let document: Document = serde_json::from_slice(answer.body())
            .map_err(|_| question.unexpected("something that is no manifest"))?;
        let told = document.media_type().or(text(&answer, &CONTENT_TYPE));
        let media_type = told.unwrap_or_default().to_owned();
        let content = match document.kind() {
            Some(Kind::Index {
                images,
                attestations,
            }) => Content::Index {
                images,
                attestations,
            },
            Some(Kind::Image { config }) => {
                let platform = self.platform(reference, &config).await?;
                Content::Image { config, platform }
            }
            None => {
                let what = format!("a manifest of type {media_type:?}, which is no image");
                return Err(question.unexpected(words(&what)));
            }
        };
        Ok(Some(Stored {
            reference: reference.clone(),
            digest,
            media_type,
            content,
        }))
    }

    /// The manifest, with the digest of its bytes.
    async fn manifest(
        &self,
        reference: &Reference,
    ) -> Result<Option<(Digest, Response<Bytes>)>, RegistryError> {
        let question = Question::manifest(reference);
        let Some(answer) = self.ask(&question).await? else {
            return Ok(None);
        };
        let wanted = match &reference.version {
            Version::Digest(digest) => Some(digest.as_str()),
            Version::Tag(_) => text(&answer, &CONTENT_DIGEST),
        };
        let digest = question.verified(answer.body(), wanted)?;
        Ok(Some((digest, answer)))
    }

    /// The platform that an image's configuration is for.
    async fn platform(
        &self,
        reference: &Reference,
        config: &Digest,
    ) -> Result<String, RegistryError> {
        let question = Question::blob(reference, config);
        let answer = self.ask(&question).await?;
        let answer = answer
            .ok_or_else(|| question.unexpected("that the image's configuration is not there"))?;
        question.verified(answer.body(), Some(config.as_str()))?;
        let platform: Platform = serde_json::from_slice(answer.body())
            .map_err(|_| question.unexpected("a configuration that is none"))?;
        Ok(platform.to_string())
    }

    /// Asks, and if need be once more with what the registry wants to be shown.
    async fn ask(&self, question: &Question<'_>) -> Result<Option<Response<Bytes>>, RegistryError> {
        let key = (
            question.registry().clone(),
            question.reference.repository.clone(),
        );
        let known = self.authorized.lock().await.get(&key).cloned();
        let mut answer = self.follow(question, known.as_ref()).await?;
        if answer.status() == StatusCode::UNAUTHORIZED {
            let shown = self.authorization(question, &answer).await?;
            answer = self.follow(question, Some(&shown)).await?;
            if answer.status() != StatusCode::UNAUTHORIZED {
                self.authorized.lock().await.insert(key, shown);
            }
        }
        let given = self.keychain.find(question.registry()).await.is_some();
        question.judge(answer, given)
    }

    /// What answers the challenge of a refusal.
    async fn authorization(
        &self,
        question: &Question<'_>,
        refusal: &Response<Bytes>,
    ) -> Result<HeaderValue, RegistryError> {
        let values = refusal.headers().get_all(WWW_AUTHENTICATE).iter();
        let challenge = Challenge::best(values.filter_map(|value| value.to_str().ok()))
            .ok_or_else(|| question.unexpected("401 without a challenge that can be answered"))?;
        let credential = self.keychain.find(question.registry()).await;
        let scope = format!("repository:{}:pull", question.reference.repository);
        let answer = token::answer(&self.http, &challenge, credential, &scope).await;
        answer.map_err(|error| match error {
            TokenError::Denied(reason) => question.denied(reason, credential.is_some()),
            TokenError::Http(error) => question.unreachable(&error),
            TokenError::Unexpected(answer) => question.unexpected(answer),
        })
    }

    /// Follows redirects; a credential is shown to the registry alone.
    async fn follow(
        &self,
        question: &Question<'_>,
        shown: Option<&HeaderValue>,
    ) -> Result<Response<Bytes>, RegistryError> {
        let unaskable = || question.unexpected("nothing: its address is no URL");
        let mut uri: Uri = question.uri().parse().map_err(|_| unaskable())?;
        let registry = uri.authority().cloned();
        for _ in 0..=MOST_REDIRECTS {
            let mut request = Request::builder()
                .uri(uri.clone())
                .header(ACCEPT, &question.accept);
            if let Some(shown) = shown.filter(|_| uri.authority() == registry.as_ref()) {
                request = request.header(AUTHORIZATION, shown);
            }
            let request = request.body(Full::default()).map_err(|_| unaskable())?;
            let answer = self.http.send(request).await;
            let answer = answer.map_err(|error| question.unreachable(&error))?;
            if !answer.status().is_redirection() {
                return Ok(answer);
            }
            uri =
                next(&uri, &answer).ok_or_else(|| question.unexpected("a redirect to nowhere"))?;
        }
        Err(question.unexpected("redirects without end"))
    }
}

fn text<'a>(answer: &'a Response<Bytes>, header: &HeaderName) -> Option<&'a str> {
    answer.headers().get(header)?.to_str().ok()
}

/// The address that a redirect names; one that leaves TLS is none.
fn next(from: &Uri, answer: &Response<Bytes>) -> Option<Uri> {
    let mut to = text(answer, &LOCATION)?.parse::<Uri>().ok()?.into_parts();
    to.scheme = to.scheme.or_else(|| from.scheme().cloned());
    to.authority = to.authority.or_else(|| from.authority().cloned());
    let to = Uri::from_parts(to).ok()?;
    let leaves_tls = from.scheme_str() == Some("https") && to.scheme_str() != Some("https");
    (!leaves_tls).then_some(to)
}
