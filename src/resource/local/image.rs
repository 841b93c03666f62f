//! The image of a container in the engine's own store, tagged by fingerprint.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    apply::StepError,
    error::Failure,
    image::{self, BuildRequest, BuildSettings, Builder, buildpack, cache, registry::Reference},
    local::{Context, labels},
    names::{ContainerName, StackName},
    plan::{Action, Address, Change, Graph, Reason, StepId},
    source::{DockerfileSource, Fingerprinted},
};

/// The image that a container wants.
#[derive(Debug, Clone)]
pub struct Spec {
    /// Stack, for the repository name and the labels.
    pub stack: StackName,
    /// The container it is for.
    pub container: ContainerName,
    /// What it is built from, as it was read on this machine.
    pub source: Fingerprinted,
    /// Why that is not what the running tasks were built from, as far as it is known.
    pub moved: Vec<Reason>,
    /// Where its build cache is kept, besides on this machine. It decides how long a build takes,
    /// not what comes of it, and is no part of the fingerprint.
    pub cache: Option<Reference>,
    /// How it is built.
    pub settings: BuildSettings,
}

/// An image that the engine has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// `sha256:...` of its configuration.
    pub id: String,
    /// Its tags, `repository:tag`.
    pub tags: Vec<String>,
}

/// What can be done to images.
#[derive(Debug, Clone)]
pub enum Step {
    /// Build it and tag it.
    Build(Box<Spec>),
    /// Remove the tags; an image that a container of another stage uses stays.
    Remove(Vec<Observed>),
}

impl Spec {
    /// `scf/<stack>-<container>:<fingerprint>`, in the letters that a repository may have.
    pub fn tag(&self) -> String {
        format!(
            "{}:{}",
            repository(&self.stack, &self.container),
            self.source.fingerprint.short()
        )
    }
}

/// Repository names are lower-case words joined by single separators
/// (OCI distribution specification, `name`).
pub fn repository(stack: &StackName, container: &ContainerName) -> String {
    let name = format!("{stack}-{container}").to_ascii_lowercase();
    let words: Vec<&str> = name
        .split(['-', '_'])
        .filter(|word| !word.is_empty())
        .collect();
    format!("scf/{}", words.join("-"))
}

/// The address of a container's image in plans.
pub fn address(container: &ContainerName) -> Address {
    Address::within("image", container)
}

/// Adds the build, if there is one to do; returns the step that the container waits for.
pub fn plan(
    want: &Spec,
    have: &[Observed],
    force: bool,
    changes: &mut Vec<Change>,
    graph: &mut Graph<super::Step>,
) -> Option<StepId> {
    let tag = want.tag();
    let exists = have.iter().any(|image| image.tags.contains(&tag));
    let (action, reason) = match (exists, force) {
        (true, false) => return None,
        (true, true) => (Action::Update, Reason::Forced),
        (false, _) => (Action::Create, Reason::ImageMissing),
    };
    let address = address(&want.container);
    changes.push(Change {
        address: address.clone(),
        action,
        what: match &want.source.source.dockerfile {
            DockerfileSource::Buildpacks(builder) => {
                format!("{tag}, built with buildpacks of {builder}")
            }
            DockerfileSource::Path(_) | DockerfileSource::Inline(_) => tag,
        },
        reasons: vec![reason],
    });
    Some(graph.add(
        &address,
        "build",
        [],
        super::Step::Image(Step::Build(Box::new(want.clone()))),
    ))
}

/// Adds the removal of all images of the stack, after `needs`.
pub fn plan_removal(
    have: &[Observed],
    needs: Vec<StepId>,
    changes: &mut Vec<Change>,
    graph: &mut Graph<super::Step>,
) {
    if have.is_empty() {
        return;
    }
    let address = Address::of("images");
    changes.push(Change {
        address: address.clone(),
        action: Action::Delete,
        what: format!(
            "{} that no other stage uses",
            super::counted(have.len(), "local image")
        ),
        reasons: vec![Reason::StageRemoved],
    });
    graph.add(
        &address,
        "remove",
        needs,
        super::Step::Image(Step::Remove(have.to_vec())),
    );
}

impl Step {
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Build(spec) => format!("build {}", spec.tag()),
            Self::Remove(images) => format!("remove {}", super::counted(images.len(), "image")),
        }
    }

    pub(super) fn public(&self) -> Value {
        match self {
            Self::Build(spec) => {
                // The source is paths of this machine; the fingerprint stands for all of it.
                json!({ "build": spec.source.fingerprint.to_string(), "tag": spec.tag() })
            }
            Self::Remove(images) => {
                json!({ "remove": images.iter().flat_map(|image| &image.tags).collect::<Vec<_>>() })
            }
        }
    }

    pub(super) fn interruptible(&self) -> bool {
        matches!(self, Self::Build(_))
    }

    pub(super) async fn run(&self, cx: &Context) -> Result<(), StepError> {
        match self {
            Self::Build(spec) => build(cx, spec).await,
            Self::Remove(images) => {
                let tags = || images.iter().flat_map(|image| &image.tags);
                for tag in tags() {
                    cx.engine.remove_image(tag).await?;
                }
                let repositories = tags().filter_map(|tag| tag.rsplit_once(':'));
                let repositories = repositories.map(|(repository, _)| repository);
                for repository in repositories.collect::<BTreeSet<_>>() {
                    buildpack::remove_caches(cx.engine.docker(), repository).await?;
                }
                Ok(())
            }
        }
    }
}

async fn build(cx: &Context, spec: &Spec) -> Result<(), StepError> {
    let name = address(&spec.container).to_string();
    let log = |line: &str| cx.log.line(&name, line);
    let docker = cx.engine.docker();
    for warning in cx.keychain.warnings().await {
        cx.log.warning(&name, &warning);
    }
    if let (Some(cache), Builder::Classic) = (&spec.cache, cx.builder)
        && let Err(error) = cache::fetch(docker, cache, &cx.keychain, &log).await
    {
        log(&format!("warning: {}", Failure::from(error)));
    }
    let request = BuildRequest {
        tag: spec.tag(),
        source: spec.source.clone(),
        labels: labels::image(&spec.stack, &spec.container),
        builder: cx.builder,
        credentials: cx.keychain.credentials().await.clone(),
        cache: spec.cache.clone(),
        settings: spec.settings.clone(),
    };
    image::build(docker, &request, &log).await?;
    if let Some(cache) = &spec.cache
        && let Err(error) = cache::publish(docker, &request.tag, cache, &cx.keychain, &log).await
    {
        let failure = Failure::from(error);
        let hint = failure.hint().map(|hint| format!("; {hint}"));
        let text = format!(
            "the build cache was not written: {failure}{}",
            hint.unwrap_or_default()
        );
        cx.log.warning(&name, &text);
    }
    Ok(())
}
