//! Our labels on an image that somebody else made: a build of `FROM` and nothing else.

use camino::Utf8PathBuf;
use sha2::{Digest as _, Sha256};

use crate::{
    image::BuildRequest,
    source::{
        BuildSource, Content, DockerfileSource, Entry, EntryKind, Fingerprinted,
        RESERVED_DOCKERFILE,
    },
};

/// The build that puts the labels of `request` on the engine's image `from`, under its tag.
pub(super) fn request(request: &BuildRequest, from: &str) -> BuildRequest {
    let text = format!("FROM {from}\n");
    let dockerfile = Entry {
        path: RESERVED_DOCKERFILE.into(),
        kind: EntryKind::File {
            size: text.len() as u64,
            executable: false,
            digest: Sha256::digest(&text).into(),
            content: Content::InMemory(text.as_bytes().into()),
        },
    };
    BuildRequest {
        source: Fingerprinted {
            source: BuildSource {
                context: Utf8PathBuf::new(),
                dockerfile: DockerfileSource::Inline(text),
                args: std::collections::BTreeMap::new(),
                target: None,
                platform: None,
            },
            fingerprint: request.source.fingerprint,
            exposed_ports: Vec::new(),
            entries: [dockerfile].into(),
            dockerfile: RESERVED_DOCKERFILE.to_owned(),
        },
        cache: None,
        ..request.clone()
    }
}
