//! `docker build` through the Engine API.

use std::{io, time::Duration};

use bollard::errors::Error as ApiError;
use bollard::models::BuildInfo;
use futures::TryStreamExt as _;
use http_body_util::BodyExt as _;
use hyper::{Request, header::CONTENT_TYPE};
use tokio::sync::oneshot;

use super::{
    BuildError, BuildRequest, EngineError, ImageId,
    builder::Chosen,
    engine::Connection,
    json_lines::JsonLines,
    mask::Masks,
    progress::Progress,
    query,
    registry::of_base_image,
    session::{Agents, Secrets, Session},
    verify,
    wire::{self, streamed},
};
use crate::source::{SourceError, tar_stream};

/// How long the engine may take to begin its answer. The classic builder does so only when it has
/// the whole context, which may be large. Nothing is limited after that.
pub(super) const ANSWER_BEGINS: Duration = Duration::from_hours(1);

/// Builds an image and tags it. Each line of the builder's log goes to `log` as it comes, without
/// the request's secrets. Dropping the future cancels the build.
///
/// The Dockerfile and the ignore file travel inside of the context, so with BuildKit `COPY . .`
/// copies them even when they are ignored.
pub async fn build(
    engine: &Connection,
    request: &BuildRequest,
    log: &(dyn Fn(&str) + Send + Sync),
) -> Result<ImageId, BuildError> {
    let builder = Chosen::of(request.builder);
    builder.check(request, engine.version())?;
    let secrets = Secrets::read(&request.settings.secrets)?;
    let agents = Agents::find(&request.settings.ssh)?;
    let mut progress = Progress::new(log, Masks::of(secrets.values()));
    let session = match builder {
        Chosen::BuildKit => {
            let credentials = request.credentials.for_build();
            let session = Session::open(engine, credentials, secrets, agents).await;
            Some(session.map_err(EngineError::other("open the session of a build"))?)
        }
        Chosen::Classic => None,
    };
    let query = query::of(request, builder, session.as_ref().map(Session::id));
    run(engine, request, &query, &mut progress).await?;
    verify::verified(engine, request).await
}

/// Sends the context and hears the builder out.
async fn run(
    engine: &Connection,
    request: &BuildRequest,
    query: &str,
    progress: &mut Progress<'_>,
) -> Result<(), BuildError> {
    // What goes wrong on our side of the stream: the engine would only say that it broke off.
    let (unsent, mut why_unsent) = oneshot::channel();
    let mut unsent = Some(unsent);
    let context = tar_stream(&request.source).map_err(move |error| {
        let broken = io::Error::from(error.kind());
        if let Some(unsent) = unsent.take() {
            let _ = unsent.send(error);
        }
        broken
    });
    let build = Request::post(format!("/build?{query}"))
        .header(CONTENT_TYPE, "application/x-tar")
        // BuildKit asks for credentials in its session instead.
        .header("X-Registry-Config", request.credentials.header())
        .body(streamed(context));
    let heard = match build {
        Ok(build) => hear(engine, build, progress).await,
        Err(error) => Err(error.into()),
    };
    match (why_unsent.try_recv(), heard) {
        (Ok(error), _) => Err(unsendable(request, error)),
        (Err(_), Ok(())) => {
            progress.finish();
            Ok(())
        }
        (Err(_), Err(error)) => {
            let failure = failed(request, error, progress);
            let emulation = verify::emulated(engine, request, &failure).await;
            Err(emulation.unwrap_or(failure))
        }
    }
}

async fn hear(
    engine: &Connection,
    request: Request<wire::Body>,
    progress: &mut Progress<'_>,
) -> Result<(), ApiError> {
    let (answer, _connection) = wire::send(engine, request, ANSWER_BEGINS).await?;
    let mut answer = answer.into_body();
    let mut messages = JsonLines::default();
    while let Some(frame) = answer.frame().await {
        let chunk = frame?.into_data().unwrap_or_default();
        for message in messages.take(&chunk) {
            let message: BuildInfo = message?;
            let refusal = message.error_detail.as_ref();
            if let Some(error) = refusal.and_then(|detail| detail.message.clone()) {
                return Err(ApiError::DockerStreamError { error });
            }
            progress.take(message);
        }
    }
    Ok(())
}

fn unsendable(request: &BuildRequest, error: io::Error) -> BuildError {
    let tag = request.tag.clone();
    match error.downcast::<SourceError>() {
        Ok(source) => BuildError::Source { tag, source },
        Err(error) => EngineError::other(format!("build image {tag}"))(error.into()).into(),
    }
}

fn failed(request: &BuildRequest, error: ApiError, progress: &mut Progress<'_>) -> BuildError {
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
