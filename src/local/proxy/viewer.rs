//! A request as the routing function sees it.

use std::net::{IpAddr, SocketAddr};

use hyper::{Request, body::Incoming, header::HOST};

use crate::{edge::ViewerRequest, resource::local::routes::DEFAULT_HOST};

/// The request that came from `client`.
pub(super) fn viewer_request(request: &Request<Incoming>, client: SocketAddr) -> ViewerRequest {
    let headers = request.headers().iter().map(|(name, value)| {
        (
            name.as_str().to_owned(),
            String::from_utf8_lossy(value.as_bytes()).into_owned(),
        )
    });
    let host = request
        .headers()
        .get(HOST)
        .and_then(|host| host.to_str().ok());
    let host = request.uri().host().or(host).unwrap_or_default();
    ViewerRequest {
        method: request.method().to_string(),
        uri: request.uri().path().to_owned(),
        querystring: request.uri().query().unwrap_or_default().to_owned(),
        headers: headers.filter(|(name, _)| name != "host").collect(),
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
