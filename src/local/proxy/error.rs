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
    /// It runs, but does not answer its controls.
    #[error("the proxy, process {pid}, does not answer")]
    Hangs {
        /// Its process.
        pid: u32,
    },
    /// Its record is there, but cannot be read.
    #[error("cannot read {path}")]
    Record {
        /// The record.
        path: Utf8PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
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
            Self::Spawn(_) | Self::Refused { .. } | Self::Record { .. } => Class::Internal,
            Self::Silent { .. } | Self::Hangs { .. } | Self::Ended { .. } | Self::Listen { .. } => {
                Class::Unavailable
            }
            Self::Cancelled => Class::Cancelled,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Hangs { pid } => Some(format!(
                "`kill -9 {pid}` ends it; the next deploy starts another"
            )),
            Self::Record { .. } => {
                Some("end the proxy and remove its record; the next deploy starts another".into())
            }
            Self::Silent { log, .. } | Self::Ended { log, .. } => Some(format!("its log is {log}")),
            Self::Listen { .. } => Some("give another --port, or stop what listens there".into()),
            Self::Spawn(_) | Self::Refused { .. } | Self::Cancelled => None,
        }
    }
}
