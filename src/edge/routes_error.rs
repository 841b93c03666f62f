//! Routes and targets that cannot become keys.

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
        "{routes} routes of {host} overlap for paths that begin with {prefix:?}: they need {parts} values, a look-up reads at most 4"
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
    /// A value could not be written as JSON.
    #[error("a value cannot be written as JSON: {0}")]
    NotJson(String),
}

impl Diagnose for RoutesError {
    fn class(&self) -> Class {
        match self {
            Self::BadSecret { .. } | Self::LeafRewritten { .. } | Self::NotJson(_) => {
                Class::Internal
            }
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
            Self::BadSecret { .. } | Self::LeafRewritten { .. } | Self::NotJson(_) => return None,
        };
        Some(hint.to_owned())
    }
}
