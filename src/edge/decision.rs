//! What the function decided.

use secrecy::SecretString;
use serde::Deserialize;

/// What is to be done with a request.
#[derive(Debug, Clone)]
pub enum Decision {
    /// Answer it at the edge.
    Respond {
        /// HTTP status.
        status: u16,
        /// Headers without cookies, names in lower case.
        headers: Vec<(String, String)>,
        /// Values of `Set-Cookie` headers.
        cookies: Vec<String>,
        /// The body, as text.
        body: String,
    },
    /// Send it to an origin.
    Forward {
        /// The path, as sent.
        uri: String,
        /// The query without `?`; as sent, unless the function took something out.
        querystring: String,
        /// Headers for the origin, names in lower case, `cookie` and `x-forwarded-for` included, `host` and what
        /// CloudFront hides from functions (`connection`, `upgrade`, ...) not.
        headers: Vec<(String, String)>,
        /// Where to.
        origin: Origin,
    },
}

/// What the function passed to `updateRequestOrigin()`.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Host name to connect to.
    pub domain: String,
    /// Port to connect to.
    pub port: u16,
    /// How to speak to it.
    pub protocol: Protocol,
    /// `Host` header; [`Self::domain`] when there is none.
    pub host_header: Option<String>,
    /// Further headers. Their values authenticate the edge.
    pub custom_headers: Vec<(String, SecretString)>,
    /// How long to wait for the first byte, and between packets, in seconds.
    pub read_timeout_seconds: u64,
}

/// How an origin is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// Plain HTTP.
    Http,
    /// HTTP over TLS.
    Https,
}
