//! Host names as both CloudFront and DNS take them.

use super::routes_error::RoutesError;

/// Longest host name that CloudFront takes for `domainName` and `hostHeader`.
const MAX_LENGTH: usize = 253;
/// Longest label of a host name (RFC 1035).
const MAX_LABEL: usize = 63;

/// The host name in lower case.
///
/// # Errors
/// [`RoutesError::BadDomain`] for a scheme, port, path, wildcard, IPv4 address or a name that DNS refuses.
pub(super) fn normalise(given: &str) -> Result<String, RoutesError> {
    let domain = given.to_ascii_lowercase();
    let fails = |rule| {
        Err(RoutesError::BadDomain {
            domain: given.to_owned(),
            rule,
        })
    };
    if domain.is_empty() || domain.len() > MAX_LENGTH {
        return fails("must have 1 to 253 characters");
    }
    if domain.parse::<std::net::Ipv4Addr>().is_ok() {
        return fails("must be a name, not an IP address");
    }
    if !domain.split('.').all(is_label) {
        return fails("must be labels of letters, digits and inner hyphens, separated by dots");
    }
    Ok(domain)
}

fn is_label(label: &str) -> bool {
    (1..=MAX_LABEL).contains(&label.len())
        && label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}
