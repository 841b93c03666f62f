//! What can go wrong at the edge: with the routes, with the store, with the function.

use crate::error::{Class, Diagnose};

/// Routes or targets that cannot become keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RoutesError {
    /// A path pattern that is refused.
    #[error("path pattern {pattern:?} {rule}")]
    BadPattern {
        /// The pattern as it was written.
        pattern: String,
        /// What is wrong with it.
        rule: &'static str,
    },
    /// A domain that is not a host name, or not one that a route may have.
    #[error("domain {domain:?} {rule}")]
    BadDomain {
        /// The domain as it was written.
        domain: String,
        /// What is wrong with it.
        rule: &'static str,
    },
    /// Two routes of a host have the same pattern.
    #[error("path pattern {pattern:?} is used twice on {host}")]
    DuplicatePattern {
        /// The pattern.
        pattern: String,
        /// The host that would have to choose.
        host: String,
    },
    /// Routes that overlap so much that a look-up would read too many values.
    #[error(
        "a look-up of {prefix:?} on {host} would read {parts} values for {routes} overlapping routes; at most 4 can be read"
    )]
    TooManyParts {
        /// The host.
        host: String,
        /// Paths that begin so are the ones that overlap.
        prefix: String,
        /// Routes that may match such a path.
        routes: usize,
        /// Values that they need.
        parts: usize,
    },
    /// The index of a host does not fit one value.
    #[error("the {routes} routes of {host} need an index of {bytes} bytes; at most 1,024 fit")]
    IndexTooLarge {
        /// The host.
        host: String,
        /// Its routes.
        routes: usize,
        /// Size of the smallest index that was found.
        bytes: usize,
    },
    /// A key is longer than the store takes.
    #[error("key {key:?} has {bytes} bytes; at most 512 fit")]
    KeyTooLong {
        /// The key.
        key: String,
        /// Its length.
        bytes: usize,
    },
    /// A value is longer than the store takes. The value itself may be secret.
    #[error("the value of key {key:?} has {bytes} bytes; at most 1,024 fit")]
    ValueTooLong {
        /// The key.
        key: String,
        /// Length of its value.
        bytes: usize,
    },
    /// A read timeout that CloudFront refuses.
    #[error("the read timeout of {domain} is {seconds} s; CloudFront takes 1 to 120 s")]
    BadTimeout {
        /// Domain of the origin.
        domain: String,
        /// The timeout.
        seconds: u64,
    },
    /// A secret that cannot be part of a header which a load balancer matches. It is not shown.
    #[error("{what} has the wrong shape: {rule}")]
    BadSecret {
        /// Which secret.
        what: &'static str,
        /// What it must be.
        rule: &'static str,
    },
    /// A leaf that is being read would be written again with other routes.
    #[error(
        "key {key:?} would change while it is read: the table has the version of the one before it"
    )]
    LeafRewritten {
        /// The leaf.
        key: String,
    },
}

impl Diagnose for RoutesError {
    fn class(&self) -> Class {
        match self {
            Self::BadSecret { .. } | Self::LeafRewritten { .. } => Class::Internal,
            _ => Class::Config,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::BadPattern { .. } => {
                "Write a path such as `/api/*`: `*` is any run of characters, `?` is one, and what needs encoding is \
                 covered by a `*`."
            }
            Self::BadDomain { .. } => "Write a bare host name such as `api.example.com`.",
            Self::DuplicatePattern { .. } => {
                "Give each container of a host its own `routing.pathPattern`."
            }
            Self::TooManyParts { .. } => {
                "Give the routes prefixes that differ before their first wildcard, or spread them over several domains."
            }
            Self::IndexTooLarge { .. } => "Spread the routes over several domains.",
            Self::KeyTooLong { .. } | Self::ValueTooLong { .. } => "Use shorter names.",
            Self::BadTimeout { .. } => "Set a timeout of at most 119 s for the container.",
            Self::BadSecret { .. } | Self::LeafRewritten { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

/// The key-value store could not be read. Absence of a key is not an error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the key-value store cannot be read: {0}")]
pub struct KeyValuesError(pub String);

impl Diagnose for KeyValuesError {
    fn class(&self) -> Class {
        Class::Unavailable
    }
}

/// An answer of the function that CloudFront would refuse with status 502.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It adds, changes or removes a header that functions may not touch.
    #[error("it may not set or remove the header {0}")]
    Header(String),
    /// A header name with an upper-case letter, or with a character that no header name has.
    #[error("{0:?} is no lower-case header name")]
    HeaderName(String),
    /// A header value with a line break or another control character.
    #[error("the header {0} has a control character")]
    HeaderValue(String),
    /// A custom header of the origin that the request has too.
    #[error("the custom header {0} is in the request too")]
    CustomHeader(String),
    /// It forwards without `updateRequestOrigin()`: the request would go to the placeholder origin.
    #[error("it names no origin")]
    NoOrigin,
    /// A field of `updateRequestOrigin()` was left out and would be inherited.
    #[error("updateRequestOrigin() leaves out {0}, which would be inherited")]
    Inherited(&'static str),
    /// A field of `updateRequestOrigin()` has a value that is not allowed.
    #[error("updateRequestOrigin() has a bad {0}")]
    Origin(&'static str),
    /// Another method than the viewer's.
    #[error("it changes the method")]
    Method,
    /// A path without a slash, or a URL that is too long or has a space, control character or `#`.
    #[error("it makes a URL that cannot be sent")]
    Url,
    /// A status outside of 100 to 599, or a body in an encoding other than text.
    #[error("its response has a bad {0}")]
    Response(&'static str),
}

/// The function could not be run, or gave no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The source of the function does not compile or has no `handler`.
    #[error("the routing function does not load: {0}")]
    Source(String),
    /// The interpreter failed: out of memory, as a rule.
    #[error("the interpreter of the routing function failed: {0}")]
    Engine(String),
    /// The function threw.
    #[error("the routing function failed: {0}")]
    Threw(String),
    /// The function waits for something that never comes.
    #[error("the routing function gave no answer")]
    Unanswered,
    /// The function was stopped.
    #[error("the routing function took more than {0} ms")]
    TooSlow(u128),
    /// The answer is neither a request nor a response.
    #[error("the routing function's answer is neither a request nor a response")]
    Answer(#[source] serde_json::Error),
    /// CloudFront would refuse the answer.
    #[error("CloudFront would refuse the routing function's answer: {0}")]
    Refused(#[from] Refusal),
}

impl HostError {
    /// Status that CloudFront answers in this case: 502 when it refuses the answer, 503 when the function fails.
    pub fn status(&self) -> u16 {
        match self {
            Self::Answer(_) | Self::Refused(_) => 502,
            _ => 503,
        }
    }
}

impl Diagnose for HostError {
    fn class(&self) -> Class {
        Class::Internal
    }
}
