//! `GET` over http and https, for providers that ask a server.

use std::{error::Error, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, LengthLimitError, Limited};
use hyper::{HeaderMap, Request, StatusCode, Uri, header::HeaderName};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

use super::{
    provider::Refusal,
    value::{Exposure, Resolved},
};

/// Of the whole exchange.
const DEADLINE: Duration = Duration::from_secs(30);
/// States of Terraform are the largest that is read; most are below 1 MiB.
const MAX_BODY: usize = 64 << 20;

/// A header that authenticates, or tells a server who asks.
pub(super) type Header = (HeaderName, String);

/// What the server said.
#[derive(Clone)]
pub(super) struct Response {
    pub status: StatusCode,
    pub body: Bytes,
}

/// Why nothing was heard. No text of it repeats the address: that may be a secret.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    #[error("the address is no `http://` or `https://` URL without user name and password")]
    Address,
    #[error("a header cannot hold the value that is given")]
    Header,
    #[error("no certificates of authorities are found on this machine: {0}")]
    Authorities(std::io::Error),
    #[error("no connection: {}", root_cause(.0))]
    Connection(hyper_util::client::legacy::Error),
    #[error("the answer breaks off: {0}")]
    Body(Box<dyn Error + Send + Sync>),
    #[error("the answer is larger than {} MiB", MAX_BODY >> 20)]
    TooLarge,
    #[error("no answer within {} s", DEADLINE.as_secs())]
    Deadline,
}

impl HttpError {
    /// That a server, `who`, could not be asked.
    pub fn refusal(&self, who: &str, address: &Resolved) -> Refusal {
        Refusal::broken(
            format!("{who} at {} cannot be asked: {self}", host(address)),
            "check its address, and that this machine reaches it",
        )
    }
}

/// The host of an address in a message. It is none of the parts that hold secrets, as user names,
/// paths and queries may.
pub(super) fn host(address: &Resolved) -> String {
    let uri = address.as_text().and_then(|text| text.parse::<Uri>().ok());
    let host = uri.as_ref().and_then(|uri| {
        let port = uri
            .port()
            .map_or_else(String::new, |port| format!(":{port}"));
        Some(format!("{}{port}", uri.host()?))
    });
    match host {
        Some(host) if address.exposure != Exposure::Secret => format!("`{host}`"),
        _ => "`***`".to_owned(),
    }
}

/// Asks once: no redirect is followed, so that a token goes where it was meant to go.
pub(super) async fn get(url: &str, headers: &[Header]) -> Result<Response, HttpError> {
    let exchange = tokio::time::timeout(DEADLINE, exchange(url, headers)).await;
    exchange.map_err(|_| HttpError::Deadline)?
}

async fn exchange(url: &str, headers: &[Header]) -> Result<Response, HttpError> {
    let uri: Uri = url.parse().map_err(|_| HttpError::Address)?;
    let authority = uri.authority().ok_or(HttpError::Address)?;
    if authority.as_str().contains('@') {
        return Err(HttpError::Address);
    }
    let is_tls = match uri.scheme_str() {
        Some("http") => false,
        Some("https") => true,
        _ => return Err(HttpError::Address),
    };
    let request = request(uri, headers)?;
    let answer = if is_tls {
        let connector = HttpsConnectorBuilder::new()
            .with_native_roots()
            .map_err(HttpError::Authorities)?
            .https_only()
            .enable_http1()
            .build();
        let client = Client::builder(TokioExecutor::new()).build(connector);
        client.request(request).await
    } else {
        let client = Client::builder(TokioExecutor::new()).build(HttpConnector::new());
        client.request(request).await
    };
    let (head, body) = answer.map_err(HttpError::Connection)?.into_parts();
    let body = Limited::new(body, MAX_BODY).collect().await;
    let body = body.map_err(|error| match error.downcast::<LengthLimitError>() {
        Ok(_) => HttpError::TooLarge,
        Err(error) => HttpError::Body(error),
    })?;
    Ok(Response {
        status: head.status,
        body: body.to_bytes(),
    })
}

fn request(uri: Uri, headers: &[Header]) -> Result<Request<Empty<Bytes>>, HttpError> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let mut value: hyper::header::HeaderValue = value.parse().map_err(|_| HttpError::Header)?;
        value.set_sensitive(true);
        map.insert(name.clone(), value);
    }
    let mut request = Request::new(Empty::new());
    *request.uri_mut() = uri;
    *request.headers_mut() = map;
    Ok(request)
}

/// The innermost cause: what the system says.
fn root_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
