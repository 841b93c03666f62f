//! Connections of our own to the engine, for the requests that the client library has no words for.

use std::{env, io, path::PathBuf, sync::Arc};

use bollard::errors::Error as ApiError;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, UnixStream},
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
    },
};

/// Where an engine listens, as `DOCKER_HOST` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    /// A socket of this machine.
    Unix(PathBuf),
    /// Host and port.
    Tcp(String),
    /// Host and port; both sides show certificates.
    Tls(String),
}

/// A stream of bytes in both directions.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

impl Address {
    /// Reads an address that the client library has accepted: as there, `DOCKER_TLS_VERIFY` asks
    /// for TLS where the scheme does not say.
    pub fn parse(host: &str) -> Result<Self, ApiError> {
        let (scheme, rest) = host.split_once("://").unwrap_or_default();
        let rest = rest.to_owned();
        let verifies = env::var_os("DOCKER_TLS_VERIFY").is_some();
        match scheme {
            "unix" => Ok(Self::Unix(rest.into())),
            "tcp" | "http" if !verifies => Ok(Self::Tcp(trimmed(&rest))),
            "tcp" | "http" | "https" => Ok(Self::Tls(trimmed(&rest))),
            _ => Err(ApiError::UnsupportedURISchemeError {
                uri: host.to_owned(),
            }),
        }
    }

    /// The `Host` header.
    pub fn host(&self) -> &str {
        match self {
            Self::Unix(_) => "docker",
            Self::Tcp(host) | Self::Tls(host) => host,
        }
    }

    pub async fn dial(&self) -> io::Result<TokioIo<Box<dyn Stream>>> {
        let stream: Box<dyn Stream> = match self {
            Self::Unix(path) => Box::new(UnixStream::connect(path).await?),
            Self::Tcp(host) => Box::new(TcpStream::connect(host).await?),
            Self::Tls(host) => {
                let name = host
                    .rsplit_once(':')
                    .map_or(host.as_str(), |(name, _)| name);
                let name = name
                    .trim_start_matches('[')
                    .trim_end_matches(']')
                    .to_owned();
                let name = ServerName::try_from(name).map_err(io::Error::other)?;
                let stream = TcpStream::connect(host).await?;
                let connector = TlsConnector::from(Arc::new(tls()?));
                Box::new(connector.connect(name, stream).await?)
            }
        };
        Ok(TokioIo::new(stream))
    }
}

/// Host and port, without the slash at the end of a URL.
fn trimmed(host: &str) -> String {
    host.trim_end_matches('/').to_owned()
}

/// `ca.pem`, `cert.pem` and `key.pem` of `DOCKER_CERT_PATH`, as all Docker clients have them
/// ("Protect the Docker daemon socket").
fn tls() -> io::Result<ClientConfig> {
    let folder = env::var_os("DOCKER_CERT_PATH")
        .or_else(|| env::var_os("DOCKER_CONFIG"))
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".docker")))
        .ok_or_else(|| io::Error::other("neither DOCKER_CERT_PATH nor HOME is set"))?;
    let certificates = |name: &str| {
        CertificateDer::pem_file_iter(folder.join(name))
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(io::Error::other)
    };
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots.add_parsable_certificates(certificates("ca.pem")?);
    let key = PrivateKeyDer::from_pem_file(folder.join("key.pem")).map_err(io::Error::other)?;
    ClientConfig::builder()
        .with_root_certificates(roots)
        .with_client_auth_cert(certificates("cert.pem")?, key)
        .map_err(io::Error::other)
}
