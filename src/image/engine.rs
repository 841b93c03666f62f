//! The connection to the Docker Engine.

use std::{env, time::Duration};

use bollard::{BollardRequest, Docker, errors::Error as ApiError};
use hyper::header::HeaderValue;

use super::{EngineError, ImageId};

/// Where the engine is when `DOCKER_HOST` does not say.
pub const DEFAULT_HOST: &str = "unix:///var/run/docker.sock";

/// How long the first answer may take: an engine that hangs is as good as none.
const FIRST_ANSWER: Duration = Duration::from_secs(10);

/// Path of the engine's socket on the machine that the engine runs on.
pub(super) fn socket() -> String {
    let host = env::var("DOCKER_HOST").unwrap_or_default();
    // An engine that is reached over the network has its usual socket there all the same.
    let local = host.strip_prefix("unix://").filter(|path| !path.is_empty());
    local.unwrap_or("/var/run/docker.sock").to_owned()
}

/// Connects to the engine that `DOCKER_HOST` names, or to the default one.
pub async fn connect() -> Result<Docker, EngineError> {
    let host = env::var("DOCKER_HOST").ok().filter(|host| !host.is_empty());
    connect_to(host.as_deref().unwrap_or(DEFAULT_HOST)).await
}

/// Connects to an engine (`unix://`, `tcp://`, `http://` or `https://`), in the newest API version
/// that both sides speak.
pub async fn connect_to(host: &str) -> Result<Docker, EngineError> {
    let connected = Docker::connect_with_host(host);
    let docker = connected.map_err(EngineError::unreachable(host))?;
    let docker = docker.with_request_modifier(with_url_safe_credentials);
    let patience = docker.timeout();
    let negotiated = docker.with_timeout(FIRST_ANSWER).negotiate_version().await;
    Ok(negotiated
        .map_err(EngineError::unreachable(host))?
        .with_timeout(patience))
}

/// The engine decodes credentials by the URL-safe alphabet of base64, the client library encodes them
/// by the other one: a password with `?`, `>` or `~` would be taken for none at all.
fn with_url_safe_credentials(mut request: BollardRequest) -> BollardRequest {
    for name in ["x-registry-auth", "x-registry-config"] {
        if let Some(value) = request.headers_mut().get_mut(name)
            && let Ok(text) = value.to_str()
            && let Ok(mut safe) = HeaderValue::from_str(&text.replace('+', "-").replace('/', "_"))
        {
            safe.set_sensitive(true);
            *value = safe;
        }
    }
    request
}

/// Looks for an image. Only the engine's plain "no such image" counts as `None`.
pub async fn exists(docker: &Docker, tag: &str) -> Result<Option<ImageId>, EngineError> {
    match docker.inspect_image(tag).await {
        Ok(image) => Ok(image.id.map(ImageId)),
        Err(ApiError::DockerResponseServerError {
            status_code: 404, ..
        }) => Ok(None),
        Err(error) => Err(EngineError::other(format!("look for image {tag}"))(error)),
    }
}
