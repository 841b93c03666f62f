//! One exchange over HTTP, with a deadline and a bound on what is held in memory.

use std::{error::Error, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::{Request, Response};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::{sync::OnceCell, time::timeout};

/// Of a whole exchange.
const DEADLINE: Duration = Duration::from_secs(30);

type Tls = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// Why nothing was heard. No text of it has the address, which may be a secret or hold one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    #[error("no certificates of authorities are found on this machine: {0}")]
    Authorities(std::io::Error),
    #[error("no connection: {}", root_cause(.0))]
    Connection(hyper_util::client::legacy::Error),
    #[error("the answer breaks off: {0}")]
    Body(Box<dyn Error + Send + Sync>),
    #[error("the answer is larger than {} MiB", .0 >> 20)]
    TooLarge(usize),
    #[error("no answer within {} s", DEADLINE.as_secs())]
    Deadline,
}

/// A client that keeps its connections.
#[derive(Debug)]
pub(crate) struct Http {
    plain: Client<HttpConnector, Full<Bytes>>,
    /// Made when it is needed: a machine without certificates may use servers of its own.
    tls: OnceCell<Tls>,
    max_body: usize,
}

impl Http {
    /// A client that takes answers of up to `max_body` bytes.
    pub fn new(max_body: usize) -> Self {
        Self {
            plain: Client::builder(TokioExecutor::new()).build(HttpConnector::new()),
            tls: OnceCell::new(),
            max_body,
        }
    }

    /// Asks once; redirects are the caller's matter.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, HttpError> {
        timeout(DEADLINE, self.exchange(request))
            .await
            .map_err(|_| HttpError::Deadline)?
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, HttpError> {
        let answer = match request.uri().scheme_str() {
            Some("http") => self.plain.request(request).await,
            _ => self.tls().await?.request(request).await,
        };
        let (head, body) = answer.map_err(HttpError::Connection)?.into_parts();
        let body = Limited::new(body, self.max_body).collect().await;
        let body = body.map_err(|error| match error.downcast::<LengthLimitError>() {
            Ok(_) => HttpError::TooLarge(self.max_body),
            Err(error) => HttpError::Body(error),
        })?;
        Ok(Response::from_parts(head, body.to_bytes()))
    }

    async fn tls(&self) -> Result<&Tls, HttpError> {
        let made = self.tls.get_or_try_init(|| async {
            let connector = HttpsConnectorBuilder::new()
                .with_native_roots()?
                .https_only()
                .enable_http1()
                .build();
            Ok(Client::builder(TokioExecutor::new()).build(connector))
        });
        made.await.map_err(HttpError::Authorities)
    }
}

/// The innermost cause: what the system says.
fn root_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
