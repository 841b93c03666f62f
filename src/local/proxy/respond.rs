//! Answers that the proxy makes itself.

use http_body_util::{BodyExt as _, Full, combinators::BoxBody};
use hyper::{
    Response, StatusCode,
    body::Bytes,
    header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue},
};

/// Bodies of all kinds; their errors only end the connection.
pub type Body = BoxBody<Bytes, BoxError>;
/// Whatever went wrong in a body.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A body that is there already.
pub fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into())
        .map_err(|never| match never {})
        .boxed()
}

/// A plain text answer that no cache keeps.
pub fn text(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(full(format!("{text}\n")));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// [`text`], as the error of a request that goes no further.
pub fn refuse<T>(status: StatusCode, why: &str) -> Result<T, Box<Response<Body>>> {
    Err(Box::new(text(status, why)))
}
