//! One request: through the routing function, to a task, and its answer back.
//!
//! A request is sent at most once. Only a connection that could not be made is tried at another
//! task: nothing of the request has left us then. Each request has a connection of its own, so none
//! can be lost to a kept connection that the task closes at that moment.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use hyper::{
    Request, Response, StatusCode, Version,
    body::Incoming,
    header::{EXPECT, HOST},
    upgrade::OnUpgrade,
};
use rustix::io::Errno;
use secrecy::ExposeSecret as _;
use tokio::{net::TcpStream, time::timeout};

use super::{
    decide::{Forward, decide},
    exchange,
    groups::{Groups, Ticket},
    headers,
    respond::{Body, refuse, text},
    viewer,
};
use crate::{config::ComputeKind, edge::Origin};

/// What the load balancer's rules match on (`edge.md`).
const TARGET_HEADER: &str = "x-scf-target";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Tasks that are tried until one takes the connection.
const CONNECT_ATTEMPTS: usize = 4;

/// Forwards requests of a stage.
#[derive(Debug)]
pub struct Forwarder {
    /// Where they can go.
    pub groups: Arc<Groups>,
}

impl Forwarder {
    /// Answers one request.
    pub async fn answer(&self, request: Request<Incoming>, client: SocketAddr) -> Response<Body> {
        if let Err(refusal) = viewer::admit(&request) {
            return *refusal;
        }
        match self.route(&request, client) {
            Ok((forward, ticket)) => self.forward(request, forward, ticket).await,
            Err(answer) => *answer,
        }
    }

    /// A table that was replaced between the routing and the target is looked at once more: nothing
    /// has been sent yet.
    fn route(
        &self,
        request: &Request<Incoming>,
        client: SocketAddr,
    ) -> Result<(Forward, Ticket), Box<Response<Body>>> {
        let viewer = viewer::viewer_request(request, client);
        for _ in 0..2 {
            let forward = decide(&viewer, &self.groups.document())?;
            if let Some(ticket) = self.take(&forward.origin) {
                return Ok((forward, ticket));
            }
        }
        refuse(StatusCode::SERVICE_UNAVAILABLE, "no task serves this route")
    }

    async fn forward(
        &self,
        request: Request<Incoming>,
        forward: Forward,
        mut ticket: Ticket,
    ) -> Response<Body> {
        let (mut parts, body) = request.into_parts();
        let upgrade = headers::websocket(&parts.headers);
        let expects = parts.headers.contains_key(EXPECT);
        let on_upgrade = parts.extensions.remove::<OnUpgrade>();
        let Forward {
            uri,
            headers,
            origin,
        } = forward;
        if upgrade.is_some() && ticket.compute == ComputeKind::AwsLambda {
            return text(
                StatusCode::NOT_IMPLEMENTED,
                "awsLambda has no WebSockets; use compute type awsFargateEcs for this container",
            );
        }
        let (body, sent) = match exchange::outgoing(body, ticket.compute, expects).await {
            Ok(body) => body,
            Err(answer) => return *answer,
        };
        let stream = match self.connect(&origin, &mut ticket).await {
            Ok(stream) => stream,
            Err(answer) => return *answer,
        };
        let mut outgoing = Request::new(body);
        *outgoing.method_mut() = parts.method;
        *outgoing.version_mut() = Version::HTTP_11;
        match uri.parse() {
            Ok(uri) => *outgoing.uri_mut() = uri,
            Err(_) => return text(StatusCode::BAD_REQUEST, "the URL cannot be forwarded"),
        }
        *outgoing.headers_mut() =
            headers::outgoing(headers, &origin, parts.headers.get(HOST), upgrade.as_ref());
        exchange::exchange(stream, outgoing, sent, ticket, on_upgrade).await
    }

    fn take(&self, origin: &Origin) -> Option<Ticket> {
        let target = origin
            .custom_headers
            .iter()
            .find(|(name, _)| name == TARGET_HEADER);
        self.groups.take(
            &origin.domain,
            target.map(|(_, value)| value.expose_secret()),
        )
    }

    async fn connect(
        &self,
        origin: &Origin,
        ticket: &mut Ticket,
    ) -> Result<TcpStream, Box<Response<Body>>> {
        for _ in 0..CONNECT_ATTEMPTS {
            match timeout(CONNECT_TIMEOUT, TcpStream::connect(ticket.address())).await {
                Ok(Ok(stream)) => {
                    let _ = stream.set_nodelay(true);
                    // We end each connection. Without this its port would be taken for a minute
                    // more, and a steady load would run out of ports.
                    let _ = stream.set_zero_linger();
                    return Ok(stream);
                }
                Ok(Err(error)) if is_our_own(&error) => {
                    return refuse(StatusCode::SERVICE_UNAVAILABLE, "too many connections");
                }
                Ok(Err(_)) | Err(_) => ticket.eject(),
            }
            match self.take(origin) {
                Some(other) => *ticket = other,
                None => break,
            }
        }
        refuse(StatusCode::BAD_GATEWAY, "no task accepts connections")
    }
}

/// This machine has no file descriptor or no port left: the task has nothing to do with it.
fn is_our_own(error: &io::Error) -> bool {
    let ours = [
        Errno::MFILE,
        Errno::NFILE,
        Errno::ADDRNOTAVAIL,
        Errno::NOBUFS,
    ];
    error
        .raw_os_error()
        .is_some_and(|number| ours.iter().any(|errno| errno.raw_os_error() == number))
}
