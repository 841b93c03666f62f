//! A server that answers as Vault's key-value API and Terraform's http backend do, as far as
//! reading goes: see [`Server::answer`] for all that it knows.
#![allow(dead_code)]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http_body_util::Full;
use hyper::{HeaderMap, Request, Response, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::Barrier,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, pki_types::PrivateKeyDer},
};

pub use super::seeds::{TOKEN, VAULT as SECRET};

/// What requests leave behind, and wait for.
struct Seen {
    requests: Mutex<Vec<String>>,
    /// Of `kv/together-…`, which are answered two at a time.
    together: Barrier,
}

/// A server on a port of its own, for as long as it lives.
pub struct Server {
    pub url: String,
    seen: Arc<Seen>,
    /// Of the authority that signed its certificate, in PEM; nothing without TLS.
    pub authority: Option<String>,
    _runtime: tokio::runtime::Runtime,
}

impl Server {
    pub fn start() -> Self {
        Self::start_as("http", None)
    }

    pub fn start_with_tls() -> Self {
        let (acceptor, authority) = tls();
        let mut server = Self::start_as("https", Some(acceptor));
        server.authority = Some(authority);
        server
    }

    fn start_as(scheme: &str, tls: Option<TlsAcceptor>) -> Self {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Seen {
            requests: Mutex::default(),
            together: Barrier::new(2),
        });
        let shared = Arc::clone(&seen);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, tls) = (Arc::clone(&shared), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, seen).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, seen).await;
                            }
                        }
                    }
                });
            }
        });
        Self {
            url,
            seen,
            authority: None,
            _runtime: runtime,
        }
    }

    /// Method and path of all requests so far.
    pub fn requests(&self) -> Vec<String> {
        self.seen.requests.lock().unwrap().clone()
    }
}

async fn serve<S>(stream: S, seen: Arc<Seen>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let service = service_fn(|request: Request<_>| {
        let response = respond(&request, &seen);
        let (seen, path) = (Arc::clone(&seen), request.uri().path().to_owned());
        async move {
            if path.starts_with("/v1/kv/together") {
                let both = tokio::time::timeout(Duration::from_secs(10), seen.together.wait());
                both.await.expect("both must be asked for at once");
            }
            Ok::<_, std::convert::Infallible>(response)
        }
    });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // A client may go away at any time.
    let _ = connection.await;
}

/// A certificate for this machine, signed by an authority that nobody knows.
fn tls() -> (TlsAcceptor, String) {
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let mut parameters = rcgen::CertificateParams::new(Vec::new()).unwrap();
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority = parameters.self_signed(&authority_key).unwrap();
    let issuer = rcgen::Issuer::new(parameters, authority_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let names = vec!["127.0.0.1".to_owned()];
    let certificate = rcgen::CertificateParams::new(names).unwrap();
    let certificate = certificate.signed_by(&key, &issuer).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), authority.pem())
}

fn respond<B>(request: &Request<B>, seen: &Seen) -> Response<Full<Bytes>> {
    let (method, path) = (request.method(), request.uri().path());
    seen.requests
        .lock()
        .unwrap()
        .push(format!("{method} {path}"));
    let (status, body) = match path.split_once("/v1/") {
        Some(("", path)) => vault(path, request.headers()),
        _ => terraform(path, request.headers()),
    };
    let body = match body {
        Value::Null => String::new(),
        body => body.to_string(),
    };
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status.try_into().unwrap();
    response
}

/// `secret/` is an engine of version 2, `kv/` of version 1 (Vault HTTP API documents, "KV secrets
/// engine").
fn vault(path: &str, headers: &HeaderMap) -> (u16, Value) {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if header("x-vault-request") != Some("true") {
        return (412, json!({ "errors": ["missing X-Vault-Request header"] }));
    }
    if header("x-vault-token") != Some(TOKEN) || path.starts_with("secret/data/forbidden") {
        return (403, json!({ "errors": ["permission denied"] }));
    }
    let wrap = |data: Value| json!({ "request_id": "r", "lease_id": "", "renewable": false, "lease_duration": 2_764_800, "data": data, "warnings": null });
    let version = |deleted: &str| json!({ "created_time": "2026-01-01T00:00:00Z", "deletion_time": deleted, "destroyed": false, "version": 3 });
    match path {
        "secret/data/shop" => {
            let data = json!({ "password": SECRET, "port": 5432, "db": { "user": SECRET } });
            (200, wrap(json!({ "data": data, "metadata": version("") })))
        }
        "secret/data/deleted" => {
            let metadata = version("2026-02-01T00:00:00Z");
            (404, wrap(json!({ "data": null, "metadata": metadata })))
        }
        "kv/shop" => (
            200,
            wrap(json!({ "password": SECRET, "data": "d", "metadata": "m" })),
        ),
        "kv/a%20b" => (200, wrap(json!({ "c": header("x-vault-namespace") }))),
        "kv/together-a" | "kv/together-b" => (200, wrap(json!({ "x": path }))),
        "sealed/x" => (503, json!({ "errors": ["Vault is sealed"] })),
        "broken/x" => (200, json!("no secret")),
        _ => (404, json!({ "errors": [] })),
    }
}

/// A state of format 4, as Terraform 0.12 and later write it.
pub fn state() -> Value {
    json!({
        "version": 4, "terraform_version": "1.9.0", "serial": 7, "lineage": "l", "resources": [],
        "outputs": {
            "url": { "value": "https://db.example.com", "type": "string" },
            "subnets": { "value": ["a", "b"], "type": ["list", "string"] },
            "password": { "value": SECRET, "type": "string", "sensitive": true },
        },
    })
}

/// Terraform's http backend with basic authentication.
fn terraform(path: &str, headers: &HeaderMap) -> (u16, Value) {
    let expected = format!("Basic {}", STANDARD.encode(format!("ci:{TOKEN}")));
    let given = headers.get("authorization").and_then(|it| it.to_str().ok());
    match path {
        "/state" if given == Some(&expected) => (200, state()),
        "/state" => (401, Value::Null),
        "/old" => (200, json!({ "version": 3, "modules": [] })),
        "/empty" => (204, Value::Null),
        "/moved" => (302, Value::Null),
        _ => (404, Value::Null),
    }
}
