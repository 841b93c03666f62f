//! One request: through the routing function, to a task, and its answer back.
//!
//! A request is sent at most once. Only a connection that could not be made is tried at another
//! task: nothing of the request has left us then. Each request has a connection of its own, so none
//! can be lost to a kept connection that the task closes at that moment.

use std::{
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http_body_util::{BodyExt as _, Limited};
use hyper::{
    Method, Request, Response, StatusCode, Version,
    body::{Body as HttpBody, Bytes, Frame, Incoming, SizeHint},
    client::conn::http1,
    header::{CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue, UPGRADE},
    upgrade::OnUpgrade,
};
use hyper_util::rt::TokioIo;
use secrecy::ExposeSecret as _;
use tokio::{net::TcpStream, sync::oneshot, task::JoinHandle, time::timeout};

use super::{
    groups::{Groups, Ticket},
    respond::{Body, BoxError, full, text},
    server::HOST as EDGE,
};
use crate::{
    config::ComputeKind,
    edge::{Decision, EdgeHost, Origin, ViewerRequest},
    local::Document,
    resource::local::routes::DEFAULT_HOST,
};

/// What the load balancer's rules match on (`edge.md`).
const TARGET_HEADER: &str = "x-scf-target";
/// Lambda's limit on a request, in bytes (Lambda quotas: 6 MB for synchronous invocations).
const MAX_LAMBDA_BODY: usize = 6 * 1024 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Tasks that are tried until one takes the connection.
const CONNECT_ATTEMPTS: usize = 4;
/// Headers of one connection, not of the message (RFC 9110, 7.6.1).
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

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
            return refusal;
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
        let viewer = viewer_request(request, client);
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
                    headers: header_map(&headers),
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
        let (body, sent) = match outgoing(body, ticket.compute).await {
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
        *outgoing.headers_mut() = outgoing_headers(headers, &origin, upgrade.as_ref());
        exchange(stream, outgoing, sent, ticket, on_upgrade).await
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
fn admit(request: &Request<Incoming>) -> Result<(), Response<Body>> {
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
        return Err(text(
            StatusCode::FORBIDDEN,
            "CloudFront does not forward this method",
        ));
    }
    if request.headers().get_all(HOST).iter().count() > 1 {
        return Err(text(StatusCode::BAD_REQUEST, "more than one host"));
    }
    Ok(())
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

fn viewer_request(request: &Request<Incoming>, client: SocketAddr) -> ViewerRequest {
    let headers = request.headers().iter().map(|(name, value)| {
        (
            name.as_str().to_owned(),
            String::from_utf8_lossy(value.as_bytes()).into_owned(),
        )
    });
    let host = request
        .headers()
        .get(HOST)
        .and_then(|host| host.to_str().ok());
    let host = request.uri().host().or(host).unwrap_or_default();
    ViewerRequest {
        method: request.method().to_string(),
        uri: request.uri().path().to_owned(),
        querystring: request.uri().query().unwrap_or_default().to_owned(),
        headers: headers.filter(|(name, _)| name != "host").collect(),
        client_ip: client.ip().to_string(),
        host: stage_host(host),
        request_id: request_id(),
    }
}

/// The host that the table knows. Names that mean this machine are the default host, and
/// `<domain>.localhost` stands for a domain, since browsers resolve it to the loopback.
fn stage_host(host: &str) -> String {
    let name = match host.rsplit_once(':') {
        Some((name, port))
            if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            name
        }
        _ => host,
    };
    let name = name.to_ascii_lowercase();
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    if bare.parse::<std::net::IpAddr>().is_ok() {
        return DEFAULT_HOST.to_owned();
    }
    match name.strip_suffix(".localhost") {
        Some(domain) if !domain.is_empty() => domain.to_owned(),
        _ => name,
    }
}

fn request_id() -> String {
    let mut bytes = [0; 16];
    let _ = getrandom::fill(&mut bytes);
    crate::plan::hex(&bytes)
}

fn respond(
    status: u16,
    headers: &[(String, String)],
    cookies: &[String],
    body: String,
) -> Response<Body> {
    let mut response = Response::new(full(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    *response.headers_mut() = header_map(headers);
    for cookie in cookies {
        if let Ok(cookie) = HeaderValue::from_str(cookie) {
            response
                .headers_mut()
                .append(hyper::header::SET_COOKIE, cookie);
        }
    }
    response
}

fn header_map(headers: &[(String, String)]) -> HeaderMap {
    let parse = |(name, value): &(String, String)| {
        Some((
            HeaderName::from_bytes(name.as_bytes()).ok()?,
            HeaderValue::from_bytes(value.as_bytes()).ok()?,
        ))
    };
    let mut map = HeaderMap::new();
    headers.iter().filter_map(parse).for_each(|(name, value)| {
        map.append(name, value);
    });
    map
}

fn outgoing_headers(
    mut headers: HeaderMap,
    origin: &Origin,
    upgrade: Option<&HeaderValue>,
) -> HeaderMap {
    strip_hop_by_hop(&mut headers);
    for (name, value) in &origin.custom_headers {
        let value = HeaderValue::from_str(value.expose_secret());
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), value) {
            headers.insert(name, value);
        }
    }
    let host = origin.host_header.as_deref().unwrap_or(&origin.domain);
    if let Ok(host) = HeaderValue::from_str(host) {
        headers.insert(HOST, host);
    }
    headers.insert("x-forwarded-proto", HeaderValue::from_static("http"));
    if let Some(protocol) = upgrade {
        headers.insert(UPGRADE, protocol.clone());
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    }
    headers
}

fn strip_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<String> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| {
            value
                .split(',')
                .map(|name| name.trim().to_ascii_lowercase())
        })
        .collect();
    for name in named.iter().map(String::as_str).chain(HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// The body as the compute takes it, and a signal for when it has been sent.
async fn outgoing(
    body: Incoming,
    compute: ComputeKind,
) -> Result<(Body, oneshot::Receiver<()>), Box<Response<Body>>> {
    let (done, sent) = oneshot::channel();
    match compute {
        ComputeKind::AwsFargateEcs => Ok((
            Counted {
                inner: body,
                _done: done,
            }
            .boxed(),
            sent,
        )),
        // Lambda gets a request whole or not at all.
        ComputeKind::AwsLambda => match Limited::new(body, MAX_LAMBDA_BODY).collect().await {
            Ok(body) => Ok((full(body.to_bytes()), sent)),
            Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(Box::new(text(
                StatusCode::PAYLOAD_TOO_LARGE,
                "awsLambda takes requests of at most 6 MB",
            ))),
            Err(_) => Err(Box::new(text(
                StatusCode::BAD_REQUEST,
                "the request did not arrive whole",
            ))),
        },
    }
}

/// Sends the request and gives its answer on, as it comes.
async fn exchange(
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
