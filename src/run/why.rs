//! Why an image is another one: what the state remembers of the one that runs, and what git knows.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use tokio::task::spawn_blocking;

use super::gather::GatherError;
use crate::{
    plan::{
        Reason,
        local::{Desired, Observed},
        moved::{self, Files},
    },
    resource::local::image,
    source::{
        BuildSource, DockerfileSource, Fingerprinted, Surroundings,
        git::{self, NoHistory},
    },
    state::{
        StageKey, State,
        v1::{Commit, Source},
    },
};

/// Repositories that are looked at at once.
const READERS: usize = 2;

/// Gives each wanted image the reasons for which it is not the one that runs.
///
/// # Errors
/// Only that the reading was interrupted: what git does not know is part of the reasons.
pub async fn explain(
    desired: &mut Desired,
    observed: &Observed,
    state: &State,
) -> Result<(), GatherError> {
    let images = desired.containers.iter_mut().map(|(image, _)| async {
        image.moved = reasons(image, observed, state).await?;
        Ok(())
    });
    stream::iter(images)
        .buffer_unordered(READERS)
        .try_collect()
        .await
}

async fn reasons(
    image: &image::Spec,
    observed: &Observed,
    state: &State,
) -> Result<Vec<Reason>, GatherError> {
    let running = observed.serving_image(&image.container);
    let before = running
        .filter(|tag| *tag != image.tag())
        .and_then(|tag| state.sources.get(tag));
    let Some(before) = before else {
        return Ok(Vec::new());
    };
    let now = parts(&image.source, &state.key, None);
    let files = if moved::files_moved(before, &now) {
        files(&image.source, before.commit.as_ref()).await?
    } else {
        Files::Same
    };
    Ok(moved::reasons(before, &now, &files))
}

async fn files(read: &Fingerprinted, since: Option<&Commit>) -> Result<Files, GatherError> {
    let Some(since) = since else {
        return Ok(Files::Unknown(NoHistory::NoRepository.to_string()));
    };
    let (read, id) = (read.clone(), since.id.clone());
    let changed = spawn_blocking(move || git::changed_since(&read, &id)).await?;
    Ok(match changed {
        Ok(paths) => Files::Changed(paths),
        Err(why) => Files::Unknown(why.to_string()),
    })
}

/// Records what the wanted images are built from, and forgets those that neither run nor are wanted.
/// A tag that is known already keeps its commit: the first that had these files.
///
/// # Errors
/// Only that the reading was interrupted.
pub async fn remember(
    state: &mut State,
    desired: &Desired,
    observed: &Observed,
) -> Result<(), GatherError> {
    let mut sources = BTreeMap::new();
    for (image, _) in &desired.containers {
        let tag = image.tag();
        let source = match state.sources.remove(&tag) {
            Some(known) => known,
            None => parts(&image.source, &state.key, commit(&image.source).await?),
        };
        sources.insert(tag, source);
    }
    let running: BTreeSet<&str> = observed.images_that_run().collect();
    let running = running
        .into_iter()
        .filter_map(|tag| Some((tag.to_owned(), state.sources.remove(tag)?)));
    sources.extend(running);
    state.sources = sources;
    Ok(())
}

async fn commit(read: &Fingerprinted) -> Result<Option<Commit>, GatherError> {
    let read = read.clone();
    let commit = spawn_blocking(move || git::commit(&read)).await?;
    // Without one, the plan that would need it says that git does not know.
    Ok(commit
        .ok()
        .map(|git::Commit { id, dirty }| Commit { id, dirty }))
}

fn parts(read: &Fingerprinted, key: &StageKey, commit: Option<Commit>) -> Source {
    let BuildSource {
        context: _,
        dockerfile,
        args,
        labels,
        target,
        platform,
        surroundings,
    } = &read.source;
    let hashed = |values: &BTreeMap<String, String>| {
        let hashes = values.iter().map(|(name, value)| {
            let mut hash = key.mac("build argument", &[name, value]);
            hash.truncate(16);
            (name.clone(), hash)
        });
        hashes.collect()
    };
    let builder = match dockerfile {
        DockerfileSource::Buildpacks(builder) => Some(builder.clone()),
        DockerfileSource::Path(_) | DockerfileSource::Inline(_) => None,
    };
    Source {
        commit,
        files: read.files.to_string(),
        dockerfile: builder
            .is_none()
            .then(|| read.dockerfile_digest.to_string()),
        builder,
        args: hashed(args),
        labels: hashed(labels),
        options: written(surroundings),
        target: target.clone(),
        platform: platform.clone(),
    }
}

/// As they stand in `build.options`.
fn written(surroundings: &Surroundings) -> Vec<String> {
    let Surroundings {
        network,
        hosts,
        squash,
    } = surroundings;
    let network = network.iter().map(|network| format!("--network={network}"));
    let hosts = hosts.iter().map(|host| format!("--add-host={host}"));
    let squash = squash.then(|| "--squash".to_owned());
    network.chain(hosts).chain(squash).collect()
}
