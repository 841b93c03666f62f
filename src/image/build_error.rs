//! Why there is no image.

use super::{
    EngineError,
    buildpack::BuildpackError,
    registry::{Refusal, Registry, advice, credentials},
};
use crate::{
    error::{Class, Diagnose},
    source::SourceError,
};

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
    /// The registry of a base image does not give it to us.
    #[error("base image {image} of {tag} is refused by {registry}: {reason}; {}", credentials(*.given))]
    BaseImage {
        /// `repository:tag` of the image that was to be built.
        tag: String,
        /// The registry.
        registry: Registry,
        /// The base image.
        image: String,
        /// The builder's words.
        reason: String,
        /// We had a credential for the registry.
        given: bool,
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
    /// There was no Dockerfile, and buildpacks did not build it.
    #[error(transparent)]
    Buildpacks(#[from] BuildpackError),
    /// The engine went away, or could not be asked.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl BuildError {
    pub(super) fn refused(tag: String, refusal: Refusal) -> Self {
        let Refusal {
            registry,
            image,
            reason,
            given,
        } = refusal;
        Self::BaseImage {
            tag,
            registry,
            image,
            reason,
            given,
        }
    }
}

fn at(step: Option<&str>) -> String {
    step.map_or_else(String::new, |step| format!(" at {step}"))
}

impl Diagnose for BuildError {
    fn class(&self) -> Class {
        match self {
            Self::Failed { .. } | Self::Platform { .. } => Class::Build,
            Self::BaseImage { .. } => Class::Denied,
            Self::Source { source, .. } => source.class(),
            Self::Buildpacks(error) => error.class(),
            Self::Engine(error) => error.class(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Failed { step: Some(_), .. } => {
                Some("fix that step of the Dockerfile; `--debug` shows the whole log".to_owned())
            }
            Self::Failed { .. } => None,
            Self::BaseImage {
                registry, given, ..
            } => Some(advice(registry, *given)),
            Self::Platform { .. } => Some(
                "take `--platform` out of the Dockerfile's last `FROM`; if there is none, build on \
                 an engine that can (BuildKit with QEMU, or a machine of that architecture)"
                    .to_owned(),
            ),
            Self::Source { source, .. } => source.hint(),
            Self::Buildpacks(error) => error.hint(),
            Self::Engine(error) => error.hint(),
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::Failed { log_tail, .. } if !log_tail.is_empty() => Some(log_tail.join("\n")),
            Self::Buildpacks(error) => error.detail(),
            _ => None,
        }
    }
}
