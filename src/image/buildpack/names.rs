//! What the images and volumes of a build are called.

use bollard::{Docker, errors::Error as ApiError, query_parameters::RemoveVolumeOptions};

use crate::image::EngineError;

/// Tag of the newest image of a repository: what the next build compares with.
pub(super) const PREVIOUS: &str = "previous";

/// Names of one build.
pub(super) struct Names {
    /// Of all images of this container.
    pub repository: String,
    /// What `creator` leaves, before it has our labels.
    pub exported: String,
    /// What it compares with.
    pub previous: String,
    /// Volumes: what buildpacks keep for the next build, and the layers of the last image, which the
    /// engine cannot give one by one.
    pub caches: [String; 2],
}

impl Names {
    /// For the image of this `repository:tag`.
    pub fn of(tag: &str) -> Self {
        let repository = tag
            .rsplit_once(':')
            .map_or(tag, |(repository, _)| repository);
        Self {
            repository: repository.to_owned(),
            exported: format!("{tag}-unlabelled"),
            previous: format!("{repository}:{PREVIOUS}"),
            caches: volumes(repository),
        }
    }
}

/// Volumes may have no `/` in their names.
fn volumes(repository: &str) -> [String; 2] {
    let name = repository.replace('/', "-");
    [
        format!("{name}-build-cache"),
        format!("{name}-launch-cache"),
    ]
}

/// Removes what builds of a repository keep for the next one; without them it takes longer.
///
/// # Errors
/// The engine's; that there are none, or that a build uses them, is none.
pub async fn remove_caches(docker: &Docker, repository: &str) -> Result<(), EngineError> {
    remove(docker, &volumes(repository)).await
}

/// Removes volumes that nobody uses.
pub(super) async fn remove(docker: &Docker, volumes: &[String]) -> Result<(), EngineError> {
    for volume in volumes {
        match docker
            .remove_volume(volume, None::<RemoveVolumeOptions>)
            .await
        {
            Ok(())
            | Err(ApiError::DockerResponseServerError {
                status_code: 404 | 409,
                ..
            }) => {}
            Err(error) => return Err(EngineError::other(format!("remove volume {volume}"))(error)),
        }
    }
    Ok(())
}
