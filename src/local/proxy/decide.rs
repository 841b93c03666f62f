//! Asks the routing function.

use std::cell::RefCell;

use hyper::{
    Response, StatusCode,
    header::{HeaderMap, HeaderValue, SET_COOKIE},
};

use super::{
    headers,
    respond::{Body, full, refuse},
};
use crate::{
    edge::{Decision, EdgeHost, HostError, Origin, ViewerRequest},
    local::Document,
};

thread_local! {
    /// The routing function, warm, one a worker thread.
    static EDGE: RefCell<Option<EdgeHost>> = const { RefCell::new(None) };
}

/// A request as the function lets it through.
pub(super) struct Forward {
    /// Path and query.
    pub uri: String,
    /// Without `Host` and what concerns one connection only.
    pub headers: HeaderMap,
    /// Where to.
    pub origin: Origin,
}

/// Where the function sends a request.
///
/// # Errors
/// The answer, if the function makes it itself, or fails.
pub(super) fn decide(
    viewer: &ViewerRequest,
    document: &Document,
) -> Result<Forward, Box<Response<Body>>> {
    match ask(viewer, document) {
        Ok(Decision::Forward {
            uri,
            querystring,
            headers,
            origin,
        }) => Ok(Forward {
            uri: match querystring.as_str() {
                "" => uri,
                query => format!("{uri}?{query}"),
            },
            headers: headers::map(&headers),
            origin,
        }),
        Ok(Decision::Respond {
            status,
            headers,
            cookies,
            body,
        }) => Err(Box::new(respond(status, &headers, &cookies, body))),
        Err(error) => {
            use std::io::Write as _;
            let _ = writeln!(std::io::stderr(), "routing function: {error}");
            let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_GATEWAY);
            refuse(status, "the routing function failed; see the proxy's log")
        }
    }
}

fn ask(viewer: &ViewerRequest, document: &Document) -> Result<Decision, HostError> {
    EDGE.with_borrow_mut(|host| {
        let host = match host {
            Some(host) => host,
            None => host.insert(EdgeHost::new()?),
        };
        host.route(viewer, document)
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
    *response.headers_mut() = headers::map(headers);
    for cookie in cookies {
        if let Ok(cookie) = HeaderValue::from_str(cookie) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }
    response
}
