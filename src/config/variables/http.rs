//! `GET` over http and https, for providers that ask a server.

use bytes::Bytes;
use http_body_util::Full;
use hyper::{HeaderMap, Request, Response, Uri, header::HeaderName};

use super::{
    provider::Refusal,
    value::{Exposure, Resolved},
};
use crate::http::{Http, HttpError};

/// States of Terraform are the largest that is read, in bytes; most are below 1 MiB.
const MAX_BODY: usize = 64 << 20;

/// A header that authenticates, or tells a server who asks.
pub(super) type Header = (HeaderName, String);

/// Why nothing was heard. No text of it repeats the address: that may be a secret.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unheard {
    #[error("the address is no `http://` or `https://` URL without user name and password")]
    Address,
    #[error("a header cannot hold the value that is given")]
    Header,
    #[error(transparent)]
    Http(#[from] HttpError),
}

impl Unheard {
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
pub(super) async fn get(url: &str, headers: &[Header]) -> Result<Response<Bytes>, Unheard> {
    let uri: Uri = url.parse().map_err(|_| Unheard::Address)?;
    let authority = uri.authority().ok_or(Unheard::Address)?;
    let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
    if !is_http || authority.as_str().contains('@') {
        return Err(Unheard::Address);
    }
    let request = request(uri, headers)?;
    Ok(Http::new(MAX_BODY).send(request).await?)
}

fn request(uri: Uri, headers: &[Header]) -> Result<Request<Full<Bytes>>, Unheard> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let mut value: hyper::header::HeaderValue = value.parse().map_err(|_| Unheard::Header)?;
        value.set_sensitive(true);
        map.insert(name.clone(), value);
    }
    let mut request = Request::new(Full::default());
    *request.uri_mut() = uri;
    *request.headers_mut() = map;
    Ok(request)
}
