//! A request as CloudFront takes it and as the routing function sees it.

use std::net::{IpAddr, SocketAddr};

use hyper::{
    Method, Request, Response, StatusCode,
    body::{Body as _, Incoming},
    header::{HOST, HeaderValue},
};

use super::{
    headers,
    respond::{Body, refuse},
};
use crate::{edge::ViewerRequest, resource::local::routes::DEFAULT_HOST};

/// What CloudFront itself refuses (request and response behavior for custom origins).
pub(super) fn admit(request: &Request<Incoming>) -> Result<(), Box<Response<Body>>> {
    let known = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::OPTIONS,
        Method::DELETE,
    ];
    if !known.contains(request.method()) {
        return refuse(
            StatusCode::FORBIDDEN,
            "CloudFront does not forward this method",
        );
    }
    // It says so of GET; with HEAD the same body would be lost without a word.
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if is_read && !request.body().is_end_stream() {
        return refuse(
            StatusCode::FORBIDDEN,
            "the body of a GET or HEAD request is not forwarded",
        );
    }
    // An absolute URL names a host too: what is routed by one must not be told another.
    let named = request.uri().authority().map(|it| it.as_str().as_bytes());
    let mut hosts = request.headers().get_all(HOST).iter();
    let first = hosts.next().map(HeaderValue::as_bytes);
    if hosts.next().is_some() || (named.is_some() && first.is_some() && named != first) {
        return refuse(StatusCode::BAD_REQUEST, "more than one host");
    }
    Ok(())
}

/// The request that came from `client`.
pub(super) fn viewer_request(request: &Request<Incoming>, client: SocketAddr) -> ViewerRequest {
    let mut kept = request.headers().clone();
    headers::strip_hop_by_hop(&mut kept);
    kept.remove(HOST);
    let host = request
        .headers()
        .get(HOST)
        .and_then(|host| host.to_str().ok());
    let host = request.uri().host().or(host).unwrap_or_default();
    ViewerRequest {
        method: request.method().to_string(),
        uri: request.uri().path().to_owned(),
        querystring: request.uri().query().unwrap_or_default().to_owned(),
        headers: headers::pairs(&kept),
        client_ip: client.ip().to_string(),
        host: stage_host(host),
        request_id: request_id(),
    }
}

/// The host that the table knows. Names that mean this machine are the default host, and
/// `<domain>.localhost` stands for a domain, since browsers resolve it to the loopback.
fn stage_host(host: &str) -> String {
    let name = match host.rsplit_once(':') {
        Some((name, port))
            if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            name
        }
        _ => host,
    };
    let name = name.to_ascii_lowercase();
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    if bare.parse::<IpAddr>().is_ok() {
        return DEFAULT_HOST.to_owned();
    }
    match name.strip_suffix(".localhost") {
        Some(domain) if !domain.is_empty() => domain.to_owned(),
        _ => name,
    }
}

fn request_id() -> String {
    let mut bytes = [0; 16];
    let _ = getrandom::fill(&mut bytes);
    crate::plan::hex(&bytes)
}
