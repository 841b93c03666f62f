//! What a registry stores: manifests and indexes. Rules: OCI image specification 1.1 (manifest, index,
//! descriptor), Docker's "Image Manifest V 2, Schema 2".

use std::fmt;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::Reference;

/// Media types of manifests that can be read here, for `Accept`.
pub(super) const MEDIA_TYPES: [&str; 4] = [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
];

/// Content address: `sha256:` and 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(String);

impl Digest {
    /// Reads a digest; `None` if it is none of SHA-256.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("sha256:")?;
        let is_digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        (digits.len() == 64 && digits.chars().all(is_digit)).then(|| Self(text.to_owned()))
    }

    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(format!(
            "sha256:{}",
            crate::plan::hex(&Sha256::digest(bytes))
        ))
    }

    /// The digest as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a registry has under a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// What was asked for.
    pub reference: Reference,
    /// Digest of what is there, computed from its bytes.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
    /// What it is.
    pub content: Content,
}

/// An image, or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// One image.
    Image {
        /// Digest of its configuration: what the engine calls the image's id.
        config: Digest,
        /// `os/arch[/variant]` of the configuration.
        platform: String,
    },
    /// An index: an image a platform, and what is told about them.
    Index {
        /// The images.
        images: Vec<Listed>,
        /// Manifests that attest something (provenance, SBOM) and are no images.
        attestations: Vec<Digest>,
    },
}

/// An image of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Digest of its manifest.
    pub digest: Digest,
    /// `os/arch[/variant]`; empty if the index does not say.
    pub platform: String,
}

/// A manifest or an index, as far as it is read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    media_type: Option<String>,
    /// Of a manifest.
    config: Option<Descriptor>,
    /// Of an index.
    manifests: Option<Vec<Descriptor>>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: String,
    platform: Option<Platform>,
}

/// Also what a configuration says of its platform.
#[derive(Deserialize)]
pub(super) struct Platform {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
    #[serde(default)]
    variant: String,
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            os,
            architecture,
            variant,
        } = self;
        write!(f, "{os}/{architecture}")?;
        if variant.is_empty() {
            Ok(())
        } else {
            write!(f, "/{variant}")
        }
    }
}

/// A document by what it is.
pub(super) enum Kind {
    /// Its configuration has the platform.
    Image { config: Digest },
    Index {
        images: Vec<Listed>,
        attestations: Vec<Digest>,
    },
}

impl Document {
    /// The media type that it gives itself.
    pub fn media_type(&self) -> Option<&str> {
        self.media_type.as_deref()
    }

    /// What it is; `None` if it has neither a configuration nor a list, or no digests that are some.
    pub fn kind(self) -> Option<Kind> {
        match (self.manifests, self.config) {
            (Some(manifests), _) => index(manifests),
            (None, Some(config)) => Some(Kind::Image {
                config: Digest::parse(&config.digest)?,
            }),
            (None, None) => None,
        }
    }
}

/// BuildKit lists attestations for the platform `unknown/unknown`, so that nobody runs one.
fn index(manifests: Vec<Descriptor>) -> Option<Kind> {
    let (mut images, mut attestations) = (Vec::new(), Vec::new());
    for Descriptor { digest, platform } in manifests {
        let digest = Digest::parse(&digest)?;
        let platform = platform
            .map(|platform| platform.to_string())
            .unwrap_or_default();
        if platform == "unknown/unknown" {
            attestations.push(digest);
        } else {
            images.push(Listed { digest, platform });
        }
    }
    Some(Kind::Index {
        images,
        attestations,
    })
}
