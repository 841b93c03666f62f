//! The embedded proxy: its process, seen from the commands that control it.
//!
//! `deploy` leaves it running as a detached process that records itself in the stage's folder.
//! Inside a container it is a child that ends with the command.

mod admin;
mod control;
mod decide;
mod error;
mod exchange;
mod forward;
mod groups;
mod headers;
mod respond;
mod server;
mod viewer;

use std::io;

use camino::Utf8Path;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

pub use admin::{Admin, ProxyStatus, fingerprint};
pub use control::Proxy;
pub use error::ProxyError;
pub use server::{Options, serve};

use crate::state::lease::ProcessIdentity;

/// Name of the proxy's own record in the stage's folder.
pub const RECORD: &str = "proxy.json";
/// Name of the file that it holds a lock on while it lives.
pub const LOCK: &str = "proxy.lock";
/// Name of its log.
pub const LOG: &str = "proxy.log";

/// How the proxy records itself. The token keeps other users of the machine from its controls.
///
/// Another build reads it too, to replace the proxy: fields may be added, not taken away.
#[derive(Serialize, Deserialize)]
struct Record {
    process: ProcessIdentity,
    port: u16,
    admin_port: u16,
    token: String,
    build: String,
}

/// The build of this program, so that a proxy of another one is replaced.
pub fn build() -> String {
    use sha2::{Digest as _, Sha256};
    let function = crate::plan::hex(&Sha256::digest(crate::edge::ROUTER));
    format!(
        "{} {}",
        env!("CARGO_PKG_VERSION"),
        function.get(..12).unwrap_or_default()
    )
}

/// `None`: there is no record. That it cannot be read says nothing of the proxy.
fn read_record(folder: &Utf8Path) -> io::Result<Option<Record>> {
    match std::fs::read(folder.join(RECORD)) {
        Ok(body) => Ok(Some(serde_json::from_slice(&body)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn token() -> Result<SecretString, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(crate::plan::hex(&bytes).into())
}

fn is_token(given: Option<&str>, token: &SecretString) -> bool {
    // Compared in a time that does not depend on where they differ.
    let (given, token) = (
        given.unwrap_or_default().as_bytes(),
        token.expose_secret().as_bytes(),
    );
    given.len() == token.len() && given.iter().zip(token).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}
