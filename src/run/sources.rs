//! What the containers are built from, as it lies on this machine.

use std::path::Path;

use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::{gather::GatherError, project::Project, recipe};
use crate::{
    config::{self, Container, Notice},
    error::Result,
    names::ContainerName,
    source::{self, BuildSource, DigestCache, Fingerprinted, SourceError},
};

/// Sources that are read at once: the disk and two cores are the limit, not the count.
const READERS: usize = 4;

/// A container with what it is built from.
pub type Source = (ContainerName, Fingerprinted);

/// Reads the sources of all containers.
///
/// # Errors
/// That of the first, in the order of their names, that cannot be read.
pub async fn read(project: &Project, digests: DigestCache) -> Result<Vec<Source>> {
    let containers = &project.config.containers;
    stream::iter(
        containers
            .iter()
            .map(|(name, container)| of_container(project, name, container, digests.clone())),
    )
    .buffered(READERS)
    .try_collect()
    .await
}

async fn of_container(
    project: &Project,
    name: &ContainerName,
    container: &Container,
    digests: DigestCache,
) -> Result<Source> {
    let source = recipe::source(project, container);
    let missing = match fingerprinted(source.clone(), digests.clone()).await? {
        Err(missing @ SourceError::DockerfileMissing { .. }) => missing,
        read => return Ok((name.clone(), read?)),
    };
    let folder = project.identity.folder.join(&container.src);
    if let Some(compose) = config::compose_file(&folder) {
        let keys = vec![compose.into_string()];
        return Err(config::NotBuilt { keys }.into());
    }
    match recipe::without_dockerfile(&source, container) {
        Some(source) => Ok((name.clone(), fingerprinted(source, digests).await??)),
        None => Err(missing.into()),
    }
}

async fn fingerprinted(
    source: BuildSource,
    digests: DigestCache,
) -> Result<Result<Fingerprinted, SourceError>, GatherError> {
    Ok(tokio::task::spawn_blocking(move || source::read_with(&source, &digests)).await?)
}

/// Git's own folder is another one in every clone and after every commit, and so is an image that
/// is built from it.
pub fn history((name, read): &Source) -> Option<Notice> {
    let found = read
        .entries
        .iter()
        .any(|entry| entry.path == Path::new(".git"));
    found.then(|| {
        Notice::of(
            format!(
                "the build context of container {name} holds .git, so every commit and every \
                 clone builds it anew: list .git in its .dockerignore"
            ),
            None,
        )
    })
}
