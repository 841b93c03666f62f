//! Why the engine cannot be used.

use std::{error::Error, io};

use bollard::errors::Error as ApiError;

use crate::error::{Class, Diagnose};

/// The Docker Engine cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Nobody listens at its address, or nobody answers.
    #[error("the Docker Engine does not answer at {host}: {reason}")]
    NotRunning {
        /// Address of the engine, as in `DOCKER_HOST`.
        host: String,
        /// Why there was no answer, in the system's words where it has some.
        reason: String,
    },
    /// This user may not use its socket.
    #[error("this user may not use the Docker Engine at {host}: {reason}")]
    Denied {
        /// Address of the engine, as in `DOCKER_HOST`.
        host: String,
        /// The system's words.
        reason: String,
    },
    /// There is no API version that both sides speak.
    #[error("Docker Engine {engine} at {host} speaks API {speaks}, and we do not")]
    Version {
        /// Address of the engine, as in `DOCKER_HOST`.
        host: String,
        /// Version of the engine.
        engine: String,
        /// The API versions that it serves.
        speaks: String,
        /// It is the engine that is too old.
        too_old: bool,
    },
    /// It answered, but not as we need.
    #[error("the Docker Engine could not {doing}")]
    Other {
        /// What was asked of it, as a verb with its object: `inspect image api:1`.
        doing: String,
        /// Its answer.
        source: ApiError,
    },
}

impl EngineError {
    /// For `map_err` around a call; `doing` is a verb with its object.
    pub fn other(doing: impl Into<String>) -> impl FnOnce(ApiError) -> Self {
        let doing = doing.into();
        move |source| Self::Other { doing, source }
    }

    /// For the first call, whose failure tells whether there is an engine at all.
    pub(super) fn unreachable(host: &str) -> impl FnOnce(ApiError) -> Self {
        let host = host.to_owned();
        move |error| match &error {
            ApiError::SocketNotFoundError(_) => Self::NotRunning {
                host,
                reason: "its socket does not exist".to_owned(),
            },
            ApiError::RequestTimeoutError => Self::NotRunning {
                host,
                reason: "it accepts connections and says nothing".to_owned(),
            },
            _ => match system_error(&error) {
                Some(system) if system.kind() == io::ErrorKind::PermissionDenied => Self::Denied {
                    host,
                    reason: system.to_string(),
                },
                Some(system) => Self::NotRunning {
                    host,
                    reason: system.to_string(),
                },
                None => Self::Other {
                    doing: format!("be used at {host}"),
                    source: error,
                },
            },
        }
    }
}

/// The system's error, however deep it is wrapped.
fn system_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a io::Error> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(system) = error.downcast_ref::<io::Error>() {
            return Some(system);
        }
        cause = error.source();
    }
    None
}

impl Diagnose for EngineError {
    fn class(&self) -> Class {
        match self {
            Self::Denied { .. } => Class::Denied,
            Self::NotRunning { .. } | Self::Version { .. } | Self::Other { .. } => {
                Class::Unavailable
            }
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NotRunning { .. } => Some(
                "start Docker (`sudo systemctl start docker`, or open Docker Desktop), or set \
                 DOCKER_HOST to the address that `docker context ls` shows"
                    .to_owned(),
            ),
            Self::Denied { .. } => Some(
                "let this user use Docker (`sudo usermod -aG docker \"$USER\"`, then log in \
                 again), or run as a user who may"
                    .to_owned(),
            ),
            Self::Version { too_old: true, .. } => {
                Some("API 1.41 is needed: use Docker Engine 20.10 or later".to_owned())
            }
            Self::Version { too_old: false, .. } => {
                Some("use a later version of scf, which knows this engine".to_owned())
            }
            Self::Other {
                source: ApiError::UnsupportedURISchemeError { .. },
                ..
            } => Some(
                "DOCKER_HOST may begin with unix://, tcp://, http:// or https://; for ssh:// \
                 forward the engine's socket (`ssh -L`) and point DOCKER_HOST at it"
                    .to_owned(),
            ),
            Self::Other { .. } => None,
        }
    }
}
