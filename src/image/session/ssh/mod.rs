//! SSH agents for `RUN --mount=type=ssh`.

mod agent;
mod encoding;
mod key;
mod keyring;

use std::{
    collections::BTreeMap, env, io, os::unix::fs::FileTypeExt as _, path::PathBuf, pin::Pin,
    sync::Arc,
};

use bollard::grpc::build::moby::sshforward::v1::{
    BytesMessage, CheckAgentRequest, CheckAgentResponse, ssh_server,
};
use camino::Utf8PathBuf;
use futures::{Stream, StreamExt as _, TryStreamExt as _};
use secrecy::SecretSlice;
use tokio::net::UnixStream;
use tokio_util::io::{ReaderStream, StreamReader};
use tonic::{Request, Response, Status, Streaming};

pub use self::key::KeyError;
use self::{agent::Agent, key::PrivateKey, keyring::Keyring};
use crate::{
    error::{Class, Diagnose},
    image::SshFlag,
};

/// The agent that is meant when a mount names none (`sshforward.DefaultID` of BuildKit).
const DEFAULT_ID: &str = "default";
/// The metadata by which the engine says which agent it means (`sshforward.KeySSHID`).
const ID_HEADER: &str = "buildkit.ssh.id";

/// What a build is told that asks for an agent which is not forwarded.
pub(in crate::image) const NO_AGENT: &str = "no such SSH agent is forwarded";

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
        path: Utf8PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// It is a file that gives no key.
    #[error("the SSH key {path} cannot be used: {reason}")]
    Key {
        /// Absolute path.
        path: Utf8PathBuf,
        /// Why.
        reason: KeyError,
    },
    /// BuildKit's rule: an agent or keys, not both.
    #[error("SSH agent `{id}` is given a socket and something else")]
    Mixed {
        /// Id of the agent.
        id: String,
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
            Self::Key {
                reason: KeyError::Format,
                ..
            } => "`ssh-keygen -p -f KEY` writes a key anew in the format of OpenSSH",
            Self::Key { .. } => "add it to an agent with `ssh-add`, and forward that: `default`",
            Self::Mixed { .. } => "give each socket an id of its own",
        };
        Some(hint.to_owned())
    }
}

/// Agents, by id.
#[derive(Default)]
pub struct Agents(BTreeMap<String, Origin>);

/// What stands behind an agent.
enum Origin {
    Socket(PathBuf),
    Keys(Arc<Keyring>),
}

impl Agents {
    /// Looks for all of them. Blocking, for small files.
    pub fn find(flags: &[SshFlag]) -> Result<Self, SshError> {
        let agents = flags
            .iter()
            .map(|flag| Ok((flag.id.clone(), origin(flag)?)));
        agents.collect::<Result<_, _>>().map(Self)
    }
}

fn origin(SshFlag { id, paths }: &SshFlag) -> Result<Origin, SshError> {
    if paths.is_empty() {
        let path = env::var_os("SSH_AUTH_SOCK").filter(|path| !path.is_empty());
        let path = path.ok_or_else(|| SshError::NoAgent { id: id.clone() })?;
        return Ok(Origin::Socket(path.into()));
    }
    let mut keys = Vec::new();
    for path in paths {
        let unreadable = |source| SshError::Unreadable {
            id: id.clone(),
            path: path.clone(),
            source,
        };
        let metadata = std::fs::metadata(path).map_err(unreadable)?;
        if !metadata.file_type().is_socket() {
            let file = SecretSlice::from(std::fs::read(path).map_err(unreadable)?);
            let key = PrivateKey::parse(&file).map_err(|reason| SshError::Key {
                path: path.clone(),
                reason,
            });
            keys.push(key?);
        } else if paths.len() > 1 {
            return Err(SshError::Mixed { id: id.clone() });
        } else {
            return Ok(Origin::Socket(path.into()));
        }
    }
    Ok(Origin::Keys(Arc::new(Keyring(keys))))
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
        let agent = match self.agent(id.and_then(|id| id.to_str().ok()))? {
            Origin::Socket(path) => Agent::Socket(UnixStream::connect(path).await?),
            Origin::Keys(keyring) => Agent::Keys(keyring.clone()),
        };
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
    fn agent(&self, id: Option<&str>) -> Result<&Origin, Status> {
        let id = id.filter(|id| !id.is_empty()).unwrap_or(DEFAULT_ID);
        let agent = self.0.get(id);
        agent.ok_or_else(|| Status::not_found(format!("{NO_AGENT}: {id}")))
    }
}
