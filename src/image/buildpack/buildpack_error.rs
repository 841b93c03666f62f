//! Why buildpacks made no image.

use super::Meaning;
use crate::{
    error::{Class, Diagnose},
    image::{
        EngineError,
        registry::{ReferenceError, TransferError},
    },
    source::SourceError,
};

/// An image that was not built with buildpacks.
#[derive(Debug, thiserror::Error)]
pub enum BuildpackError {
    /// `build.builder` names no image.
    #[error(transparent)]
    Name(#[from] ReferenceError),
    /// An image that the build needs is not to be had.
    #[error("the {role} {image} is not on this engine and cannot be pulled")]
    Missing {
        /// `builder image` or `run image`.
        role: &'static str,
        /// Its name.
        image: String,
        /// Why it cannot be pulled.
        source: Box<TransferError>,
    },
    /// The builder does not say what apps run on.
    #[error("the builder names no {role}")]
    Unnamed {
        /// `run image`.
        role: &'static str,
    },
    /// An image that is no builder.
    #[error("image {builder} is no builder of Cloud Native Buildpacks: it has no {what}")]
    NotABuilder {
        /// The image.
        builder: String,
        /// What a builder has.
        what: &'static str,
    },
    /// The builder is for another platform.
    #[error("builder {builder} is for {built}, not for {wanted}")]
    Platform {
        /// The builder.
        builder: String,
        /// `os/arch` that was asked for.
        wanted: String,
        /// `os/arch` of the builder.
        built: String,
    },
    /// We and the builder's lifecycle follow no common version of the specification.
    #[error(
        "the lifecycle of builder {builder} speaks platform API {theirs}; spoken here are {ours}"
    )]
    Api {
        /// The builder.
        builder: String,
        /// Versions of its lifecycle.
        theirs: String,
        /// Our versions.
        ours: String,
    },
    /// A build argument that cannot be given to buildpacks: they get them as files of that name.
    #[error("build argument {name:?} cannot be given to buildpacks")]
    Argument {
        /// The name.
        name: String,
    },
    /// The lifecycle ended with an error.
    #[error("image {tag} failed to build with buildpacks: {} (exit code {code})", .meaning.fact)]
    Failed {
        /// `repository:tag` of the image.
        tag: String,
        /// Exit code of `creator`.
        code: i64,
        /// What it means.
        meaning: Meaning,
        /// Last lines of the log, at most [`LOG_TAIL`](crate::image::LOG_TAIL).
        log_tail: Vec<String>,
    },
    /// The image would not know what to start.
    #[error("image {tag} has no default process: its buildpacks found nothing to start")]
    NoProcess {
        /// `repository:tag` of the image.
        tag: String,
    },
    /// The source could not be sent.
    #[error("the source of image {tag} could not be sent to the builder")]
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

impl Diagnose for BuildpackError {
    fn class(&self) -> Class {
        match self {
            Self::Name(_)
            | Self::Unnamed { .. }
            | Self::NotABuilder { .. }
            | Self::Api { .. }
            | Self::Argument { .. } => Class::Config,
            Self::Missing { source, .. } => source.class(),
            Self::Platform { .. } | Self::Failed { .. } | Self::NoProcess { .. } => Class::Build,
            Self::Source { source, .. } => source.class(),
            Self::Engine(error) => error.class(),
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Name(error) => return error.hint(),
            Self::Missing { source, .. } => match source.as_ref() {
                TransferError::Denied { .. } => return source.hint(),
                _ => {
                    "name a builder that this engine can pull (`build.builder`), or write a Dockerfile"
                }
            },
            Self::Unnamed { .. } | Self::NotABuilder { .. } => {
                "`build.builder` names a builder image, as `heroku/builder:24` is one"
            }
            Self::Platform { .. } => {
                "name a builder for that platform (`build.builder`), or take out `build.platform`"
            }
            Self::Api { .. } => "name another version of the builder (`build.builder`)",
            Self::Argument { .. } => {
                "call it as an environment variable is called: letters, digits and `_`"
            }
            Self::Failed { meaning, .. } => meaning.advice,
            Self::NoProcess { .. } => {
                "say what to start in a file `Procfile` of the source: `web: <command>`"
            }
            Self::Source { source, .. } => return source.hint(),
            Self::Engine(error) => return error.hint(),
        };
        Some(hint.to_owned())
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::Failed { log_tail, .. } if !log_tail.is_empty() => Some(log_tail.join("\n")),
            _ => None,
        }
    }
}
