//! Images on a Docker Engine: is there one of this tag, and if not, build it.

mod address;
mod build_error;
mod builder;
pub mod buildpack;
pub mod cache;
mod docker;
mod engine;
mod engine_error;
pub mod flags;
mod json_lines;
mod lines;
mod mask;
mod platform;
mod progress;
mod query;
pub mod registry;
mod session;
mod verify;
mod wire;

use std::{collections::BTreeMap, fmt};

use camino::Utf8PathBuf;
use secrecy::SecretString;

use crate::source::{DockerfileSource, Fingerprinted};

pub use build_error::BuildError;
pub use engine::{Connection, DEFAULT_HOST, connect, connect_to, exists};
pub use engine_error::EngineError;
pub use flags::{BuildFlags, Manner, SshFlag};
pub use session::{KeyError, SecretError, SshError};

/// Builds an image and tags it, with its Dockerfile or with buildpacks. Each line of the log goes to
/// `log` as it comes. Dropping the future cancels the build.
///
/// # Errors
/// The build's, or the engine's.
pub async fn build(
    engine: &Connection,
    request: &BuildRequest,
    log: &(dyn Fn(&str) + Send + Sync),
) -> Result<ImageId, BuildError> {
    match &request.source.source.dockerfile {
        DockerfileSource::Buildpacks(builder) => {
            buildpack::build(engine, request, builder, log).await
        }
        DockerfileSource::Path(_) | DockerfileSource::Inline(_) => {
            docker::build(engine, request, log).await
        }
    }
}

/// How many of a failed build's last log lines are shown.
pub const LOG_TAIL: usize = 50;

/// What to build, and what to call it.
#[derive(Debug, Clone)]
pub struct BuildRequest {
    /// `repository:tag` of the image.
    pub tag: String,
    /// The context, as it was fingerprinted: nothing else is sent.
    pub source: Fingerprinted,
    /// Labels of the image.
    pub labels: BTreeMap<String, String>,
    /// Which builder of the engine does it.
    pub builder: Builder,
    /// For base images that are not for everybody.
    pub credentials: registry::Credentials,
    /// Where the build cache is read from; [`cache::publish`] writes it.
    pub cache: Option<registry::Reference>,
    /// How it is built.
    pub settings: BuildSettings,
}

/// How an image is built. None of it is part of the fingerprint: the same image comes out, or, with
/// secrets, what Docker itself takes for the same.
#[derive(Debug, Clone, Default)]
pub struct BuildSettings {
    /// Cache, base images, limits.
    pub manner: Manner,
    /// For `RUN --mount=type=secret`, by id.
    pub secrets: BTreeMap<String, SecretSource>,
    /// For `RUN --mount=type=ssh`; paths are absolute.
    pub ssh: Vec<SshFlag>,
}

/// Where a secret is. It is read when the build begins.
#[derive(Debug, Clone)]
pub enum SecretSource {
    /// Here.
    Value(SecretString),
    /// In the file at this absolute path.
    File(Utf8PathBuf),
    /// In this environment variable.
    Environment(String),
    /// In the variable if it is set, else in the file.
    Either {
        /// Name of the environment variable.
        variable: String,
        /// Absolute path of the file.
        file: Utf8PathBuf,
    },
}

/// A builder of the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Builder {
    /// BuildKit where the engine has it, else the classic one.
    #[default]
    Newest,
    /// The classic one: what `DOCKER_BUILDKIT=0` asks for.
    Classic,
}

/// Content address of an image: `sha256:` and 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageId(String);

impl ImageId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ImageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
