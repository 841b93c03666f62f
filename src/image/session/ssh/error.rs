//! Why there is no agent to forward.

use std::io;

use camino::Utf8PathBuf;

use super::KeyError;
use crate::error::{Class, Diagnose};

/// An agent that cannot be forwarded.
#[derive(Debug, thiserror::Error)]
pub enum SshError {
    /// There is no agent.
    #[error("there is no SSH agent for `{id}`: SSH_AUTH_SOCK is not set")]
    NoAgent {
        /// Id of the agent.
        id: String,
    },
    /// Nothing is there.
    #[error("the SSH agent or key for `{id}` cannot be used: {path}")]
    Unreadable {
        /// Id of the agent.
        id: String,
        /// Absolute path.
        path: Utf8PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// It is a file that gives no key.
    #[error("the SSH key {path} cannot be used: {reason}")]
    Key {
        /// Absolute path.
        path: Utf8PathBuf,
        /// Why.
        reason: KeyError,
    },
    /// BuildKit's rule: an agent or keys, not both.
    #[error("SSH agent `{id}` is given a socket and something else")]
    Mixed {
        /// Id of the agent.
        id: String,
    },
}

impl Diagnose for SshError {
    fn class(&self) -> Class {
        match self {
            Self::Unreadable { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                Class::Denied
            }
            _ => Class::Config,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoAgent { .. } => {
                "start one (`eval \"$(ssh-agent)\"; ssh-add KEY`; in a workflow, an action that \
                 does), or name a socket: `default=/path/to/agent.sock`"
            }
            Self::Unreadable { .. } => "paths are relative to the container's `src`",
            Self::Key {
                reason: KeyError::Format,
                ..
            } => "`ssh-keygen -p -f KEY` writes a key anew in the format of OpenSSH",
            Self::Key { .. } => "add it to an agent with `ssh-add`, and forward that: `default`",
            Self::Mixed { .. } => "give each socket an id of its own",
        };
        Some(hint.to_owned())
    }
}
