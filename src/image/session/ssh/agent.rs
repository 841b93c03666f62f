//! A build may use the keys of an agent, and nothing else of it.
//!
//! The protocol is that of draft-ietf-sshm-ssh-agent: messages are preceded by their length and
//! begin with their number.

use std::{io, sync::Arc};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream, duplex},
    net::UnixStream,
};

use super::keyring::Keyring;

/// Asks which keys there are.
pub(super) const IDENTITIES: u8 = 11;
/// Asks for a signature.
pub(super) const SIGN: u8 = 13;
/// What every other request is answered.
pub(super) const FAILURE: u8 = 5;

/// The largest message of OpenSSH's agent (`AGENT_MAX_LEN`), in bytes.
const LARGEST: u32 = 256 * 1024;
/// Answers that may wait to be read, in bytes.
const BUFFER: usize = 16 * 1024;

/// Who answers.
pub(super) enum Agent {
    /// An agent of this machine.
    Socket(UnixStream),
    /// Keys that were read from files.
    Keys(Arc<Keyring>),
}

/// Puts a guard before an agent: `asked` are the requests, what is returned are the answers.
/// Adding, removing and locking keys fail, as do extensions: so have it BuildKit's own clients.
pub(super) fn guarded(
    asked: impl AsyncRead + Unpin + Send + 'static,
    agent: Agent,
) -> DuplexStream {
    let (ours, theirs) = duplex(BUFFER);
    tokio::spawn(async move {
        // Either side may go away; the other then sees the end of its stream.
        let _ = exchange(asked, agent, ours).await;
    });
    theirs
}

/// One at a time: the protocol answers in order.
async fn exchange(
    mut asked: impl AsyncRead + Unpin,
    mut agent: Agent,
    mut answers: DuplexStream,
) -> io::Result<()> {
    loop {
        let request = receive(&mut asked).await?;
        let answer = match request.first() {
            Some(&(IDENTITIES | SIGN)) => agent.ask(&request).await?,
            _ => vec![FAILURE],
        };
        send(&mut answers, &answer).await?;
    }
}

impl Agent {
    async fn ask(&mut self, request: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Self::Keys(keyring) => Ok(keyring.answer(request)),
            Self::Socket(agent) => {
                send(agent, request).await?;
                receive(agent).await
            }
        }
    }
}

async fn receive(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let length = from.read_u32().await?;
    if length > LARGEST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut message = vec![0; length as usize];
    from.read_exact(&mut message).await?;
    Ok(message)
}

async fn send(to: &mut (impl AsyncWrite + Unpin), message: &[u8]) -> io::Result<()> {
    let length = u32::try_from(message.len()).map_err(io::Error::other)?;
    to.write_u32(length).await?;
    to.write_all(message).await?;
    to.flush().await
}
