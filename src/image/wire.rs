//! One request on one connection, which ends when the request is given up.

use std::{io, time::Duration};

use bollard::errors::Error as ApiError;
use bytes::Bytes;
use futures::{Stream, TryStreamExt as _};
use http_body_util::{BodyExt as _, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    Request, Response, StatusCode,
    body::{Frame, Incoming},
    client::conn::http1,
    header::HOST,
};
use serde::Deserialize;
use tokio::task::JoinHandle;

use super::engine::Connection;

/// The body of a request.
pub(super) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// Ends a task when it is dropped.
pub(super) struct Task(JoinHandle<()>);

impl Task {
    pub fn spawn(future: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(future))
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A body that is sent as it is made.
pub(super) fn streamed(chunks: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Body {
    StreamBody::new(chunks.map_ok(Frame::data)).boxed_unsync()
}

/// Sends a request, whose path names no version, and waits for the answer to begin. What is
/// not an answer of the kind 1xx or 2xx is an error. The connection lives as long as the task.
pub(super) async fn send(
    connection: &Connection,
    mut request: Request<Body>,
    patience: Duration,
) -> Result<(Response<Incoming>, Task), ApiError> {
    let exchange = async {
        let address = connection.address();
        let path = format!("/v{}{}", connection.version(), request.uri());
        *request.uri_mut() = path.parse()?;
        let host = address.host().parse();
        request
            .headers_mut()
            .insert(HOST, host.map_err(http_error)?);
        let stream = address.dial().await?;
        let (mut sender, driver) = http1::handshake(stream).await?;
        let task = Task::spawn(async move {
            // What goes wrong is heard by whoever waits for the answer.
            let _ = driver.with_upgrades().await;
        });
        Ok::<_, ApiError>((sender.send_request(request).await?, task))
    };
    let answered = tokio::time::timeout(patience, exchange).await;
    let (response, task) = answered.map_err(|_| ApiError::RequestTimeoutError)??;
    let status = response.status();
    if status.is_success() || status == StatusCode::SWITCHING_PROTOCOLS {
        return Ok((response, task));
    }
    Err(ApiError::DockerResponseServerError {
        status_code: status.as_u16(),
        message: refusal(response).await?,
    })
}

fn http_error(error: impl Into<hyper::http::Error>) -> ApiError {
    ApiError::HttpClientError { err: error.into() }
}

/// What the engine says about a request that it does not serve.
async fn refusal(response: Response<Incoming>) -> Result<String, ApiError> {
    #[derive(Deserialize)]
    struct Refusal {
        message: String,
    }
    let body = response.into_body().collect().await?.to_bytes();
    Ok(match serde_json::from_slice(&body) {
        Ok(Refusal { message }) => message,
        Err(_) => String::from_utf8_lossy(&body).trim().to_owned(),
    })
}
