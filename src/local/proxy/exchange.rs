//! One request on one connection, and its answer, as they come.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::BytesMut;
use http_body_util::BodyExt as _;
use hyper::{
    Request, Response, StatusCode, Version,
    body::{Body as HttpBody, Bytes, Frame, Incoming, SizeHint},
    client::conn::http1,
    upgrade::OnUpgrade,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpStream,
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep_until, timeout},
};

use super::{
    groups::Ticket,
    headers::strip_hop_by_hop,
    respond::{Body, BoxError, full, refuse, text},
};
use crate::config::ComputeKind;

/// Lambda's limit on a request, in bytes (Lambda quotas: 6 MB for synchronous invocations).
const MAX_LAMBDA_BODY: usize = 6 * 1024 * 1024;

/// How much of a request that is refused is still read, in bytes, and for how long.
const DISCARDED: usize = 64 * 1024 * 1024;
const DISCARDING: Duration = Duration::from_secs(5);

/// When the task last took a piece of the request; `None` while the viewer has none to give.
pub(super) type LastTaken = watch::Receiver<Option<Instant>>;

/// The body as the compute takes it, and when the task last took a piece of it. A viewer that
/// `expects` to be told before it sends has sent nothing yet.
pub(super) async fn outgoing(
    body: Incoming,
    compute: ComputeKind,
    expects: bool,
) -> Result<(Body, LastTaken), Box<Response<Body>>> {
    let (takes, taken) = watch::channel(Some(Instant::now()));
    match compute {
        ComputeKind::AwsFargateEcs => Ok((Timed { inner: body, takes }.boxed(), taken)),
        ComputeKind::AwsLambda if body.size_hint().lower() > MAX_LAMBDA_BODY as u64 => {
            if !expects {
                discard(body).await;
            }
            too_large()
        }
        ComputeKind::AwsLambda => {
            let body = whole(body).await?;
            takes.send_replace(Some(Instant::now()));
            Ok((full(body), taken))
        }
    }
}

/// Lambda gets a request whole or not at all.
async fn whole(mut body: Incoming) -> Result<Bytes, Box<Response<Body>>> {
    let mut taken = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return refuse(StatusCode::BAD_REQUEST, "the request did not arrive whole");
        };
        if let Ok(data) = frame.into_data() {
            taken.extend_from_slice(&data);
        }
        if taken.len() > MAX_LAMBDA_BODY {
            discard(body).await;
            return too_large();
        }
    }
    Ok(taken.freeze())
}

fn too_large<T>() -> Result<T, Box<Response<Body>>> {
    let limit = "awsLambda takes requests of at most 6 MB";
    refuse(StatusCode::PAYLOAD_TOO_LARGE, limit)
}

/// Reads what the viewer is still sending, for a while: a viewer whose connection is closed while
/// it sends does not read the answer.
async fn discard(mut body: Incoming) {
    let mut left = DISCARDED;
    let all = async {
        while let Some(Ok(frame)) = body.frame().await {
            left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
            if left == 0 {
                return;
            }
        }
    };
    let _ = timeout(DISCARDING, all).await;
}

/// Sends the request and gives its answer on, as it comes.
pub(super) async fn exchange(
    stream: TcpStream,
    request: Request<Body>,
    taken: LastTaken,
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
        () = idle(taken, limit) => {
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

/// Waits until the task has taken nothing for `limit`. The time of a slow viewer does not count.
async fn idle(mut taken: LastTaken, limit: Duration) {
    loop {
        let last = *taken.borrow_and_update();
        match last {
            Some(time) => {
                sleep_until(time + limit).await;
                if *taken.borrow() == last {
                    return;
                }
            }
            // A viewer that is gone ends the exchange itself.
            None if taken.changed().await.is_err() => std::future::pending().await,
            None => {}
        }
    }
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

/// A request's body that tells when a piece of it was taken.
struct Timed {
    inner: Incoming,
    takes: watch::Sender<Option<Instant>>,
}

/// An answer's body; holds its task and its connection until its end.
struct Answered {
    inner: Incoming,
    _ticket: Ticket,
    _connection: AbortOnDrop,
}

impl HttpBody for Timed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(cx);
        self.takes
            .send_replace(polled.is_ready().then(Instant::now));
        polled.map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl HttpBody for Answered {
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
