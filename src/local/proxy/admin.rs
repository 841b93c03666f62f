//! The proxy's controls: a second listener on the loopback, behind a token.

use std::{collections::BTreeMap, net::Ipv4Addr, sync::Arc, time::Duration};

use http_body_util::{BodyExt as _, Full};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::AUTHORIZATION,
};
use hyper_util::rt::TokioIo;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use tokio::{net::TcpStream, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{
    ProxyError,
    groups::Groups,
    is_token,
    respond::{Body, full, text},
};
use crate::local::Document;

/// The controls are answered from memory: one that takes longer hangs.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// What the proxy says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProxyStatus {
    /// Port of the stage.
    pub port: u16,
    /// Build of the program.
    pub build: String,
    /// What it serves: see [`fingerprint`].
    pub serves: String,
    /// Requests in flight by task.
    pub in_flight: BTreeMap<String, usize>,
}

/// Identifies a document.
pub fn fingerprint(document: &Document) -> String {
    use sha2::{Digest as _, Sha256};
    crate::plan::hex(&Sha256::digest(
        serde_json::to_vec(document).unwrap_or_default(),
    ))
}

/// Talks to a running proxy.
#[derive(Debug)]
pub struct Admin {
    pub(super) pid: u32,
    pub(super) port: u16,
    pub(super) token: SecretString,
}

impl Admin {
    /// What it says of itself.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn status(&self) -> Result<ProxyStatus, ProxyError> {
        let body = self
            .call("tell its status", Method::GET, "/status", Vec::new())
            .await?;
        serde_json::from_slice(&body).map_err(|error| ProxyError::Refused {
            verb: "tell its status",
            why: error.to_string(),
        })
    }

    /// Serves this document from now on.
    ///
    /// # Errors
    /// It does not answer, or refuses it.
    pub async fn load(&self, document: &Document) -> Result<(), ProxyError> {
        let verb = "load its table";
        let body = serde_json::to_vec(document).map_err(|error| ProxyError::Refused {
            verb,
            why: error.to_string(),
        })?;
        self.call(verb, Method::PUT, "/document", body)
            .await
            .map(drop)
    }

    /// Ends when nothing is in flight any more.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn stop(&self) -> Result<(), ProxyError> {
        self.call("stop", Method::POST, "/stop", Vec::new())
            .await
            .map(drop)
    }

    async fn call(
        &self,
        verb: &'static str,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> Result<Bytes, ProxyError> {
        let hangs = |_| ProxyError::Hangs { pid: self.pid };
        let answered = timeout(ANSWER_WITHIN, self.exchange(verb, method, path, body));
        answered.await.map_err(hangs)?
    }

    async fn exchange(
        &self,
        verb: &'static str,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> Result<Bytes, ProxyError> {
        let refused = |why: String| ProxyError::Refused { verb, why };
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))
            .await
            .map_err(|error| refused(error.to_string()))?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| refused(error.to_string()))?;
        let connection = tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost")
            .header(
                AUTHORIZATION,
                format!("Bearer {}", self.token.expose_secret()),
            )
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| refused(error.to_string()))?;
        let answer = sender
            .send_request(request)
            .await
            .map_err(|error| refused(error.to_string()))?;
        let status = answer.status();
        let body = answer
            .into_body()
            .collect()
            .await
            .map_err(|error| refused(error.to_string()))?;
        connection.abort();
        let body = body.to_bytes();
        if status.is_success() {
            Ok(body)
        } else {
            Err(refused(String::from_utf8_lossy(&body).trim().to_owned()))
        }
    }
}

/// The listening side.
#[derive(Debug)]
pub struct Controls {
    /// Port of the stage.
    pub port: u16,
    /// What to ask for.
    pub token: SecretString,
    /// What is served.
    pub groups: Arc<Groups>,
    /// Ends the proxy.
    pub stop: CancellationToken,
}

impl Controls {
    /// Answers one request.
    pub async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Response<Body> {
        let given = request
            .headers()
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        if !is_token(
            given.and_then(|value| value.strip_prefix("Bearer ")),
            &self.token,
        ) {
            return text(StatusCode::FORBIDDEN, "wrong token");
        }
        match (request.method().clone(), request.uri().path()) {
            (Method::GET, "/status") => {
                let status = ProxyStatus {
                    port: self.port,
                    build: super::build(),
                    serves: fingerprint(&self.groups.document()),
                    in_flight: self.groups.in_flight(),
                };
                Response::new(full(serde_json::to_vec(&status).unwrap_or_default()))
            }
            (Method::PUT, "/document") => self.load(request).await,
            (Method::POST, "/stop") => {
                self.stop.cancel();
                text(StatusCode::OK, "stopping")
            }
            _ => text(StatusCode::NOT_FOUND, "no such control"),
        }
    }

    async fn load(&self, request: Request<Incoming>) -> Response<Body> {
        let Ok(body) = request.into_body().collect().await else {
            return text(StatusCode::BAD_REQUEST, "the document did not arrive whole");
        };
        match serde_json::from_slice(&body.to_bytes()) {
            Ok(document) => {
                self.groups.load(document);
                text(StatusCode::OK, "loaded")
            }
            Err(error) => text(StatusCode::BAD_REQUEST, &error.to_string()),
        }
    }
}
