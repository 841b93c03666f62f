//! Platforms: is the new image for the one that was asked for, and can the engine run its programs?

use bollard::{Docker, models::ImageInspect, query_parameters::RemoveImageOptions};

use super::{BuildError, BuildRequest, EngineError, ImageId, platform};

/// The new image, if it is for the platform that was asked for. If not, its tag is taken away:
/// it would be found, and used, the next time.
pub(super) async fn verified(
    docker: &Docker,
    request: &BuildRequest,
) -> Result<ImageId, BuildError> {
    let tag = &request.tag;
    let inspected = docker.inspect_image(tag).await;
    let ImageInspect {
        id,
        os,
        architecture,
        variant,
        ..
    } = inspected.map_err(EngineError::other(format!("find the new image {tag}")))?;
    let parts = [os, architecture, variant].into_iter().flatten();
    let parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
    let built = parts.join("/");
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

/// What the system says of a program for another machine.
const WRONG_MACHINE: &str = "exec format error";

/// Tells a step of a foreign platform, which the engine cannot run, from one that fails by itself.
pub(super) async fn emulated(
    docker: &Docker,
    request: &BuildRequest,
    failure: &BuildError,
) -> Option<BuildError> {
    let BuildError::Failed {
        tag,
        step,
        message,
        log_tail,
    } = failure
    else {
        return None;
    };
    let wanted = request.source.source.platform.as_ref()?;
    let mut said = log_tail.iter().chain([message]);
    said.find(|line| line.contains(WRONG_MACHINE))?;
    let engine = docker.version().await.ok()?;
    let engine = format!("{}/{}", engine.os?, engine.arch?);
    (!platform::is(wanted, &engine)).then(|| BuildError::Emulation {
        tag: tag.clone(),
        wanted: wanted.clone(),
        engine,
        step: step.clone(),
    })
}
