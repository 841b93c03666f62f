//! `docker build` through the Engine API.

use std::{collections::HashMap, io, pin::pin, sync::mpsc, time::Duration};

use bollard::{
    Docker, body_try_stream,
    errors::Error as ApiError,
    models::ImageInspect,
    query_parameters::{
        BuildImageOptions, BuildImageOptionsBuilder, BuilderVersion, RemoveImageOptions,
    },
};
use futures::{StreamExt, TryStreamExt};

use super::{
    BuildError, BuildRequest, Builder, EngineError, ImageId, cache, confined::confined, platform,
    progress::Progress, registry::of_base_image,
};
use crate::source::{SourceError, tar_stream};

/// The first Engine API version with BuildKit (Docker 18.09).
const BUILDKIT_SINCE: (usize, usize) = (1, 39);

/// How long the engine may take to begin its answer. The classic builder does so only when it has
/// the whole context, which may be large. Nothing is limited after that.
pub(super) const ANSWER_BEGINS: Duration = Duration::from_hours(1);

/// Builds an image and tags it. Each line of the builder's log goes to `log` as it comes. Dropping
/// the future cancels the build.
///
/// The Dockerfile and the ignore file travel inside of the context, so with BuildKit `COPY . .`
/// copies them even when they are ignored.
pub async fn build(
    docker: &Docker,
    request: &BuildRequest,
    log: &(dyn Fn(&str) + Send + Sync),
) -> Result<ImageId, BuildError> {
    confined(run(docker, request, log))
        .await
        .map_err(|error| EngineError::other("be connected to")(error.into()))??;
    verified(docker, request).await
}

async fn run(
    docker: &Docker,
    request: &BuildRequest,
    log: &(dyn Fn(&str) + Send + Sync),
) -> Result<(), BuildError> {
    let docker = docker.clone().with_timeout(ANSWER_BEGINS);
    let options = options(&docker, request)?;
    let mut progress = Progress::new(log);
    // What went wrong on our side of the stream: the engine would only say that it broke off.
    let (unsent, why_unsent) = mpsc::sync_channel(1);
    let context = tar_stream(&request.source).map_err(move |error| {
        let broken = io::Error::from(error.kind());
        let _ = unsent.try_send(error);
        broken
    });
    let credentials = Some(request.credentials.for_build());
    let mut messages =
        pin!(docker.build_image(options, credentials, Some(body_try_stream(context))));
    while let Some(message) = messages.next().await {
        match (message, why_unsent.try_recv()) {
            (Ok(message), Err(_)) => progress.take(message),
            (_, Ok(error)) => return Err(unsendable(request, error)),
            (Err(error), Err(_)) => return Err(failed(request, error, progress)),
        }
    }
    progress.finish();
    Ok(())
}

fn options(docker: &Docker, request: &BuildRequest) -> Result<BuildImageOptions, EngineError> {
    let source = &request.source.source;
    let mut args: HashMap<_, _> = source.args.clone().into_iter().collect();
    let cache: Vec<String> = request.cache.iter().map(ToString::to_string).collect();
    let version = docker.client_version();
    let has_buildkit = (version.major_version, version.minor_version) >= BUILDKIT_SINCE;
    let buildkit = has_buildkit && request.builder == Builder::Newest;
    if buildkit && request.cache.is_some() {
        cache::record_in_image(&mut args);
    }
    let labels: HashMap<_, _> = request.labels.clone().into_iter().collect();
    let options = BuildImageOptionsBuilder::default()
        .t(&request.tag)
        .dockerfile(&request.source.dockerfile)
        .buildargs(&args)
        .labels(&labels)
        .cachefrom(&cache)
        .target(source.target.as_deref().unwrap_or_default())
        .platform(source.platform.as_deref().unwrap_or_default())
        .forcerm(true);
    let options = if buildkit {
        options
            .version(BuilderVersion::BuilderBuildKit)
            .session(&session_id()?)
    } else {
        options.version(BuilderVersion::BuilderV1)
    };
    Ok(options.build())
}

/// Sessions of all clients of an engine share one space of names.
fn session_id() -> Result<String, EngineError> {
    let random = getrandom::u64().map_err(|error| {
        EngineError::other("be given a session id")(io::Error::other(error.to_string()).into())
    })?;
    Ok(format!("scf-{random:016x}"))
}

fn unsendable(request: &BuildRequest, error: io::Error) -> BuildError {
    let tag = request.tag.clone();
    match error.downcast::<SourceError>() {
        Ok(source) => BuildError::Source { tag, source },
        Err(error) => EngineError::other(format!("build image {tag}"))(error.into()).into(),
    }
}

fn failed(request: &BuildRequest, error: ApiError, progress: Progress<'_>) -> BuildError {
    let tag = request.tag.clone();
    match error {
        ApiError::DockerStreamError { error: message }
        | ApiError::DockerResponseServerError { message, .. } => {
            let failure = progress.failure(message);
            let step = failure.step.as_deref();
            if let Some(refusal) = of_base_image(step, &failure.message, &request.credentials) {
                return BuildError::refused(tag, refusal);
            }
            BuildError::Failed {
                tag,
                step: failure.step,
                message: failure.message,
                log_tail: failure.log_tail,
            }
        }
        other => EngineError::other(format!("build image {tag}"))(other).into(),
    }
}

/// The new image, if it is for the platform that was asked for. If not, its tag is taken away:
/// it would be found, and used, the next time.
async fn verified(docker: &Docker, request: &BuildRequest) -> Result<ImageId, BuildError> {
    let tag = &request.tag;
    let inspected = docker.inspect_image(tag).await;
    let ImageInspect {
        id,
        os,
        architecture,
        ..
    } = inspected.map_err(EngineError::other(format!("find the new image {tag}")))?;
    let built = format!(
        "{}/{}",
        os.unwrap_or_default(),
        architecture.unwrap_or_default()
    );
    if let Some(wanted) = &request.source.source.platform
        && !platform::is(wanted, &built)
    {
        let removed = docker
            .remove_image(tag, None::<RemoveImageOptions>, None)
            .await;
        removed.map_err(EngineError::other(format!(
            "remove the unusable image {tag}"
        )))?;
        return Err(BuildError::Platform {
            tag: tag.clone(),
            wanted: wanted.clone(),
            built,
        });
    }
    id.map(ImageId).ok_or_else(|| BuildError::Failed {
        tag: tag.clone(),
        step: None,
        message: "the engine does not tell the id of the new image".to_owned(),
        log_tail: Vec::new(),
    })
}
