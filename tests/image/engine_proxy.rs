//! An engine of another age: the real one behind a socket that speaks the versions, refusals and
//! answers of the engine that it plays.
//!
//! Source of what it plays: the Engine API version history
//! (<https://docs.docker.com/reference/api/engine/version-history/>) and the version middleware of
//! moby/moby.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::{
    Request, Response, StatusCode, Uri, body::Incoming, client::conn::http1 as client,
    header::CONTENT_LENGTH, server::conn::http1 as server, service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value, json};
use tokio::net::{UnixListener, UnixStream};

const REAL: &str = "/var/run/docker.sock";
/// The version that the real engine is asked in.
const REAL_VERSION: &str = "v1.41";

/// The engine that is played.
#[derive(Debug, Clone, Copy)]
pub struct Age {
    pub engine: &'static str,
    /// Minor versions of the API: the newest and the oldest that it serves.
    pub newest: u32,
    pub oldest: u32,
    /// Images are in containerd's store, as is the default since Docker Engine 29.
    pub containerd: bool,
}

type Body = UnsyncBoxBody<Bytes, hyper::Error>;

pub struct EngineProxy {
    folder: tempfile::TempDir,
    asked: Arc<Mutex<Vec<String>>>,
    _listens: tokio::task::JoinSet<()>,
}

impl EngineProxy {
    pub fn start(age: Age) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("docker.sock")).unwrap();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = asked.clone();
        let mut listens = tokio::task::JoinSet::new();
        listens.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let log = log.clone();
                tokio::spawn(async move {
                    let answer = service_fn(|request| answer(age, log.clone(), request));
                    let connection =
                        server::Builder::new().serve_connection(TokioIo::new(stream), answer);
                    // The client may leave at any time.
                    let _ = connection.with_upgrades().await;
                });
            }
        });
        Self {
            folder,
            asked,
            _listens: listens,
        }
    }

    pub fn host(&self) -> String {
        format!("unix://{}/docker.sock", self.folder.path().display())
    }

    /// Method and target of every request so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn answer(
    age: Age,
    log: Arc<Mutex<Vec<String>>>,
    mut request: Request<Incoming>,
) -> Result<Response<Body>, Box<dyn std::error::Error + Send + Sync>> {
    let target = request.uri().to_string();
    let line = format!("{} {target}", request.method());
    log.lock().unwrap().push(line);
    let (version, path) = version_of(&target);
    let spoken = version.unwrap_or(age.newest);
    if let Some(refusal) = refusal(age, spoken) {
        let body = json!({ "message": refusal }).to_string();
        return Ok(Response::builder()
            .status(StatusCode::BAD_REQUEST)
            .body(whole(body.into()))?);
    }
    *request.uri_mut() = format!("/{REAL_VERSION}{path}").parse::<Uri>()?;
    let stream = UnixStream::connect(REAL).await?;
    let (mut sender, driver) = client::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(driver.with_upgrades());
    let theirs = hyper::upgrade::on(&mut request);
    let mut response = sender.send_request(request).await?;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        let ours = hyper::upgrade::on(&mut response);
        tokio::spawn(async move {
            if let (Ok(theirs), Ok(ours)) = (theirs.await, ours.await) {
                let (mut theirs, mut ours) = (TokioIo::new(theirs), TokioIo::new(ours));
                let _ = tokio::io::copy_bidirectional(&mut theirs, &mut ours).await;
            }
        });
    }
    let path = path.split('?').next().unwrap_or_default();
    if !response.status().is_success() || !changes(path) {
        return Ok(response.map(BodyExt::boxed_unsync));
    }
    let (mut head, body) = response.into_parts();
    let mut value: Value = serde_json::from_slice(&body.collect().await?.to_bytes())?;
    change(age, spoken, path, &mut value);
    head.headers.remove(CONTENT_LENGTH);
    Ok(Response::from_parts(head, whole(value.to_string().into())))
}

fn whole(body: Bytes) -> Body {
    Full::new(body)
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// The minor version that a target names, and the rest of it.
fn version_of(target: &str) -> (Option<u32>, &str) {
    let named = target.strip_prefix("/v1.").and_then(|rest| {
        let (minor, _) = rest.split_once('/')?;
        Some((minor.parse().ok()?, &rest[minor.len()..]))
    });
    named.map_or((None, target), |(minor, path)| (Some(minor), path))
}

fn refusal(age: Age, spoken: u32) -> Option<String> {
    if spoken < age.oldest {
        return Some(format!(
            "client version 1.{spoken} is too old. Minimum supported API version is 1.{}, please \
             upgrade your client to a newer version",
            age.oldest
        ));
    }
    (spoken > age.newest).then(|| {
        format!(
            "client version 1.{spoken} is too new. Maximum supported API version is 1.{}",
            age.newest
        )
    })
}

fn changes(path: &str) -> bool {
    let is_image = path.starts_with("/images/") && path.ends_with("/json");
    let is_container = path.starts_with("/containers/") && path.ends_with("/json");
    path == "/version" || is_image || is_container
}

fn change(age: Age, spoken: u32, path: &str, value: &mut Value) {
    if path == "/version" {
        value["Version"] = json!(age.engine);
        value["ApiVersion"] = json!(format!("1.{}", age.newest));
        value["MinAPIVersion"] = json!(format!("1.{}", age.oldest));
        return;
    }
    let objects: Vec<&mut Value> = match value {
        Value::Array(items) => items.iter_mut().collect(),
        one => vec![one],
    };
    for object in objects.into_iter().filter_map(Value::as_object_mut) {
        match path {
            "/containers/json" => {}
            path if path.starts_with("/containers/") => container(spoken, object),
            _ => image(age, spoken, object),
        }
    }
}

/// `GET /images/{name}/json` and `/images/json`.
fn image(age: Age, spoken: u32, image: &mut Map<String, Value>) {
    if spoken >= 44 {
        without(image, &["VirtualSize"]);
    }
    if spoken >= 45 {
        without(image, &["Container", "ContainerConfig"]);
    }
    if age.containerd && spoken >= 48 {
        let descriptor = json!({
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "digest": image.get("Id").cloned().unwrap_or_default(),
            "size": 1609,
        });
        image.insert("Descriptor".to_owned(), descriptor);
        without(image, &["GraphDriver"]);
    }
    if spoken >= 52 {
        let empty = |value: &Value| value.as_str() == Some("") || value.is_null();
        image.retain(|field, value| {
            let may_go = ["Parent", "Comment", "DockerVersion", "Author"];
            !(may_go.contains(&field.as_str()) && empty(value))
        });
        if let Some(config) = image.get_mut("Config").and_then(Value::as_object_mut) {
            config.retain(|_, value| !empty(value));
        }
    }
    if spoken >= 53 {
        image.insert("Identity".to_owned(), json!({ "Build": [{ "Ref": "x" }] }));
    }
}

fn without(object: &mut Map<String, Value>, fields: &[&str]) {
    object.retain(|field, _| !fields.contains(&field.as_str()));
}

/// `GET /containers/{id}/json`.
fn container(spoken: u32, container: &mut Map<String, Value>) {
    if spoken >= 52
        && let Some(settings) = container.get_mut("NetworkSettings")
        && let Some(settings) = settings.as_object_mut()
    {
        settings.retain(|field, _| {
            ["Networks", "Ports", "SandboxID", "SandboxKey"].contains(&&**field)
        });
    }
}
