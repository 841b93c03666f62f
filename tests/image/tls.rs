//! An engine that listens on a port, and lets in who shows a certificate.

use std::{fs, path::Path, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use scf::image::{Builder, SecretSource};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, UnixStream},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{RootCertStore, ServerConfig, pki_types::PrivateKeyDer, server::WebPkiClientVerifier},
};

use crate::workshop::{Workshop, hash};

const ALONE: &str = "SCF_TEST_ENGINE_WITH_TLS";

/// Writes what a client needs into the folder; what the server needs is returned.
fn certificates(folder: &Path) -> TlsAcceptor {
    let authority_key = KeyPair::generate().unwrap();
    let mut parameters = CertificateParams::new(Vec::new()).unwrap();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = parameters.self_signed(&authority_key).unwrap();
    let issuer = Issuer::new(parameters, authority_key);
    let signed = |name: &str| {
        let key = KeyPair::generate().unwrap();
        let parameters = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (parameters.signed_by(&key, &issuer).unwrap(), key)
    };
    let (client, client_key) = signed("client");
    fs::write(folder.join("ca.pem"), authority.pem()).unwrap();
    fs::write(folder.join("cert.pem"), client.pem()).unwrap();
    fs::write(folder.join("key.pem"), client_key.serialize_pem()).unwrap();

    let (server, server_key) = signed("127.0.0.1");
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).unwrap();
    let clients = WebPkiClientVerifier::builder(Arc::new(roots)).build();
    let config = ServerConfig::builder()
        .with_client_cert_verifier(clients.unwrap())
        .with_single_cert(
            vec![server.der().clone()],
            PrivateKeyDer::try_from(server_key.serialize_der()).unwrap(),
        );
    TlsAcceptor::from(Arc::new(config.unwrap()))
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor) {
    while let Ok((stream, _)) = listener.accept().await {
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            if let Ok(mut theirs) = acceptor.accept(stream).await {
                let mut ours = UnixStream::connect("/var/run/docker.sock").await.unwrap();
                let _ = copy_bidirectional(&mut theirs, &mut ours).await;
            }
        });
    }
}

/// The client's certificates are named by its environment, so it is a process of its own.
#[tokio::test]
async fn a_build_and_its_session_go_over_tls() {
    if let Ok(host) = std::env::var(ALONE) {
        return build_at(&host).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let acceptor = certificates(folder.path());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(serve(listener, acceptor));
    let mut command = tokio::process::Command::new(std::env::current_exe().unwrap());
    command.args([
        "--exact",
        "tls::a_build_and_its_session_go_over_tls",
        "--nocapture",
    ]);
    command.env(ALONE, format!("tcp://127.0.0.1:{port}"));
    command
        .env("DOCKER_TLS_VERIFY", "1")
        .env("DOCKER_CERT_PATH", folder.path());
    let output = command.output().await.unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("1 passed"), "{printed}");
    server.abort();
}

async fn build_at(host: &str) {
    let text = "\
FROM scratch
COPY app /app
ARG CACHE_BUST
RUN --mount=type=secret,id=token [\"/app\", \"hash\", \"/run/secrets/token\"]
";
    let shop = Workshop::at(host, text).await;
    shop.add_program();
    let mut request = shop.request(&shop.source(), Builder::Newest);
    let token = SecretSource::Value("value".to_owned().into());
    request.settings.secrets.insert("token".to_owned(), token);
    shop.run(&request).await.unwrap();
    let arrived = format!("hash {:016x}", hash(b"value"));
    assert!(shop.lines().contains(&arrived), "{:?}", shop.lines());
}
