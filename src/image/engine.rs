//! The connection to the Docker Engine.

use std::{env, ops::Deref, time::Duration};

use bollard::{
    API_DEFAULT_VERSION, BollardRequest, ClientVersion, Docker, errors::Error as ApiError,
    models::SystemVersion,
};
use hyper::header::HeaderValue;

use super::{EngineError, ImageId, address::Address};

/// Where the engine is when `DOCKER_HOST` does not say.
pub const DEFAULT_HOST: &str = "unix:///var/run/docker.sock";

/// The oldest API that is used: that of Docker Engine 20.10.
const OLDEST: ClientVersion = ClientVersion {
    major_version: 1,
    minor_version: 41,
};

/// How long the first answer may take: an engine that hangs is as good as none.
const FIRST_ANSWER: Duration = Duration::from_secs(10);

/// Path of the engine's socket on the machine that the engine runs on.
pub(super) fn socket() -> String {
    let host = env::var("DOCKER_HOST").unwrap_or_default();
    // An engine that is reached over the network has its usual socket there all the same.
    let local = host.strip_prefix("unix://").filter(|path| !path.is_empty());
    local.unwrap_or("/var/run/docker.sock").to_owned()
}

/// An engine, and the API version that is spoken with it.
#[derive(Debug, Clone)]
pub struct Connection {
    docker: Docker,
    address: Address,
    version: ClientVersion,
}

impl Connection {
    /// Where it is.
    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    /// The same, with another patience for answers to begin.
    #[must_use]
    pub fn with_timeout(mut self, patience: Duration) -> Self {
        self.docker = self.docker.with_timeout(patience);
        self
    }

    /// The API version that is spoken.
    pub fn version(&self) -> ClientVersion {
        self.version
    }
}

/// The calls of the client library.
impl Deref for Connection {
    type Target = Docker;

    fn deref(&self) -> &Docker {
        &self.docker
    }
}

/// Connects to the engine that `DOCKER_HOST` names, or to the default one.
pub async fn connect() -> Result<Connection, EngineError> {
    let host = env::var("DOCKER_HOST").ok().filter(|host| !host.is_empty());
    connect_to(host.as_deref().unwrap_or(DEFAULT_HOST)).await
}

/// Connects to an engine (`unix://`, `tcp://`, `http://` or `https://`), in the newest API version
/// that both sides speak.
pub async fn connect_to(host: &str) -> Result<Connection, EngineError> {
    let connected = Docker::connect_with_host(host);
    let docker = connected.map_err(EngineError::unreachable(host))?;
    let patience = docker.timeout();
    let docker = docker.with_timeout(FIRST_ANSWER);
    let engine = docker.version().await;
    let version = negotiated(host, engine.map_err(EngineError::unreachable(host))?)?;
    Ok(Connection {
        docker: docker
            .with_timeout(patience)
            .with_request_modifier(move |request| {
                versioned(with_url_safe_credentials(request), version)
            }),
        address: Address::parse(host).map_err(EngineError::unreachable(host))?,
        version,
    })
}

/// The newest version of the API that both sides know. An engine refuses versions beyond its own
/// as well as those that it has given up: Docker Engine 29 all before 1.44 (its release notes,
/// "Breaking changes").
fn negotiated(host: &str, engine: SystemVersion) -> Result<ClientVersion, EngineError> {
    let newest = engine.api_version.as_deref().and_then(parsed);
    let oldest = engine.min_api_version.as_deref().and_then(parsed);
    let mismatch = || EngineError::Version {
        host: host.to_owned(),
        engine: engine.version.clone().unwrap_or_else(|| "?".to_owned()),
        speaks: match (oldest, newest) {
            (Some(oldest), Some(newest)) => format!("{oldest} to {newest}"),
            (_, newest) => newest.map_or_else(|| "unknown".to_owned(), |it| it.to_string()),
        },
        too_old: newest.is_none_or(|newest| newest < OLDEST),
    };
    let newest = newest.filter(|newest| *newest >= OLDEST);
    let newest = newest.ok_or_else(mismatch)?;
    if oldest.is_some_and(|oldest| oldest > *API_DEFAULT_VERSION) {
        return Err(mismatch());
    }
    Ok(if newest < *API_DEFAULT_VERSION {
        newest
    } else {
        *API_DEFAULT_VERSION
    })
}

fn parsed(version: &str) -> Option<ClientVersion> {
    let (major, minor) = version.split_once('.')?;
    Some(ClientVersion {
        major_version: major.parse().ok()?,
        minor_version: minor.parse().ok()?,
    })
}

/// Names the version in the path. The client library leaves it out, and an engine then takes the
/// newest that it knows, whose answers may have changed.
fn versioned(mut request: BollardRequest, version: ClientVersion) -> BollardRequest {
    let mut parts = request.uri().clone().into_parts();
    let path = parts.path_and_query.as_ref();
    let path = path.map(|path| format!("/v{version}{path}"));
    parts.path_and_query = path.and_then(|path| path.parse().ok());
    // Of valid parts, so always valid; as it was it would work too.
    if let Ok(uri) = parts.try_into() {
        *request.uri_mut() = uri;
    }
    request
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
