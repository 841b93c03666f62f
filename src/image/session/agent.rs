//! A build may use the keys of an agent, and nothing else of it.

use tokio::io::{
    AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream, duplex, split,
};

/// Requests that are let through (draft-ietf-sshm-ssh-agent, "Message numbers"): which keys are
/// there, and sign with one.
const ALLOWED: [u8; 2] = [11, 13];
/// What every other request is answered: `SSH_AGENT_FAILURE`, as a message of one byte.
const FAILURE: [u8; 5] = [0, 0, 0, 1, 5];
/// The largest message of OpenSSH's agent (`AGENT_MAX_LEN`), in bytes.
const LARGEST: u32 = 256 * 1024;
/// Answers that may wait to be read, in bytes.
const BUFFER: usize = 16 * 1024;

/// Puts a guard before an agent: `asked` are the requests, what is returned are the answers. Adding,
/// removing and locking keys fail, as do extensions, as BuildKit's own clients have it.
pub(super) fn guarded(
    asked: impl AsyncRead + Unpin + Send + 'static,
    agent: impl AsyncRead + AsyncWrite + Send + 'static,
) -> DuplexStream {
    let (ours, theirs) = duplex(BUFFER);
    tokio::spawn(async move {
        // Either side may go away; the other then sees the end of its stream.
        let _ = exchange(asked, agent, ours).await;
    });
    theirs
}

async fn exchange(
    mut asked: impl AsyncRead + Unpin,
    agent: impl AsyncRead + AsyncWrite,
    mut answers: DuplexStream,
) -> std::io::Result<()> {
    let (mut from_agent, mut to_agent) = split(agent);
    // One at a time: the protocol answers in order.
    loop {
        let request = message(&mut asked).await?;
        if request.first().is_none_or(|kind| !ALLOWED.contains(kind)) {
            answers.write_all(&FAILURE).await?;
            continue;
        }
        send(&mut to_agent, &request).await?;
        let answer = message(&mut from_agent).await?;
        send(&mut answers, &answer).await?;
    }
}

async fn message(from: &mut (impl AsyncRead + Unpin)) -> std::io::Result<Vec<u8>> {
    let length = from.read_u32().await?;
    if length > LARGEST {
        return Err(std::io::ErrorKind::InvalidData.into());
    }
    let mut message = vec![0; length as usize];
    from.read_exact(&mut message).await?;
    Ok(message)
}

async fn send(to: &mut (impl AsyncWrite + Unpin), message: &[u8]) -> std::io::Result<()> {
    let length = u32::try_from(message.len()).map_err(std::io::Error::other)?;
    to.write_u32(length).await?;
    to.write_all(message).await?;
    to.flush().await
}
