//! Our labels on an image that somebody else made: a build of `FROM` and nothing else.

use crate::{image::BuildRequest, source::Fingerprinted};

/// The build that puts the labels of `request` on the engine's image `from`, under its tag.
pub(super) fn request(request: &BuildRequest, from: &str) -> BuildRequest {
    BuildRequest {
        source: Fingerprinted::dockerfile_alone(format!("FROM {from}\n")),
        cache: None,
        ..request.clone()
    }
}
