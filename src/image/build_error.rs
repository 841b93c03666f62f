//! Why there is no image.

use super::{
    EngineError, SecretError, SshError,
    buildpack::BuildpackError,
    registry::{Refusal, Registry, advice, credentials},
    session::NO_AGENT,
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
    /// The engine's machine cannot run programs of the platform that was asked for.
    #[error(
        "image {tag} is for {wanted}, and its steps do not run on this engine, which is {engine}: \
         exec format error{}",
        at(step.as_deref())
    )]
    Emulation {
        /// `repository:tag` of the image.
        tag: String,
        /// Platform that was asked for.
        wanted: String,
        /// `os/arch` of the engine.
        engine: String,
        /// Heading of the step that failed.
        step: Option<String>,
    },
    /// The builder has no parameter for something and would leave it out.
    #[error("image {tag} cannot be built: {builder} does not do {asked}")]
    Unsupported {
        /// `repository:tag` of the image.
        tag: String,
        /// The builder.
        builder: &'static str,
        /// What it cannot do, as flags or in words.
        asked: String,
        /// What to do instead.
        remedy: &'static str,
    },
    /// A build secret is not there.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// An SSH agent is not there.
    #[error(transparent)]
    Ssh(#[from] SshError),
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

/// What to do when BuildKit misses something that it asked the session for.
fn missing(message: &str) -> Option<String> {
    if let Some((id, _)) = message
        .strip_prefix("secret ")
        .and_then(|rest| rest.split_once(" not found"))
    {
        return Some(format!(
            "give it as `build.secrets.{id}`, or as `--secret` in `build.options`"
        ));
    }
    message.contains(NO_AGENT).then(|| {
        "forward one with `build.ssh`, such as `build.ssh: default`, or with `--ssh` in \
         `build.options`"
            .to_owned()
    })
}

impl Diagnose for BuildError {
    fn class(&self) -> Class {
        match self {
            Self::Failed { .. } | Self::Platform { .. } | Self::Emulation { .. } => Class::Build,
            Self::BaseImage { .. } => Class::Denied,
            Self::Unsupported { .. } => Class::Config,
            Self::Secret(error) => error.class(),
            Self::Ssh(error) => error.class(),
            Self::Source { source, .. } => source.class(),
            Self::Buildpacks(error) => error.class(),
            Self::Engine(error) => error.class(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Failed { step, message, .. } => missing(message).or_else(|| {
                let advice = "fix that step of the Dockerfile; `--debug` shows the whole log";
                step.is_some().then(|| advice.to_owned())
            }),
            Self::Emulation { wanted, .. } => {
                let architecture = wanted.split('/').nth(1).unwrap_or(wanted);
                Some(format!(
                    "let the engine's machine emulate it (`docker run --privileged --rm \
                     tonistiigi/binfmt --install {architecture}`; in a workflow, \
                     docker/setup-qemu-action), or build on a machine of that platform"
                ))
            }
            Self::BaseImage {
                registry, given, ..
            } => Some(advice(registry, *given)),
            Self::Platform { .. } => Some(
                "take `--platform` out of the Dockerfile's last `FROM`; if there is none, build on \
                 an engine that can (BuildKit with QEMU, or a machine of that architecture)"
                    .to_owned(),
            ),
            Self::Unsupported { remedy, .. } => Some((*remedy).to_owned()),
            Self::Secret(error) => error.hint(),
            Self::Ssh(error) => error.hint(),
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
