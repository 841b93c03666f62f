//! One request: through the routing function, to a task, and its answer back.
//!
//! A request is sent at most once. Only a connection that could not be made is tried at another
//! task: nothing of the request has left us then. Each request has a connection of its own, so none
//! can be lost to a kept connection that the task closes at that moment.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use hyper::{
    Method, Request, Response, StatusCode, Version,
    body::Incoming,
    header::{HOST, HeaderMap, HeaderValue, SET_COOKIE, UPGRADE},
    upgrade::OnUpgrade,
};
use secrecy::ExposeSecret as _;
use tokio::{net::TcpStream, time::timeout};

use super::{
    exchange,
    groups::{Groups, Ticket},
    headers,
    respond::{Body, full, text},
    server::HOST as EDGE,
    viewer,
};
use crate::{
    config::ComputeKind,
    edge::{Decision, EdgeHost, Origin, ViewerRequest},
    local::Document,
};

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

/// A request that knows its way.
struct Routed {
    uri: String,
    headers: HeaderMap,
    origin: Origin,
    ticket: Ticket,
}

impl Forwarder {
    /// Answers one request.
    pub async fn answer(&self, request: Request<Incoming>, client: SocketAddr) -> Response<Body> {
        if let Err(refusal) = admit(&request) {
            return *refusal;
        }
        match self.route(&request, client) {
            Ok(routed) => self.forward(request, routed).await,
            Err(answer) => *answer,
        }
    }

    /// A table that was replaced between the routing and the target is looked at once more: nothing
    /// has been sent yet.
    fn route(
        &self,
        request: &Request<Incoming>,
        client: SocketAddr,
    ) -> Result<Routed, Box<Response<Body>>> {
        let viewer = viewer::viewer_request(request, client);
        for _ in 0..2 {
            let document = self.groups.document();
            let (uri, querystring, headers, origin) = match decide(&viewer, &document)? {
                Decision::Respond {
                    status,
                    headers,
                    cookies,
                    body,
                } => {
                    return Err(Box::new(respond(status, &headers, &cookies, body)));
                }
                Decision::Forward {
                    uri,
                    querystring,
                    headers,
                    origin,
                } => (uri, querystring, headers, origin),
            };
            if let Some(ticket) = self.take(&origin) {
                let uri = if querystring.is_empty() {
                    uri
                } else {
                    format!("{uri}?{querystring}")
                };
                return Ok(Routed {
                    uri,
                    headers: headers::header_map(&headers),
                    origin,
                    ticket,
                });
            }
        }
        Err(Box::new(text(
            StatusCode::SERVICE_UNAVAILABLE,
            "no task serves this route",
        )))
    }

    async fn forward(&self, request: Request<Incoming>, routed: Routed) -> Response<Body> {
        let (mut parts, body) = request.into_parts();
        let upgrade = parts.headers.get(UPGRADE).cloned();
        let on_upgrade = parts.extensions.remove::<OnUpgrade>();
        let Routed {
            uri,
            headers,
            origin,
            mut ticket,
        } = routed;
        if upgrade.is_some() && ticket.compute == ComputeKind::AwsLambda {
            return text(
                StatusCode::NOT_IMPLEMENTED,
                "awsLambda has no WebSockets; use compute type awsFargateEcs for this container",
            );
        }
        let (body, sent) = match exchange::outgoing(body, ticket.compute).await {
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
            if let Ok(Ok(stream)) =
                timeout(CONNECT_TIMEOUT, TcpStream::connect(ticket.address())).await
            {
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            ticket.eject();
            match self.take(origin) {
                Some(other) => *ticket = other,
                None => break,
            }
        }
        Err(Box::new(text(
            StatusCode::BAD_GATEWAY,
            "no task accepts connections",
        )))
    }
}

/// What CloudFront itself refuses.
fn admit(request: &Request<Incoming>) -> Result<(), Box<Response<Body>>> {
    let known = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::OPTIONS,
        Method::DELETE,
    ];
    if !known.contains(request.method()) {
        return refuse(
            StatusCode::FORBIDDEN,
            "CloudFront does not forward this method",
        );
    }
    if request.headers().get_all(HOST).iter().count() > 1 {
        return refuse(StatusCode::BAD_REQUEST, "more than one host");
    }
    Ok(())
}

fn refuse<T>(status: StatusCode, why: &str) -> Result<T, Box<Response<Body>>> {
    Err(Box::new(text(status, why)))
}

fn decide(viewer: &ViewerRequest, document: &Document) -> Result<Decision, Box<Response<Body>>> {
    EDGE.with_borrow_mut(|host| {
        let host = match host {
            Some(host) => host,
            None => host.insert(EdgeHost::new()?),
        };
        host.route(viewer, document)
    })
    .map_err(|error| {
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), "routing function: {error}");
        Box::new(text(
            StatusCode::BAD_GATEWAY,
            "the routing function failed; see the proxy's log",
        ))
    })
}

fn respond(
    status: u16,
    headers: &[(String, String)],
    cookies: &[String],
    body: String,
) -> Response<Body> {
    let mut response = Response::new(full(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    *response.headers_mut() = headers::header_map(headers);
    for cookie in cookies {
        if let Ok(cookie) = HeaderValue::from_str(cookie) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }
    response
}
