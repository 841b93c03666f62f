//! SSH agents for `RUN --mount=type=ssh`.

mod agent;
mod encoding;
mod error;
mod key;
mod keyring;
mod signer;

use std::{
    collections::BTreeMap, env, io, os::unix::fs::FileTypeExt as _, path::PathBuf, pin::Pin,
    sync::Arc,
};

use bollard::grpc::build::moby::sshforward::v1::{
    BytesMessage, CheckAgentRequest, CheckAgentResponse, ssh_server,
};
use futures::{Stream, StreamExt as _, TryStreamExt as _};
use secrecy::SecretSlice;
use tokio::net::UnixStream;
use tokio_util::io::{ReaderStream, StreamReader};
use tonic::{Request, Response, Status, Streaming};

use self::{agent::Agent, key::PrivateKey, keyring::Keyring};
pub use self::{error::SshError, key::KeyError};
use crate::image::SshFlag;

/// The agent that is meant when a mount names none (`sshforward.DefaultID` of BuildKit).
const DEFAULT_ID: &str = "default";
/// The metadata by which the engine says which agent it means (`sshforward.KeySSHID`).
const ID_HEADER: &str = "buildkit.ssh.id";

/// What a build is told that asks for an agent which is not forwarded.
pub(in crate::image) const NO_AGENT: &str = "no such SSH agent is forwarded";

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
