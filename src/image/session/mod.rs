//! The session of a build: BuildKit asks for secrets, for an SSH agent and for the credentials of
//! registries while it builds, over a connection that it got from us.
//!
//! `POST /session` of the Engine API turns a connection around: after the upgrade the engine is
//! the client, and what it speaks is gRPC (`session/grpc.go` of BuildKit). The client library
//! serves only credentials there.

mod auth;
mod health;
mod secrets;
mod ssh;

use std::{collections::HashMap, io, time::Duration};

use bollard::{
    auth::DockerCredentials,
    errors::Error as ApiError,
    grpc::build::{
        health::health_server::HealthServer,
        moby::{
            buildkit::secrets::v1::secrets_server::SecretsServer,
            filesync::v1::auth_server::AuthServer, sshforward::v1::ssh_server::SshServer,
        },
    },
};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::{
    Request,
    header::{CONNECTION, UPGRADE},
    server::conn::http2,
};
use hyper_util::{rt::TokioExecutor, service::TowerToHyperService};
use tonic::service::Routes;

pub use secrets::SecretError;
pub use ssh::{KeyError, SshError};

pub(super) use secrets::Secrets;
pub(super) use ssh::{Agents, NO_AGENT};

use super::{
    engine::Connection,
    wire::{self, Task},
};

/// How long the engine may take to turn the connection around.
const PATIENCE: Duration = Duration::from_mins(1);

/// What the engine may ask for. It refuses to ask for what is not listed when a session begins.
const METHODS: [&str; 4] = [
    "/moby.buildkit.secrets.v1.Secrets/GetSecret",
    "/moby.filesync.v1.Auth/Credentials",
    "/moby.sshforward.v1.SSH/CheckAgent",
    "/moby.sshforward.v1.SSH/ForwardAgent",
];

/// A session that is open until this is dropped.
pub(super) struct Session {
    id: String,
    _connection: Task,
    _server: Task,
}

impl Session {
    /// What the build refers to it by.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Opens a session that serves these.
    pub async fn open(
        connection: &Connection,
        credentials: HashMap<String, DockerCredentials>,
        secrets: Secrets,
        agents: Agents,
    ) -> Result<Self, ApiError> {
        let id = random_id()?;
        let mut request = Request::post("/session")
            .header(CONNECTION, "Upgrade")
            .header(UPGRADE, "h2c")
            .header("X-Docker-Expose-Session-Uuid", &id);
        for method in METHODS {
            request = request.header("X-Docker-Expose-Session-Grpc-Method", method);
        }
        let empty = Empty::<Bytes>::new().map_err(|never| match never {});
        let request = request.body(empty.boxed_unsync())?;
        let (response, task) = wire::send(connection, request, PATIENCE).await?;
        let upgraded = hyper::upgrade::on(response).await?;
        let routes = Routes::new(HealthServer::new(health::Healthy))
            .add_service(AuthServer::new(auth::Auth(credentials)))
            .add_service(SecretsServer::new(secrets))
            .add_service(SshServer::new(agents))
            .prepare();
        let server = Task::spawn(async move {
            let service = TowerToHyperService::new(routes);
            let server = http2::Builder::new(TokioExecutor::new());
            // It ends when the build does, and a build that misses it says so itself.
            let _ = server.serve_connection(upgraded, service).await;
        });
        Ok(Self {
            id,
            _connection: task,
            _server: server,
        })
    }
}

/// Sessions of all clients of an engine share one space of names.
fn random_id() -> Result<String, io::Error> {
    let random = getrandom::u64().map_err(|error| io::Error::other(error.to_string()))?;
    Ok(format!("scf-{random:016x}"))
}
