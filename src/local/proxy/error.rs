//! What can go wrong with the proxy.

use camino::Utf8PathBuf;

use crate::error::{Class, Diagnose};

/// What can go wrong with the proxy.
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    /// Its process could not be started.
    #[error("cannot start the proxy")]
    Spawn(#[source] std::io::Error),
    /// It started, but does not answer.
    #[error("the proxy does not answer: {why}")]
    Silent {
        /// The last attempt's failure.
        why: String,
        /// Where its log is.
        log: Utf8PathBuf,
    },
    /// It started, and ended at once.
    #[error("the proxy ended: {why}")]
    Ended {
        /// Its last words.
        why: String,
        /// Where its log is.
        log: Utf8PathBuf,
    },
    /// Its port cannot be had.
    #[error("cannot listen on {place}")]
    Listen {
        /// `port 8080`, or `any port`.
        place: String,
        /// The system's reason.
        #[source]
        cause: std::io::Error,
    },
    /// It answered with something else than success.
    #[error("the proxy refused to {verb}: {why}")]
    Refused {
        /// What it was asked to do.
        verb: &'static str,
        /// Its answer.
        why: String,
    },
    /// The run was cancelled meanwhile.
    #[error("cancelled")]
    Cancelled,
}

impl Diagnose for ProxyError {
    fn class(&self) -> Class {
        match self {
            Self::Spawn(_) | Self::Refused { .. } => Class::Internal,
            Self::Silent { .. } | Self::Ended { .. } | Self::Listen { .. } => Class::Unavailable,
            Self::Cancelled => Class::Cancelled,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Silent { log, .. } | Self::Ended { log, .. } => Some(format!("its log is {log}")),
            Self::Listen { .. } => Some("give another --port, or stop what listens there".into()),
            Self::Spawn(_) | Self::Refused { .. } | Self::Cancelled => None,
        }
    }
}
