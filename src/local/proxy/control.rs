//! The proxy's process, seen from the commands that control it.

use std::{
    fs::File,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use camino::Utf8PathBuf;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::{Admin, LOG, ProxyError, ProxyStatus, RECORD, read_record};
use crate::{
    local::{Document, Place, process},
    wait::{self, Pace, WaitError},
};

const READY: Pace = Pace {
    first: Duration::from_millis(10),
    interval: Duration::from_millis(100),
    deadline: Duration::from_secs(10),
};

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
    ///
    /// # Errors
    /// Its record cannot be read: whether one runs is not known.
    pub fn admin(&self) -> Result<Option<Admin>, ProxyError> {
        let record = read_record(&self.folder).map_err(|cause| ProxyError::Record {
            path: self.folder.join(RECORD),
            cause,
        })?;
        let living = record.filter(|record| process::lives(&record.process) == Some(true));
        Ok(living.map(|record| Admin {
            pid: record.process.pid,
            port: record.admin_port,
            token: SecretString::from(record.token),
        }))
    }

    /// What the running proxy says of itself; `None` if none runs.
    ///
    /// # Errors
    /// One runs, but does not answer in time; or it is not known whether one runs.
    pub async fn status(&self) -> Result<Option<ProxyStatus>, ProxyError> {
        match self.admin()? {
            Some(admin) => admin.status().await.map(Some),
            None => Ok(None),
        }
    }

    /// Starts the process and waits until it answers.
    ///
    /// # Errors
    /// It cannot be started, ends at once, or does not answer in time.
    pub async fn start(&self, cancel: &CancellationToken) -> Result<(), ProxyError> {
        if matches!(self.status().await, Ok(Some(_))) {
            return Ok(());
        }
        let heard = self.log_length();
        self.spawn()?;
        let answered = wait::until(READY, cancel, || async {
            if matches!(self.status().await, Ok(Some(_))) {
                return Some(Ok(()));
            }
            match self.reap()? {
                // An earlier one still finishes what is in flight there: this one has left the
                // stage to it.
                status if status.success() => self.spawn().err().map(Err),
                _ => Some(Err(ProxyError::Ended {
                    why: self.first_words_after(heard),
                    log: self.log(),
                })),
            }
        })
        .await;
        answered.unwrap_or_else(|error| Err(self.failure(error)))
    }

    fn spawn(&self) -> Result<(), ProxyError> {
        let spawned = || {
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
        };
        let child = spawned().map_err(ProxyError::Spawn)?;
        *self.child.lock().unwrap_or_else(PoisonError::into_inner) = Some(child);
        Ok(())
    }

    fn log_length(&self) -> u64 {
        std::fs::metadata(self.log()).map_or(0, |log| log.len())
    }

    /// The first line that a process wrote to the log after it had this length.
    fn first_words_after(&self, heard: u64) -> String {
        let log = std::fs::read(self.log()).unwrap_or_default();
        let new = usize::try_from(heard)
            .ok()
            .and_then(|heard| log.get(heard..));
        let text = String::from_utf8_lossy(new.unwrap_or_default());
        let line = text.lines().next().unwrap_or("it said nothing");
        line.trim_start_matches("error: ").to_owned()
    }

    fn failure(&self, error: WaitError) -> ProxyError {
        match error {
            WaitError::Cancelled => ProxyError::Cancelled,
            WaitError::Deadline(_) => ProxyError::Silent {
                why: error.to_string(),
                log: self.log(),
            },
        }
    }

    /// Has the proxy serve this document. Without a running proxy there is nothing to do: it reads
    /// the document when it starts.
    ///
    /// # Errors
    /// It does not answer, or refuses the document.
    pub async fn load(&self, document: &Document) -> Result<(), ProxyError> {
        match self.admin()? {
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
            let status = match self.status().await {
                Ok(Some(status)) => status,
                // No proxy, nothing in flight.
                Ok(None) => return Some(()),
                // Not known: the delay decides.
                Err(_) => return None,
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
        let Some(admin) = self.admin()? else {
            return Ok(());
        };
        admin.stop().await?;
        let ended = wait::until(READY, cancel, || async {
            self.reap();
            matches!(self.admin(), Ok(None)).then_some(())
        })
        .await;
        ended.map_err(|error| self.failure(error))
    }

    /// How our child ended, if it did. Until somebody asks it stays a zombie, and looks alive.
    fn reap(&self) -> Option<ExitStatus> {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        child.as_mut()?.try_wait().ok().flatten()
    }
}
