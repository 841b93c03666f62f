//! Headers on their way to a task and back.

use hyper::header::{CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue, UPGRADE};
use secrecy::ExposeSecret as _;

use crate::edge::Origin;

/// Headers of one connection, not of the message (RFC 9110, 7.6.1).
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Names and values as texts: a character for each byte of a value, so that no byte is lost.
pub(super) fn pairs(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| value.as_bytes().iter().copied().map(char::from).collect();
    headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect()
}

/// The inverse of [`pairs`]; what is not a header is left out.
pub(super) fn map(pairs: &[(String, String)]) -> HeaderMap {
    let parse = |(name, value): &(String, String)| {
        let bytes = value.chars().map(|c| u8::try_from(u32::from(c)));
        let bytes: Vec<u8> = bytes.collect::<Result<_, _>>().ok()?;
        Some((
            HeaderName::from_bytes(name.as_bytes()).ok()?,
            HeaderValue::from_bytes(&bytes).ok()?,
        ))
    };
    let mut map = HeaderMap::new();
    pairs.iter().filter_map(parse).for_each(|(name, value)| {
        map.append(name, value);
    });
    map
}

/// What is sent to the task: what the function let through, what it added, and whom it is for.
/// `viewer_host` is the host as the viewer wrote it, with its port.
pub(super) fn outgoing(
    mut headers: HeaderMap,
    origin: &Origin,
    viewer_host: Option<&HeaderValue>,
    upgrade: Option<&HeaderValue>,
) -> HeaderMap {
    for (name, value) in &origin.custom_headers {
        let value = HeaderValue::from_str(value.expose_secret());
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), value) {
            headers.insert(name, value);
        }
    }
    let host = match (&origin.host_header, viewer_host) {
        (Some(_), Some(host)) => Ok(host.clone()),
        (Some(host), None) => HeaderValue::from_str(host),
        (None, _) => HeaderValue::from_str(&origin.domain),
    };
    if let Ok(host) = host {
        headers.insert(HOST, host);
    }
    correct_forwarding(&mut headers, viewer_host);
    if let Some(protocol) = upgrade {
        headers.insert(UPGRADE, protocol.clone());
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    }
    headers
}

/// The function tells what is so on CloudFront: HTTPS, and a host without a port. Links that a task
/// makes of that would not work here.
fn correct_forwarding(headers: &mut HeaderMap, viewer_host: Option<&HeaderValue>) {
    for (name, value) in [
        ("x-forwarded-proto", "http"),
        ("x-forwarded-scheme", "http"),
        ("x-forwarded-ssl", "off"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Some(host) = viewer_host {
        headers.insert("x-forwarded-host", host.clone());
        let forwarded = host.to_str().unwrap_or_default().replace(['"', '\\'], "");
        if let Ok(forwarded) = HeaderValue::from_str(&format!("host=\"{forwarded}\";proto=http")) {
            headers.insert("forwarded", forwarded);
        }
    }
}

/// Takes out what concerned only the connection that it came on.
pub(super) fn strip_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<String> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| {
            value
                .split(',')
                .map(|name| name.trim().to_ascii_lowercase())
        })
        .collect();
    for name in named.iter().map(String::as_str).chain(HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// The one protocol that CloudFront and load balancers upgrade to. Offers of others, such as `h2c`,
/// may be ignored (RFC 9110, 7.8).
pub(super) fn websocket(headers: &HeaderMap) -> Option<HeaderValue> {
    let is_websocket = |value: &&HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"websocket");
    headers.get(UPGRADE).filter(is_websocket).cloned()
}
