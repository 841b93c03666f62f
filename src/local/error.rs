//! What can go wrong with tasks on this machine.

use std::{fmt, time::Duration};

use crate::{
    error::{Class, Diagnose},
    image::EngineError,
};

/// How a task ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    /// Its exit code.
    pub code: i64,
    /// The kernel killed it for its memory.
    pub out_of_memory: bool,
    /// Why the engine could not run it.
    pub error: Option<String>,
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self {
                error: Some(error), ..
            } => f.write_str(error),
            Self {
                out_of_memory: true,
                ..
            } => write!(f, "out of memory"),
            Self { code, .. } => write!(f, "exit code {code}"),
        }
    }
}

/// A container that did not get where it should.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// It ran, but never answered its health check well.
    #[error("container {container} did not become healthy within {within:?}: {last}")]
    Unhealthy {
        /// The container.
        container: String,
        /// How long it was given.
        within: Duration,
        /// The last answer of the health check.
        last: String,
        /// The end of its log.
        log: Vec<String>,
    },
    /// It ended before it answered.
    #[error("container {container} stopped before it was healthy: {exit}")]
    Stopped {
        /// The container.
        container: String,
        /// How.
        exit: Exit,
        /// The end of its log.
        log: Vec<String>,
    },
    /// The engine could not start it.
    #[error("container {container} cannot be started")]
    NotStarted {
        /// The container.
        container: String,
        /// The engine's reason.
        #[source]
        cause: EngineError,
    },
    /// Tasks disappeared between their health check and the cutover.
    #[error("{running} of {wanted} tasks are left to switch to")]
    Gone {
        /// That still run.
        running: usize,
        /// That should.
        wanted: u32,
    },
    /// The run was cancelled while waiting.
    #[error("cancelled")]
    Cancelled,
}

impl Diagnose for TaskError {
    fn class(&self) -> Class {
        match self {
            Self::Cancelled => Class::Cancelled,
            Self::Unhealthy { .. }
            | Self::Stopped { .. }
            | Self::NotStarted { .. }
            | Self::Gone { .. } => Class::Unhealthy,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Unhealthy { .. } => Some(
                "check `routing.pathHealthCheck`, and that the container listens on 0.0.0.0 at the port in $PORT; \
                 what served before still serves"
                    .into(),
            ),
            Self::Stopped { exit: Exit { out_of_memory: true, .. }, .. } => {
                Some("raise the container's `memory`; what served before still serves".into())
            }
            Self::Stopped { .. } => {
                Some("its log above says why; what served before still serves".into())
            }
            Self::NotStarted { .. } => Some(
                "check the ENTRYPOINT and CMD of its image; what served before still serves".into(),
            ),
            Self::Gone { .. } => Some("something else stopped them; run the command again".into()),
            Self::Cancelled => None,
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::Unhealthy { container, log, .. } | Self::Stopped { container, log, .. } => {
                let heading = if log.is_empty() {
                    format!("{container} printed nothing")
                } else {
                    format!("last {} lines of {container}:", log.len())
                };
                let lines = log.iter().map(|line| format!("  | {line}"));
                Some(
                    std::iter::once(heading)
                        .chain(lines)
                        .collect::<Vec<_>>()
                        .join("\n"),
                )
            }
            Self::NotStarted { .. } | Self::Gone { .. } | Self::Cancelled => None,
        }
    }
}
