//! One request on one connection, and its answer, as they come.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::{
    Request, Response, StatusCode, Version,
    body::{Body as HttpBody, Bytes, Frame, Incoming, SizeHint},
    client::conn::http1,
    header::{EXPECT, HeaderMap},
    upgrade::OnUpgrade,
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, sync::oneshot, task::JoinHandle, time::timeout};

use super::{
    groups::Ticket,
    headers::strip_hop_by_hop,
    respond::{Body, BoxError, full, text},
};
use crate::config::ComputeKind;

/// Lambda's limit on a request, in bytes (Lambda quotas: 6 MB for synchronous invocations).
const MAX_LAMBDA_BODY: usize = 6 * 1024 * 1024;
/// How long a viewer whose request goes no further may go on sending it.
const LINGER: Duration = Duration::from_secs(5);

/// The body as the compute takes it, and a signal for when it has been sent.
///
/// # Errors
/// The answer for a body that the compute does not take, and what is left of the body.
pub(super) async fn outgoing(
    mut body: Incoming,
    compute: ComputeKind,
) -> Result<(Body, oneshot::Receiver<()>), (Response<Body>, Incoming)> {
    let (done, sent) = oneshot::channel();
    if compute == ComputeKind::AwsFargateEcs {
        let counted = Counted {
            inner: body,
            _done: done,
        };
        return Ok((counted.boxed(), sent));
    }
    // Lambda gets a request whole or not at all.
    let collected = if body.size_hint().lower() > MAX_LAMBDA_BODY as u64 {
        None
    } else {
        Some(Limited::new(&mut body, MAX_LAMBDA_BODY).collect().await)
    };
    let (status, why) = match collected {
        Some(Ok(whole)) => return Ok((full(whole.to_bytes()), sent)),
        Some(Err(error)) if !error.is::<LengthLimitError>() => {
            (StatusCode::BAD_REQUEST, "the request did not arrive whole")
        }
        None | Some(Err(_)) => {
            let why = "awsLambda takes requests of at most 6 MB";
            (StatusCode::PAYLOAD_TOO_LARGE, why)
        }
    };
    Err((text(status, why), body))
}

/// A viewer that still sends would find its connection reset and never read the answer: what it
/// sends is thrown away, for a moment. One that waits to be told to send is not told.
pub(super) fn discard<B>(headers: &HeaderMap, mut body: B)
where
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Send,
{
    if body.is_end_stream() || headers.contains_key(EXPECT) {
        return;
    }
    tokio::spawn(async move {
        let rest = async { while let Some(Ok(_)) = body.frame().await {} };
        let _ = timeout(LINGER, rest).await;
    });
}

/// Sends the request and gives its answer on, as it comes.
pub(super) async fn exchange(
    stream: TcpStream,
    request: Request<Body>,
    sent: oneshot::Receiver<()>,
    ticket: Ticket,
    on_upgrade: Option<OnUpgrade>,
) -> Response<Body> {
    let (mut sender, connection) = match http1::handshake(TokioIo::new(stream)).await {
        Ok(pair) => pair,
        Err(error) => return bad_gateway(&error),
    };
    let connection = AbortOnDrop(tokio::spawn(async move {
        let _ = connection.with_upgrades().await;
    }));
    let limit = ticket.timeout;
    let answer = tokio::select! {
        answer = sender.send_request(request) => answer,
        () = async { let _ = sent.await; tokio::time::sleep(limit).await } => {
            return text(StatusCode::GATEWAY_TIMEOUT, &format!("no answer within {} s", limit.as_secs()));
        }
    };
    let mut answer = match answer {
        Ok(answer) => answer,
        Err(error) => return bad_gateway(&error),
    };
    if answer.status() == StatusCode::SWITCHING_PROTOCOLS
        && let Some(viewer) = on_upgrade
    {
        let task = hyper::upgrade::on(&mut answer);
        tokio::spawn(splice(viewer, task, ticket, connection));
        return answer.map(|_| full(Bytes::new()));
    }
    strip_hop_by_hop(answer.headers_mut());
    // A task that speaks HTTP/1.0 does not lower what we speak with the viewer.
    *answer.version_mut() = Version::HTTP_11;
    answer.map(|inner| {
        Answered {
            inner,
            _ticket: ticket,
            _connection: connection,
        }
        .boxed()
    })
}

fn bad_gateway(error: &hyper::Error) -> Response<Body> {
    text(
        StatusCode::BAD_GATEWAY,
        &format!("the task did not answer: {error}"),
    )
}

/// Both directions of an upgraded connection, until one side ends it.
async fn splice(viewer: OnUpgrade, task: OnUpgrade, ticket: Ticket, connection: AbortOnDrop) {
    if let (Ok(viewer), Ok(task)) = tokio::join!(viewer, task) {
        let (mut viewer, mut task) = (TokioIo::new(viewer), TokioIo::new(task));
        let _ = tokio::io::copy_bidirectional(&mut viewer, &mut task).await;
    }
    drop((ticket, connection));
}

/// Ends a task with its owner.
struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A request's body; dropped when the last of it was sent.
struct Counted {
    inner: Incoming,
    _done: oneshot::Sender<()>,
}

/// An answer's body; holds its task and its connection until its end.
struct Answered {
    inner: Incoming,
    _ticket: Ticket,
    _connection: AbortOnDrop,
}

macro_rules! delegate_body {
    ($type:ty) => {
        impl HttpBody for $type {
            type Data = Bytes;
            type Error = BoxError;

            fn poll_frame(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
            ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
                Pin::new(&mut self.inner).poll_frame(cx).map_err(Into::into)
            }

            fn is_end_stream(&self) -> bool {
                self.inner.is_end_stream()
            }

            fn size_hint(&self) -> SizeHint {
                self.inner.size_hint()
            }
        }
    };
}
delegate_body!(Counted);
delegate_body!(Answered);
