//! Why a registry did not say what it stores.

use super::Registry;
use crate::error::{Class, Diagnose};

/// A registry that refuses, or cannot be understood. That there is no such image is none of these.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// It does not let us.
    #[error("{registry} refuses {what}: {reason}; {}", credentials(*.given))]
    Denied {
        /// The registry.
        registry: Registry,
        /// What was asked for, as `to show shop/api:1`.
        what: String,
        /// Its words.
        reason: String,
        /// We had a credential for it.
        given: bool,
    },
    /// It wants fewer requests.
    #[error("{registry} limits how often it may be asked: {reason}")]
    Throttled {
        /// The registry.
        registry: Registry,
        /// Its words.
        reason: String,
        /// We had a credential for it.
        given: bool,
    },
    /// It could not be asked.
    #[error("{registry} does not answer: {reason}")]
    Unreachable {
        /// The registry.
        registry: Registry,
        /// The system's words.
        reason: String,
    },
    /// It answered, but not as a registry does.
    #[error("{registry} was asked {what} and answers {answer}")]
    Unexpected {
        /// The registry.
        registry: Registry,
        /// What was asked for, as `to show shop/api:1`.
        what: String,
        /// Its status, and its words if it has some.
        answer: String,
    },
    /// What came is not what it was called.
    #[error("{registry} sent {got} for {wanted}")]
    Digest {
        /// The registry.
        registry: Registry,
        /// The digest that it was called.
        wanted: String,
        /// The digest of what came.
        got: String,
    },
}

/// Whether somebody was shown credentials, in the words of every such error.
pub(in crate::image) fn credentials(given: bool) -> &'static str {
    if given {
        "the credentials for it do not suffice"
    } else {
        "no credentials for it were given"
    }
}

/// How to give credentials, or better ones.
pub(in crate::image) fn advice(registry: &Registry, given: bool) -> String {
    if given {
        format!(
            "check that the user of {registry} in `registry-auth` (or of `docker login`) may do this, and that the token has not expired"
        )
    } else {
        format!(
            "give them with `registry-auth` (environment SCF_REGISTRY_AUTH) as `{registry}=user:password`, or log in with `docker login`"
        )
    }
}

/// At most this much of what a registry says is repeated, in characters.
const MOST_WORDS: usize = 300;

/// What a registry says, fit for one line of a log.
pub(super) fn words(text: &str) -> String {
    let printable = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    printable
        .take(MOST_WORDS)
        .collect::<String>()
        .trim()
        .to_owned()
}

impl Diagnose for RegistryError {
    fn class(&self) -> Class {
        match self {
            Self::Denied { .. } => Class::Denied,
            Self::Throttled { .. }
            | Self::Unreachable { .. }
            | Self::Unexpected { .. }
            | Self::Digest { .. } => Class::Unavailable,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Denied { registry, given, .. } => Some(advice(registry, *given)),
            Self::Throttled { registry, given: false, .. } => {
                Some(format!("wait, or give credentials with `registry-auth` as `{registry}=user:password`: who is known may ask more often"))
            }
            Self::Throttled { given: true, .. } => Some("wait, then run the command again".to_owned()),
            Self::Unreachable { .. } => Some("check the registry's name, and that this machine reaches it".to_owned()),
            Self::Unexpected { .. } => Some("check that a registry answers there, and run the command again if it is overloaded".to_owned()),
            Self::Digest { .. } => Some("something between here and the registry changes what it sends".to_owned()),
        }
    }
}
