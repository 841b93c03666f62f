//! A viewer's request as CloudFront shows it to a function, and back.

use serde::Serialize;

use super::{
    fields::Fields,
    rules::{self, Access},
};

/// Longest URL in bytes (CloudFront, general quotas).
pub(super) const MAX_URL: usize = 8192;
/// Longest URL and headers together in bytes (the same).
const MAX_REQUEST: usize = 32_768;

/// A request as it came from the viewer.
#[derive(Clone, Default)]
pub struct ViewerRequest {
    /// The method, as sent.
    pub method: String,
    /// The path as sent: encoded, without the query.
    pub uri: String,
    /// The query as sent, without the `?`.
    pub querystring: String,
    /// All headers but `Host`, cookies included. Names may be in any case. A `Host` that differs from
    /// [`Self::host`] counts as a second one.
    pub headers: Vec<(String, String)>,
    /// Address of the peer: IPv4, or IPv6 without brackets.
    pub client_ip: String,
    /// The `Host` header as sent.
    pub host: String,
    /// Unlike that of any other request.
    pub request_id: String,
}

/// The `event` argument of the function.
#[derive(Serialize)]
pub(super) struct Event<'a> {
    version: &'static str,
    context: Context<'a>,
    viewer: Viewer<'a>,
    pub request: EventRequest<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Context<'a> {
    event_type: &'static str,
    request_id: &'a str,
}

#[derive(Serialize)]
struct Viewer<'a> {
    ip: &'a str,
}

#[derive(Serialize)]
pub(super) struct EventRequest<'a> {
    pub method: &'a str,
    pub uri: &'a str,
    pub querystring: Fields,
    pub headers: Fields,
    pub cookies: Fields,
}

impl<'a> Event<'a> {
    pub fn new(request: &'a ViewerRequest) -> Self {
        Self {
            version: "1.0",
            context: Context {
                event_type: "viewer-request",
                request_id: &request.request_id,
            },
            viewer: Viewer {
                ip: &request.client_ip,
            },
            request: EventRequest {
                method: &request.method,
                uri: &request.uri,
                querystring: querystring(&request.querystring),
                headers: headers(request),
                cookies: cookies(request),
            },
        }
    }
}

/// Whether CloudFront would answer 413 without calling the function.
pub(super) fn is_too_large(request: &ViewerRequest) -> bool {
    let url = request.uri.len() + request.querystring.len() + 1;
    let headers: usize = request
        .headers
        .iter()
        .map(|(name, value)| name.len() + value.len() + 4)
        .sum();
    url > MAX_URL || url + headers > MAX_REQUEST
}

/// The `Cookie` header as sent; empty without one.
pub(super) fn cookie_header(request: &ViewerRequest) -> String {
    let values: Vec<_> = cookie_headers(request).collect();
    values.join("; ")
}

fn cookie_headers(request: &ViewerRequest) -> impl Iterator<Item = &str> {
    request
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("cookie"))
        .map(|(_, value)| value.as_str())
}

fn headers(request: &ViewerRequest) -> Fields {
    let mut fields = Fields::default();
    fields.add("host", &request.host);
    for (name, value) in &request.headers {
        let name = name.to_ascii_lowercase();
        let is_same_host = name == "host" && *value == request.host;
        if name != "cookie" && !is_same_host && rules::access(&name) != Access::Hidden {
            fields.add(&name, value);
        }
    }
    fields
}

fn cookies(request: &ViewerRequest) -> Fields {
    let mut fields = Fields::default();
    let pairs = cookie_headers(request).flat_map(|header| header.split(';'));
    for (name, value) in pairs.filter_map(|pair| pair.split_once('=')) {
        fields.add(name.trim(), value.trim());
    }
    fields
}

/// Names and values stay encoded.
fn querystring(text: &str) -> Fields {
    let mut fields = Fields::default();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        fields.add(name, value);
    }
    fields
}
