//! Which headers a viewer-request function may see and set (CloudFront, restrictions on all edge functions).

use super::host_error::Refusal;

/// What a function may do with a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// It does not see the header, and nothing that it returns may have it.
    Hidden,
    /// It sees the header and must leave it as it is.
    ReadOnly,
    /// It may do anything.
    Free,
}

const HIDDEN: [&str; 14] = [
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "trailer",
    "upgrade",
    "x-accel-buffering",
    "x-accel-charset",
    "x-accel-limit-rate",
    "x-accel-redirect",
    "x-forwarded-proto",
    "x-real-ip",
];
const HIDDEN_TOO: [&str; 11] = [
    "x-cache",
    "x-amzn-auth",
    "x-amzn-cf-billing",
    "x-amzn-cf-id",
    "x-amzn-cf-xff",
    "x-amzn-errortype",
    "x-amzn-fle-profile",
    "x-amzn-header-count",
    "x-amzn-header-order",
    "x-amzn-lambda-integration-tag",
    "x-amzn-requestid",
];
const READ_ONLY: [&str; 4] = ["content-length", "host", "transfer-encoding", "via"];

/// What a function may do with the header `name`, in lower case. All of `x-amzn-*` is out of its hands: AWS keeps
/// the list of those that are hidden, we keep away from the rest.
pub(super) fn access(name: &str) -> Access {
    if HIDDEN.contains(&name) || HIDDEN_TOO.contains(&name) {
        return Access::Hidden;
    }
    if name.starts_with("x-amz-cf-") || name.starts_with("x-edge-") {
        return Access::Hidden;
    }
    if READ_ONLY.contains(&name) || name.starts_with("x-amzn-") {
        return Access::ReadOnly;
    }
    Access::Free
}

/// Checks the form of a header that a function returns.
pub(super) fn check_form(name: &str, value: &str) -> Result<(), Refusal> {
    let is_token =
        |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err(Refusal::HeaderName(name.to_owned()));
    }
    if value.chars().any(|c| c.is_ascii_control() && c != '\t') {
        return Err(Refusal::HeaderValue(name.to_owned()));
    }
    Ok(())
}
