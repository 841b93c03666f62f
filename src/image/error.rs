//! Errors of the engine and of builds.

use std::{error::Error, io};

use bollard::errors::Error as ApiError;

use crate::{
    error::{Class, Diagnose},
    source::SourceError,
};

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
            Self::NotRunning { .. } | Self::Other { .. } => Class::Unavailable,
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

/// An image that was not built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The engine began to build and could not end.
    #[error("image {tag} failed to build{}: {message}", at(step.as_deref()))]
    Failed {
        /// `repository:tag` of the image.
        tag: String,
        /// Heading of the step that failed, as the builder has it; `None` when the build failed
        /// before or after its steps.
        step: Option<String>,
        /// The builder's reason.
        message: String,
        /// Last lines of the failed step, or of the whole log when the step printed nothing; at
        /// most [`LOG_TAIL`](super::LOG_TAIL).
        log_tail: Vec<String>,
    },
    /// The engine built for another platform than the one asked for.
    #[error("image {tag} was built for {built}, not for {wanted}")]
    Platform {
        /// `repository:tag` of the image.
        tag: String,
        /// `os/arch` that was asked for.
        wanted: String,
        /// `os/arch` of the result.
        built: String,
    },
    /// The context could not be sent.
    #[error("the build context of image {tag} could not be sent")]
    Source {
        /// `repository:tag` of the image.
        tag: String,
        /// Why.
        source: SourceError,
    },
    /// The engine went away, or could not be asked.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

fn at(step: Option<&str>) -> String {
    step.map_or_else(String::new, |step| format!(" at {step}"))
}

impl Diagnose for BuildError {
    fn class(&self) -> Class {
        match self {
            Self::Failed { .. } | Self::Platform { .. } => Class::Build,
            Self::Source { source, .. } => source.class(),
            Self::Engine(error) => error.class(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Failed { step: Some(_), .. } => {
                Some("fix that step of the Dockerfile; `--debug` shows the whole log".to_owned())
            }
            Self::Failed { .. } => None,
            Self::Platform { .. } => Some(
                "the engine cannot build for this platform: use one with BuildKit and emulation \
                 (QEMU), or a runner of that architecture"
                    .to_owned(),
            ),
            Self::Source { source, .. } => source.hint(),
            Self::Engine(error) => error.hint(),
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::Failed { log_tail, .. } if !log_tail.is_empty() => Some(log_tail.join("\n")),
            _ => None,
        }
    }
}
