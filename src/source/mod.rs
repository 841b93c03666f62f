//! What an image is built from: the files that Docker would be sent, and their fingerprint.
//!
//! [`read`] walks a build context as the Docker client does (`.dockerignore` applied), and digests
//! it; [`tar_stream`] sends exactly that. Both are deterministic: file times, owners and the mode
//! bits that git does not keep are normalised away, so that equal fingerprints mean equal tars,
//! on any machine and in any folder.

mod context;
mod digests;
mod dockerfile;
mod dockerignore;
mod entry;
mod error;
mod expose;
mod fingerprint;
#[doc(hidden)]
pub mod fuzzing;
pub mod git;
mod glob;
mod gnu;
mod pattern;
mod tarball;

use std::{collections::BTreeMap, fmt, path::Path, sync::Arc};

use camino::Utf8PathBuf;

pub use digests::DigestCache;
pub use entry::{Content, Entry, EntryKind};
pub use error::SourceError;
pub use fingerprint::Fingerprint;
pub use gnu::Owner;
pub use tarball::{Placement, tar_stream, tar_stream_into};

/// Name of the folders that hold the state of local stages: beside a config, which may lie in a build
/// context. They are never sent: each deploy changes them.
pub const STATE_FOLDER: &str = ".scf";

/// Size of the buffer that file contents pass through, in bytes.
const BUFFER: usize = 128 * 1024;

/// Name in the tar of a Dockerfile that is inline or outside of the context.
pub const RESERVED_DOCKERFILE: &str = ".scf-action.Dockerfile";

/// All that decides what is built. The absolute paths say where to read and are not part of the
/// fingerprint.
#[derive(Clone, PartialEq, Eq)]
pub struct BuildSource {
    /// Absolute path of the folder that is sent.
    pub context: Utf8PathBuf,
    /// Where the Dockerfile is.
    pub dockerfile: DockerfileSource,
    /// Build arguments. Values may be secret: they are never printed.
    pub args: BTreeMap<String, String>,
    /// Labels that the config asks for.
    pub labels: BTreeMap<String, String>,
    /// Stage to build; the last one when not set.
    pub target: Option<String>,
    /// `os/arch[/variant]`; the engine's own when not set.
    pub platform: Option<String>,
    /// What instructions see beside their sources.
    pub surroundings: Surroundings,
}

impl BuildSource {
    /// A context with its Dockerfile, built as Docker does when it is told nothing else.
    pub fn new(context: impl Into<Utf8PathBuf>, dockerfile: DockerfileSource) -> Self {
        Self {
            context: context.into(),
            dockerfile,
            args: BTreeMap::new(),
            labels: BTreeMap::new(),
            target: None,
            platform: None,
            surroundings: Surroundings::default(),
        }
    }
}

/// What instructions see beside their sources, and may leave in the image. Limits of memory and
/// the like are none of it: they decide whether there is an image, not which.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// Network of `RUN`: `default`, `host`, `none`, or the name of one.
    pub network: Option<String>,
    /// Lines of `/etc/hosts`, each `host:address`.
    pub hosts: Vec<String>,
    /// Whether all layers become one.
    pub squash: bool,
}

/// Where the Dockerfile of a [`BuildSource`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DockerfileSource {
    /// Absolute path, inside of the context or not.
    Path(Utf8PathBuf),
    /// The text itself (`build.dockerFileString`).
    Inline(String),
    /// Nowhere: the buildpacks of this builder image do without.
    Buildpacks(String),
}

impl fmt::Debug for BuildSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            context,
            dockerfile,
            args,
            labels,
            target,
            platform,
            surroundings,
        } = self;
        f.debug_struct("BuildSource")
            .field("context", context)
            .field("dockerfile", dockerfile)
            .field("args", &args.keys())
            .field("labels", labels)
            .field("target", target)
            .field("platform", platform)
            .field("surroundings", surroundings)
            .finish()
    }
}

/// A [`BuildSource`] that was read: what will be sent, and its digest.
#[derive(Debug, Clone)]
pub struct Fingerprinted {
    /// What was read.
    pub source: BuildSource,
    /// Digest of all that decides what is built.
    pub fingerprint: Fingerprint,
    /// TCP ports of the literal `EXPOSE`s of the stage that is built and of the stages of this
    /// Dockerfile that it starts from, in their order.
    pub exposed_ports: Vec<u16>,
    /// Digest of the files alone, the Dockerfile left out.
    pub files: Fingerprint,
    /// Digest of the Dockerfile alone.
    pub dockerfile_digest: Fingerprint,
    /// What the tar holds, in its order.
    pub entries: Arc<[Entry]>,
    /// Path of the Dockerfile within the tar.
    pub dockerfile: String,
    ignore: Arc<dockerignore::Ignore>,
}

impl Fingerprinted {
    /// A Dockerfile that is sent alone, without a context.
    pub fn dockerfile_alone(text: String) -> Self {
        let name = RESERVED_DOCKERFILE;
        let entries = [context::in_memory(name, text.as_bytes())];
        let source = BuildSource::new("", DockerfileSource::Inline(text.clone()));
        Self {
            fingerprint: fingerprint::of(&source, &entries, name),
            files: fingerprint::files(&entries, name),
            dockerfile_digest: fingerprint::text(text.as_bytes()),
            exposed_ports: Vec::new(),
            entries: entries.into(),
            dockerfile: name.to_owned(),
            source,
            ignore: Arc::default(),
        }
    }

    /// Would a file at this path of the context be sent, if it was there?
    pub fn sends(&self, path: &Path) -> bool {
        self.ignore.sends(path)
    }
}

/// Reads and digests a build context. Blocking: every file that is sent is read once, through a
/// small buffer a processor.
pub fn read(source: &BuildSource) -> Result<Fingerprinted, SourceError> {
    read_with(source, &DigestCache::none())
}

/// As [`read`], but files that did not change since they were read with this cache are only looked
/// at.
pub fn read_with(source: &BuildSource, cache: &DigestCache) -> Result<Fingerprinted, SourceError> {
    let root = context::root(&source.context)?;
    let dockerfile = dockerfile::locate(&root, &source.dockerfile)?;
    let ignore = dockerignore::Ignore::load(&root, &dockerfile)?;
    let entries = context::entries(&root, &ignore, &dockerfile, cache)?;
    Ok(Fingerprinted {
        fingerprint: fingerprint::of(source, &entries, &dockerfile.name),
        files: fingerprint::files(&entries, &dockerfile.name),
        dockerfile_digest: fingerprint::text(&dockerfile.text),
        exposed_ports: expose::ports(&dockerfile.text, source.target.as_deref()),
        entries: entries.into(),
        dockerfile: dockerfile.name,
        source: source.clone(),
        ignore: ignore.into(),
    })
}
