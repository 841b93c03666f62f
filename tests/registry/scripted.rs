//! What a real registry never says here: a server that answers by the path that it is asked for.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use insta::assert_snapshot;
use scf::image::registry::{Content, Digest, Reference, RegistryClient, RegistryError, Stored};
use serde_json::json;
use tokio::net::TcpListener;

use crate::bed::{keychain, shown};

/// An answer: status, headers, body.
type Answer = (u16, Vec<(&'static str, String)>, String);
type Script = Arc<dyn Fn(&Asked) -> Answer + Send + Sync>;

/// A request, as far as tests look at it.
#[derive(Debug, Clone)]
pub struct Asked {
    pub path: String,
    pub authorization: Option<String>,
    pub body: String,
}

/// A server for as long as the test's runtime lives.
pub struct Server {
    pub host: String,
    pub asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    pub async fn start(script: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (script, seen): (Script, _) = (Arc::new(script), asked.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, seen) = (script.clone(), seen.clone());
                let service =
                    service_fn(move |request| answer(request, script.clone(), seen.clone()));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { host, asked }
    }

    pub async fn resolve(&self, login: &str) -> Result<Option<Stored>, RegistryError> {
        let reference: Reference = format!("{}/shop/api:1", self.host).parse().unwrap();
        let login = if login.is_empty() {
            String::new()
        } else {
            format!("{}={login}", self.host)
        };
        RegistryClient::new(keychain(&login))
            .resolve(&reference)
            .await
    }

    /// Paths and authorizations, in the order in which they came.
    pub fn asked(&self) -> Vec<(String, Option<String>)> {
        let asked = self.asked.lock().unwrap();
        asked
            .iter()
            .map(|asked| (asked.path.clone(), asked.authorization.clone()))
            .collect()
    }
}

async fn answer(
    request: Request<Incoming>,
    script: Script,
    seen: Arc<Mutex<Vec<Asked>>>,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let path = request.uri().path_and_query().unwrap().to_string();
    let authorization = request
        .headers()
        .get("authorization")
        .map(|value| value.to_str().unwrap().to_owned());
    let body = String::from_utf8(request.into_body().collect().await?.to_bytes().to_vec()).unwrap();
    let asked = Asked {
        path,
        authorization,
        body,
    };
    let (status, headers, body) = script(&asked);
    seen.lock().unwrap().push(asked);
    let response = headers.into_iter().fold(
        Response::builder().status(status),
        |response, (name, value)| response.header(name, value),
    );
    Ok(response.body(Full::new(body.into())).unwrap())
}

pub const CONFIG: &str = r#"{"os":"linux","architecture":"amd64"}"#;

/// The manifest of an image with [`CONFIG`].
pub fn manifest() -> String {
    json!({ "schemaVersion": 2, "config": { "digest": Digest::of(CONFIG.as_bytes()).as_str() } })
        .to_string()
}

/// How a refusal or a failure is told; `api` is where it says that it is a registry.
async fn told(status: u16, headers: Vec<(&'static str, String)>, body: &'static str) -> String {
    let server = Server::start(move |_| (status, headers.clone(), body.to_owned())).await;
    shown(
        server.resolve("bot:s3cret").await.unwrap_err(),
        &server.host,
    )
}

#[tokio::test]
async fn every_status_has_its_class() {
    let errors = |code: &str| {
        format!(r#"{{"errors":[{{"code":"{code}","message":"because\n::error::of it"}}]}}"#).leak()
    };
    let all = [
        told(403, vec![], errors("DENIED")).await,
        told(404, vec![], errors("DENIED")).await,
        told(404, vec![], "<html>not a registry</html>").await,
        told(401, vec![("www-authenticate", "Negotiate".to_owned())], "").await,
        told(429, vec![], errors("TOOMANYREQUESTS")).await,
        told(500, vec![], "").await,
        told(200, vec![], "<html>not a registry</html>").await,
        told(200, vec![], "{}").await,
        told(
            200,
            vec![(
                "docker-content-digest",
                format!("sha256:{}", "0".repeat(64)),
            )],
            "{}",
        )
        .await,
        told(302, vec![], "").await,
        told(302, vec![("location", "/v2/again".to_owned())], "").await,
    ];
    assert_snapshot!(all.join("\n"), @r#"
    registry.test refuses to show registry.test/shop/api:1: DENIED because ::error::of it; the credentials for it do not suffice
    hint: check that the user of registry.test in `registry-auth` (or of `docker login`) may do this, and that the token has not expired
    class: Denied
    registry.test refuses to show registry.test/shop/api:1: DENIED because ::error::of it; the credentials for it do not suffice
    hint: check that the user of registry.test in `registry-auth` (or of `docker login`) may do this, and that the token has not expired
    class: Denied
    registry.test was asked to show registry.test/shop/api:1 and answers 404, but not as a registry does
    hint: check that a registry answers there, and run the command again if it is overloaded
    class: Unavailable
    registry.test was asked to show registry.test/shop/api:1 and answers 401 without a challenge that can be answered
    hint: check that a registry answers there, and run the command again if it is overloaded
    class: Unavailable
    registry.test limits how often it may be asked: TOOMANYREQUESTS because ::error::of it
    hint: wait, then run the command again
    class: Unavailable
    registry.test was asked to show registry.test/shop/api:1 and answers 500 Internal Server Error
    hint: check that a registry answers there, and run the command again if it is overloaded
    class: Unavailable
    registry.test was asked to show registry.test/shop/api:1 and answers something that is no manifest
    hint: check that a registry answers there, and run the command again if it is overloaded
    class: Unavailable
    registry.test was asked to show registry.test/shop/api:1 and answers a manifest of type "", which is no image
    hint: check that a registry answers there, and run the command again if it is overloaded
    class: Unavailable
    registry.test sent sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a for sha256:0000000000000000000000000000000000000000000000000000000000000000
    hint: something between here and the registry changes what it sends
    class: Unavailable
    registry.test was asked to show registry.test/shop/api:1 and answers a redirect to nowhere
    hint: check that a registry answers there, and run the command again if it is overloaded
    class: Unavailable
    registry.test was asked to show registry.test/shop/api:1 and answers redirects without end
    hint: check that a registry answers there, and run the command again if it is overloaded
    class: Unavailable
    "#);
}

#[tokio::test]
async fn only_a_registry_s_own_404_says_that_nothing_is_there() {
    let by_code = Server::start(|_| {
        (
            404,
            vec![],
            r#"{"errors":[{"code":"NAME_UNKNOWN"}]}"#.to_owned(),
        )
    })
    .await;
    assert_eq!(by_code.resolve("").await.unwrap(), None);
    let by_header = Server::start(|_| {
        (
            404,
            vec![("docker-distribution-api-version", "registry/2.0".to_owned())],
            String::new(),
        )
    })
    .await;
    assert_eq!(by_header.resolve("").await.unwrap(), None);
}

#[tokio::test]
async fn a_credential_is_not_shown_to_where_a_redirect_leads() {
    let storage = Server::start(|_| (200, vec![], CONFIG.to_owned())).await;
    let blob = format!("http://{}/blob?signature=1", storage.host);
    let registry = Server::start(move |asked| {
        if asked.authorization.is_none() {
            return (
                401,
                vec![("www-authenticate", "Basic realm=\"x\"".to_owned())],
                String::new(),
            );
        }
        if asked.path.contains("/blobs/") {
            (307, vec![("location", blob.clone())], String::new())
        } else {
            (200, vec![], manifest())
        }
    })
    .await;
    let stored = registry.resolve("bot:s3cret").await.unwrap().unwrap();
    assert!(matches!(stored.content, Content::Image { platform, .. } if platform == "linux/amd64"));
    let basic = Some("Basic Ym90OnMzY3JldA==".to_owned());
    let config = format!("/v2/shop/api/blobs/{}", Digest::of(CONFIG.as_bytes()));
    let manifest = "/v2/shop/api/manifests/1".to_owned();
    // What let us in once is shown at once the next time.
    assert_eq!(
        registry.asked(),
        [
            (manifest.clone(), None),
            (manifest, basic.clone()),
            (config, basic)
        ]
    );
    assert_eq!(storage.asked(), [("/blob?signature=1".to_owned(), None)]);
}

#[tokio::test]
async fn a_configuration_that_is_not_the_manifest_s_is_refused() {
    let server = Server::start(|asked| {
        if asked.path.contains("/blobs/") {
            (200, vec![], "{}".to_owned())
        } else {
            (200, vec![], manifest())
        }
    })
    .await;
    let error = server.resolve("").await.unwrap_err();
    assert!(matches!(error, RegistryError::Digest { .. }), "{error:?}");
}
