//! Is the new image what was asked for?

use bollard::{Docker, models::ImageInspect, query_parameters::RemoveImageOptions};

use super::{BuildError, BuildRequest, EngineError, ImageId, platform};

/// The new image, if it is for the platform that was asked for. If not, its tag is taken away:
/// it would be found, and used, the next time.
pub(super) async fn platform(
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
