//! The embedded proxy: its process, seen from the commands that control it.
//!
//! `deploy` leaves it running as a detached process that records itself in the stage's folder.
//! Inside a container it is a child that ends with the command.

mod admin;
mod exchange;
mod forward;
mod groups;
mod headers;
mod respond;
mod server;
mod viewer;

use std::{
    fs::File,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::Mutex,
    time::Duration,
};

use camino::{Utf8Path, Utf8PathBuf};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

pub use admin::{Admin, ProxyStatus, fingerprint};
pub use server::{Options, serve};

use super::{Document, Place, process};
use crate::{
    error::{Class, Diagnose},
    state::lease::ProcessIdentity,
    wait::{self, Pace, WaitError},
};

/// Name of the proxy's own record in the stage's folder.
pub const RECORD: &str = "proxy.json";
/// Name of the file that it holds a lock on while it lives.
pub const LOCK: &str = "proxy.lock";
/// Name of its log.
pub const LOG: &str = "proxy.log";
const READY: Pace = Pace {
    first: Duration::from_millis(10),
    interval: Duration::from_millis(100),
    deadline: Duration::from_secs(10),
};

/// How the proxy records itself. The token keeps other users of the machine from its controls.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    process: ProcessIdentity,
    port: u16,
    admin_port: u16,
    token: String,
    build: String,
}

/// What can go wrong with the proxy.
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    /// Its process could not be started.
    #[error("cannot start the proxy")]
    Spawn(#[source] std::io::Error),
    /// It started, but does not answer.
    #[error("the proxy does not answer: {why}")]
    Silent {
        /// The last attempt's failure.
        why: String,
        /// Where its log is.
        log: Utf8PathBuf,
    },
    /// It answered with something else than success.
    #[error("the proxy refused to {verb}: {why}")]
    Refused {
        /// What it was asked to do.
        verb: &'static str,
        /// Its answer.
        why: String,
    },
    /// The run was cancelled meanwhile.
    #[error("cancelled")]
    Cancelled,
}

impl Diagnose for ProxyError {
    fn class(&self) -> Class {
        match self {
            Self::Spawn(_) | Self::Refused { .. } => Class::Internal,
            Self::Silent { .. } => Class::Unavailable,
            Self::Cancelled => Class::Cancelled,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Silent { log, .. } => Some(format!("its log is {log}")),
            Self::Spawn(_) | Self::Refused { .. } | Self::Cancelled => None,
        }
    }
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

/// Controls the proxy of one stage.
#[derive(Debug)]
pub struct Proxy {
    program: PathBuf,
    folder: Utf8PathBuf,
    place: Place,
    port: Option<u16>,
    child: Mutex<Option<Child>>,
}

impl Proxy {
    /// The proxy of the stage with this folder. A new process is one of `program`, and listens on
    /// `port` if that is given.
    pub fn new(program: PathBuf, folder: Utf8PathBuf, place: Place, port: Option<u16>) -> Self {
        Self {
            program,
            folder,
            place,
            port,
            child: Mutex::new(None),
        }
    }

    /// Where its log is.
    pub fn log(&self) -> Utf8PathBuf {
        self.folder.join(LOG)
    }

    /// The controls of the running proxy; `None` if none runs.
    pub fn admin(&self) -> Option<Admin> {
        let record = read_record(&self.folder)?;
        let runs = process::lives(&record.process) == Some(true);
        runs.then(|| Admin {
            port: record.admin_port,
            token: SecretString::from(record.token),
        })
    }

    /// What the running proxy says of itself; `None` if none runs or it does not answer.
    pub async fn status(&self) -> Option<ProxyStatus> {
        self.admin()?.status().await.ok()
    }

    /// Starts the process and waits until it answers.
    ///
    /// # Errors
    /// It cannot be started, or does not answer in time.
    pub async fn start(&self, cancel: &CancellationToken) -> Result<(), ProxyError> {
        if self.status().await.is_some() {
            return Ok(());
        }
        let child = self.spawn().map_err(ProxyError::Spawn)?;
        *self
            .child
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = Some(child);
        let answered = wait::until(READY, cancel, || self.status()).await;
        match answered {
            Ok(_) => Ok(()),
            Err(WaitError::Cancelled) => Err(ProxyError::Cancelled),
            Err(deadline) => Err(ProxyError::Silent {
                why: deadline.to_string(),
                log: self.log(),
            }),
        }
    }

    fn spawn(&self) -> std::io::Result<Child> {
        let log = File::options().create(true).append(true).open(self.log())?;
        let mut command = Command::new(&self.program);
        command.args(["proxy", "--folder", self.folder.as_str()]);
        if let Some(port) = self.port {
            command.args(["--port", &port.to_string()]);
        }
        if matches!(self.place, Place::Container { .. }) {
            command.arg("--all-interfaces");
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
    }

    /// Has the proxy serve this document. Without a running proxy there is nothing to do: it reads
    /// the document when it starts.
    ///
    /// # Errors
    /// It does not answer, or refuses the document.
    pub async fn load(&self, document: &Document) -> Result<(), ProxyError> {
        match self.admin() {
            Some(admin) => admin.load(document).await,
            None => Ok(()),
        }
    }

    /// Waits until nothing is in flight at these tasks, for `at_most`; then they are cut off.
    ///
    /// # Errors
    /// The run was cancelled.
    pub async fn drained(
        &self,
        ids: &[String],
        at_most: Duration,
        cancel: &CancellationToken,
    ) -> Result<(), ProxyError> {
        let pace = Pace {
            first: Duration::from_millis(5),
            interval: Duration::from_millis(100),
            deadline: at_most,
        };
        let drained = wait::until(pace, cancel, || async {
            // No proxy, nothing in flight.
            let Some(status) = self.status().await else {
                return Some(());
            };
            let busy = ids
                .iter()
                .any(|id| status.in_flight.get(id).is_some_and(|count| *count > 0));
            (!busy).then_some(())
        })
        .await;
        match drained {
            Err(WaitError::Cancelled) => Err(ProxyError::Cancelled),
            // The delay is over: what still runs at the old task is cut off, as behind a load balancer.
            Ok(()) | Err(WaitError::Deadline(_)) => Ok(()),
        }
    }

    /// Lets the proxy finish what is in flight and waits for its end.
    ///
    /// # Errors
    /// It does not end in time.
    pub async fn stop(&self, cancel: &CancellationToken) -> Result<(), ProxyError> {
        let Some(admin) = self.admin() else {
            return Ok(());
        };
        admin.stop().await?;
        let ended = wait::until(READY, cancel, || async {
            self.reap();
            self.admin().is_none().then_some(())
        })
        .await;
        match ended {
            Ok(()) => Ok(()),
            Err(WaitError::Cancelled) => Err(ProxyError::Cancelled),
            Err(deadline) => Err(ProxyError::Silent {
                why: deadline.to_string(),
                log: self.log(),
            }),
        }
    }

    /// A child that ended stays a zombie, and looks alive, until somebody asks for its status.
    fn reap(&self) {
        if let Ok(mut child) = self.child.lock()
            && let Some(child) = child.as_mut()
        {
            let _ = child.try_wait();
        }
    }
}

fn read_record(folder: &Utf8Path) -> Option<Record> {
    serde_json::from_slice(&std::fs::read(folder.join(RECORD)).ok()?).ok()
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
