//! The digest that names an image: equal exactly when what is sent is equal.

use std::{collections::BTreeMap, fmt, os::unix::ffi::OsStrExt, path::Path};

use sha2::{Digest, Sha256};

use super::{
    BuildSource, DockerfileSource, Surroundings,
    entry::{Entry, EntryKind},
};

/// Changes when the meaning of the digest does, so that no old image is taken for a new one.
const VERSION: &[u8] = b"scf-source-2";
/// The same for what buildpacks are sent: never the digest of a build with a Dockerfile.
const BUILDPACKS_VERSION: &[u8] = b"scf-buildpacks-2";

/// SHA-256 over all that decides what is built. Shown as 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The first 16 hexadecimal digits: the tag of the image.
    pub fn short(&self) -> String {
        let mut digits = self.to_string();
        digits.truncate(16);
        digits
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Digests the entries of the tar and the parameters of the build. Every field is framed (counted,
/// or preceded by its length), so that different inputs are different bytes.
pub(super) fn of(source: &BuildSource, entries: &[Entry], dockerfile: &str) -> Fingerprint {
    // The two paths say only where to read; their contents are in the entries.
    let BuildSource {
        context: _,
        dockerfile: origin,
        args,
        labels,
        target,
        platform,
        surroundings:
            Surroundings {
                network,
                hosts,
                squash,
            },
    } = source;
    let mut framed = Framed(Sha256::new());
    match origin {
        DockerfileSource::Buildpacks(builder) => {
            framed.bytes(BUILDPACKS_VERSION);
            framed.bytes(builder.as_bytes());
        }
        DockerfileSource::Path(_) | DockerfileSource::Inline(_) => framed.bytes(VERSION),
    }
    framed.count(entries.len());
    for entry in entries {
        framed.entry(entry);
    }
    framed.bytes(dockerfile.as_bytes());
    framed.map(args);
    framed.map(labels);
    framed.optional(target.as_deref());
    framed.optional(platform.as_deref());
    framed.optional(network.as_deref());
    framed.count(hosts.len());
    for host in hosts {
        framed.bytes(host.as_bytes());
    }
    framed.count(usize::from(*squash));
    Fingerprint(framed.0.finalize().into())
}

/// Digests the files alone: what says whether it was them that changed.
pub(super) fn files(entries: &[Entry], dockerfile: &str) -> Fingerprint {
    let mut framed = Framed(Sha256::new());
    for entry in entries {
        if entry.path != Path::new(dockerfile) {
            framed.entry(entry);
        }
    }
    Fingerprint(framed.0.finalize().into())
}

/// Digests a text.
pub(super) fn text(bytes: &[u8]) -> Fingerprint {
    Fingerprint(Sha256::digest(bytes).into())
}

struct Framed(Sha256);

impl Framed {
    fn count(&mut self, count: usize) {
        self.0.update((count as u64).to_be_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.0.update(bytes);
    }

    fn map(&mut self, map: &BTreeMap<String, String>) {
        self.count(map.len());
        for (name, value) in map {
            self.bytes(name.as_bytes());
            self.bytes(value.as_bytes());
        }
    }

    fn optional(&mut self, value: Option<&str>) {
        self.count(value.iter().len());
        if let Some(value) = value {
            self.bytes(value.as_bytes());
        }
    }

    fn entry(&mut self, Entry { path, kind }: &Entry) {
        self.bytes(path.as_os_str().as_bytes());
        match kind {
            EntryKind::Folder => self.bytes(b"folder"),
            // The size follows from the digest; where the contents are is not sent.
            EntryKind::File {
                size: _,
                executable,
                digest,
                content: _,
            } => {
                self.bytes(if *executable { b"program" } else { b"file" });
                self.bytes(digest);
            }
            EntryKind::Link { target } => {
                self.bytes(b"link");
                self.bytes(target.as_os_str().as_bytes());
            }
            EntryKind::Pipe => self.bytes(b"pipe"),
        }
    }
}
