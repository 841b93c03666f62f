//! SSH agents for `RUN --mount=type=ssh`.

use std::{
    collections::BTreeMap, env, io, os::unix::fs::FileTypeExt as _, path::PathBuf, pin::Pin,
};

use bollard::grpc::build::moby::sshforward::v1::{
    BytesMessage, CheckAgentRequest, CheckAgentResponse, ssh_server,
};
use camino::Utf8PathBuf;
use futures::{Stream, StreamExt as _, TryStreamExt as _};
use tokio::net::UnixStream;
use tokio_util::io::{ReaderStream, StreamReader};
use tonic::{Request, Response, Status, Streaming};

use super::agent;
use crate::{
    error::{Class, Diagnose},
    image::SshFlag,
};

/// The agent that is meant when a mount names none (`sshforward.DefaultID` of BuildKit).
const DEFAULT_ID: &str = "default";
/// The metadata by which the engine says which agent it means (`sshforward.KeySSHID`).
const ID_HEADER: &str = "buildkit.ssh.id";

/// An agent that cannot be forwarded.
#[derive(Debug, thiserror::Error)]
pub enum SshError {
    /// There is no agent.
    #[error("there is no SSH agent for `{id}`: SSH_AUTH_SOCK is not set")]
    NoAgent {
        /// Id of the agent.
        id: String,
    },
    /// Nothing is there.
    #[error("the SSH agent or key for `{id}` cannot be used: {path}")]
    Unreadable {
        /// Id of the agent.
        id: String,
        /// Absolute path.
        path: String,
        /// The system's reason.
        source: io::Error,
    },
    /// It is no socket.
    #[error("{path} is no socket of an SSH agent")]
    NotASocket {
        /// Absolute path.
        path: Utf8PathBuf,
    },
}

impl Diagnose for SshError {
    fn class(&self) -> Class {
        match self {
            Self::Unreadable { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                Class::Denied
            }
            _ => Class::Config,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoAgent { .. } => {
                "start one (`eval \"$(ssh-agent)\"; ssh-add KEY`; in a workflow, an action that \
                 does), or name a socket: `default=/path/to/agent.sock`"
            }
            Self::Unreadable { .. } => "paths are relative to the container's `src`",
            Self::NotASocket { .. } => {
                "add the key to an agent with `ssh-add`, and name its socket"
            }
        };
        Some(hint.to_owned())
    }
}

/// Sockets of agents, by id.
#[derive(Default)]
pub struct Agents(BTreeMap<String, PathBuf>);

impl Agents {
    /// Looks for all of them.
    pub fn find(flags: &[SshFlag]) -> Result<Self, SshError> {
        let agents = flags
            .iter()
            .map(|flag| Ok((flag.id.clone(), socket(flag)?)));
        agents.collect::<Result<_, _>>().map(Self)
    }
}

fn socket(SshFlag { id, paths }: &SshFlag) -> Result<PathBuf, SshError> {
    let unreadable = |path: String| {
        let id = id.clone();
        move |source| SshError::Unreadable { id, path, source }
    };
    let Some(path) = paths.first() else {
        let path = env::var_os("SSH_AUTH_SOCK").filter(|path| !path.is_empty());
        return Ok(path
            .ok_or_else(|| SshError::NoAgent { id: id.clone() })?
            .into());
    };
    let metadata = std::fs::metadata(path).map_err(unreadable(path.to_string()))?;
    if metadata.file_type().is_socket() {
        Ok(path.into())
    } else {
        Err(SshError::NotASocket { path: path.clone() })
    }
}

/// What the engine is sent.
type Answers = Pin<Box<dyn Stream<Item = Result<BytesMessage, Status>> + Send>>;

#[tonic::async_trait]
impl ssh_server::Ssh for Agents {
    type ForwardAgentStream = Answers;

    async fn check_agent(
        &self,
        request: Request<CheckAgentRequest>,
    ) -> Result<Response<CheckAgentResponse>, Status> {
        self.agent(Some(&request.get_ref().id))?;
        Ok(Response::new(CheckAgentResponse {}))
    }

    async fn forward_agent(
        &self,
        request: Request<Streaming<BytesMessage>>,
    ) -> Result<Response<Answers>, Status> {
        let id = request.metadata().get(ID_HEADER);
        let socket = self.agent(id.and_then(|id| id.to_str().ok()))?;
        let agent = UnixStream::connect(socket).await?;
        let asked = request
            .into_inner()
            .map_ok(|message| io::Cursor::new(message.data));
        let asked = StreamReader::new(asked.map_err(io::Error::other));
        let answers = ReaderStream::new(agent::guarded(asked, agent));
        let answers = answers.map(|chunk| {
            Ok(BytesMessage {
                data: chunk?.to_vec(),
            })
        });
        Ok(Response::new(answers.boxed()))
    }
}

impl Agents {
    fn agent(&self, id: Option<&str>) -> Result<&PathBuf, Status> {
        let id = id.filter(|id| !id.is_empty()).unwrap_or(DEFAULT_ID);
        let agent = self.0.get(id);
        agent.ok_or_else(|| Status::not_found(format!("no SSH agent for {id} is forwarded")))
    }
}
