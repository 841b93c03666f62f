//! Names of images in registries. Rules: the grammar of the `distribution/reference` package, which
//! the engine follows, and its defaults (`docker.io`, `library/`, `latest`).

use std::{fmt, str::FromStr};

use super::{Digest, Registry};
use crate::error::{Class, Diagnose};

/// Which image of a repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// The one that has this tag at the moment.
    Tag(String),
    /// This one.
    Digest(Digest),
}

/// An image in a registry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// Where it is.
    pub registry: Registry,
    /// Its repository, without the registry.
    pub repository: String,
    /// Which one of the repository.
    pub version: Version,
}

impl Reference {
    /// `registry/repository`, as the engine names it.
    pub fn name(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Version::Tag(tag) => write!(f, "{}:{tag}", self.name()),
            Version::Digest(digest) => write!(f, "{}@{digest}", self.name()),
        }
    }
}

/// Text that names no image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is not the name of an image: {why}")]
pub struct ReferenceError {
    given: String,
    why: &'static str,
}

impl Diagnose for ReferenceError {
    fn class(&self) -> Class {
        Class::Config
    }

    fn hint(&self) -> Option<String> {
        Some(
            "write `registry/repository:tag`, as in `ghcr.io/org/app:cache`, or \
             `registry/repository@sha256:…`"
                .to_owned(),
        )
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(given: &str) -> Result<Self, ReferenceError> {
        let fails = |why| ReferenceError {
            given: given.to_owned(),
            why,
        };
        let (rest, digest) = match given.split_once('@') {
            Some((rest, digest)) => {
                let digest = Digest::parse(digest)
                    .ok_or_else(|| fails("its digest is not `sha256:` and 64 digits"))?;
                (rest, Some(digest))
            }
            None => (given, None),
        };
        let (registry, path) =
            split_registry(rest).ok_or_else(|| fails("its registry is no host"))?;
        let (repository, tag) = match path.rsplit_once(':') {
            Some((repository, tag)) => (repository, Some(tag)),
            None => (path, None),
        };
        if !repository.split('/').all(is_component) {
            return Err(fails(
                "its repository may have only lower-case words, digits and single `.`, `_`, `-` between them",
            ));
        }
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(fails(
                "its tag may have only letters, digits, `.`, `_` and `-`, at most 128",
            ));
        }
        let repository = if registry.is_hub() && !repository.contains('/') {
            format!("library/{repository}")
        } else {
            repository.to_owned()
        };
        // With both, the engine goes by the digest.
        let version = match digest {
            Some(digest) => Version::Digest(digest),
            None => Version::Tag(tag.unwrap_or("latest").to_owned()),
        };
        Ok(Self {
            registry,
            repository,
            version,
        })
    }
}

/// The part before the first `/` is a registry if a repository could not be called so.
fn split_registry(text: &str) -> Option<(Registry, &str)> {
    match text.split_once('/') {
        Some((host, path))
            if host.contains(['.', ':'])
                || host == "localhost"
                || host.chars().any(char::is_uppercase) =>
        {
            Some((Registry::parse(host)?, path))
        }
        _ => Some((Registry::hub(), text)),
    }
}

/// Lower-case words joined by `.`, `_`, `__` or any number of `-`.
fn is_component(component: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let joins: Vec<&str> = component
        .split(is_word)
        .filter(|join| !join.is_empty())
        .collect();
    component.starts_with(is_word)
        && component.ends_with(is_word)
        && joins
            .iter()
            .all(|join| [".", "_", "__"].contains(join) || join.chars().all(|c| c == '-'))
}

fn is_tag(tag: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    tag.starts_with(is_word)
        && tag.len() <= 128
        && tag.chars().all(|c| is_word(c) || ".-".contains(c))
}
