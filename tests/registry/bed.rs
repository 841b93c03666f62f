//! A real registry for as long as a test runs, and images that go away with it.

use std::{
    collections::BTreeMap,
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Method, Request, Response};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use scf::{
    error::{Diagnose, Failure},
    image::registry::{Keychain, Reference, RegistryClient, parse_auth},
};

pub const USER: &str = "scf";
/// Its base64 has the two digits that differ between the alphabets.
pub const PASSWORD: &str = "p???>>>~~~:";
/// Of [`PASSWORD`], by bcrypt at cost 5.
const HASH: &str = "$2b$05$abcdefghijklmnopqrstuuX3JSxZ2fckkvxBhCktxZiYY3y0s9mci";

/// How a registry lets people in.
pub enum Auth {
    Nobody,
    /// [`USER`] with [`PASSWORD`].
    Basic,
    /// Tokens of this server, signed by the key of this certificate (PEM).
    Token {
        realm: String,
        certificate: String,
    },
}

pub struct RegistryServer {
    child: Child,
    /// `127.0.0.1:port`.
    pub host: String,
    _folder: tempfile::TempDir,
}

impl RegistryServer {
    pub fn start(auth: &Auth) -> Self {
        // Somebody else may take the port between its choice and its use.
        (0..5)
            .find_map(|_| Self::try_start(auth))
            .expect("docker-registry does not start")
    }

    fn try_start(auth: &Auth) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let host = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .to_string();
        let auth = match auth {
            Auth::Nobody => String::new(),
            Auth::Basic => {
                std::fs::write(path("users"), format!("{USER}:{HASH}\n")).unwrap();
                format!(
                    "auth: {{ htpasswd: {{ realm: test, path: {} }} }}\n",
                    path("users")
                )
            }
            Auth::Token { realm, certificate } => {
                std::fs::write(path("certificate.pem"), certificate).unwrap();
                let bundle = path("certificate.pem");
                format!(
                    "auth: {{ token: {{ realm: '{realm}', service: test-registry, issuer: test, rootcertbundle: {bundle} }} }}\n"
                )
            }
        };
        let storage = path("storage");
        let config = format!(
            "version: 0.1\nlog: {{ level: error, accesslog: {{ disabled: true }} }}\nstorage: {{ filesystem: {{ rootdirectory: {storage} }} }}\nhttp: {{ addr: '{host}' }}\n{auth}"
        );
        std::fs::write(path("config.yml"), config).unwrap();
        let mut command = Command::new("docker-registry");
        command
            .args(["serve", &path("config.yml")])
            .env_clear()
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let child = command
            .spawn()
            .expect("these tests need Debian's docker-registry: run scripts/test");
        let mut server = Self {
            child,
            host,
            _folder: folder,
        };
        let end = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(&server.host).is_err() {
            if server.child.try_wait().unwrap().is_some() || Instant::now() > end {
                return None;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(server)
    }

    pub fn reference(&self, rest: &str) -> Reference {
        format!("{}/{rest}", self.host).parse().unwrap()
    }

    /// A keychain with this login for this registry, and nothing of the machine's.
    pub fn keychain(&self, login: &str) -> Arc<Keychain> {
        keychain(&format!("{}={login}", self.host))
    }

    /// With the login of [`Auth::Basic`].
    pub fn known(&self) -> Arc<Keychain> {
        self.keychain(&format!("{USER}:{PASSWORD}"))
    }
}

impl Drop for RegistryServer {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

pub fn keychain(input: &str) -> Arc<Keychain> {
    Arc::new(Keychain::new(
        parse_auth(&input.into()).unwrap(),
        BTreeMap::new(),
    ))
}

pub fn client_of(keychain: &Arc<Keychain>) -> RegistryClient {
    RegistryClient::new(keychain.clone())
}

/// What the user is told of a failure.
pub fn shown(error: impl Diagnose, host: &str) -> String {
    let failure = Failure::from(error);
    let hint = failure.hint().unwrap_or_default();
    format!("{failure}\nhint: {hint}\nclass: {:?}", failure.class()).replace(host, "registry.test")
}

/// A request to a registry without authentication; its answer must be a good one.
pub async fn send(
    method: Method,
    url: &str,
    media_type: &str,
    body: impl Into<Bytes>,
) -> Response<Bytes> {
    let request = Request::builder()
        .method(method)
        .uri(url)
        .header("content-type", media_type);
    let request = request.body(Full::new(body.into())).unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http();
    let (head, body) = client.request(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    assert!(head.status.is_success(), "{} {body:?}", head.status);
    Response::from_parts(head, body)
}
