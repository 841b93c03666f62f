//! One run at a time changes a stage: a lease that names its holder.
//!
//! The holder renews it by a heartbeat. It is taken over when the holder is known to have ended,
//! or when it has expired twice over. Because a lease is not a fence, every step asks
//! [`Lease::verify`] first: it answers from the local deadline since the last heartbeat that the
//! store confirmed, without another read.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::{task::JoinHandle, time::Instant};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{Condition, ETag, Objects, StoreError};
use crate::{
    error::{Class, Diagnose},
    wait::{self, Pace, WaitError},
};

const LEASE: &str = "lease.json";

/// The times of a lease.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// How long it holds after a heartbeat.
    pub duration: Duration,
    /// Between two heartbeats.
    pub heartbeat: Duration,
    /// How long to wait for another holder before giving up.
    pub wait: Duration,
}

/// Who holds a lease: enough for a person to find the run, and for us to know whether it lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holder {
    /// Random, unique for each run.
    pub run: String,
    /// The command that runs.
    pub command: String,
    /// Name of its machine.
    pub host: String,
    /// Its process.
    pub process: ProcessIdentity,
    /// When it took the lease.
    pub since: Timestamp,
}

/// Identifies a process beyond its number, which may be used again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcessIdentity {
    /// Its number, within `space`.
    pub pid: u32,
    /// Ticks between boot and its start.
    pub started: u64,
    /// Boot and pid namespace: numbers of different spaces cannot be compared.
    pub space: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            run,
            command,
            host,
            process,
            since,
        } = self;
        write!(
            f,
            "`{command}` (run {run}, process {} on {host}, since {since:.0})",
            process.pid
        )
    }
}

/// Tells whether a holder is known to have ended.
pub trait Liveness: Send + Sync {
    /// `true` only if it certainly has; not knowing is `false`.
    fn has_ended(&self, holder: &Holder) -> bool;
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    format: String,
    holder: Holder,
    /// Raised by each heartbeat; makes equal contents distinct.
    beat: u64,
    renewed: Timestamp,
    duration_ms: u64,
}

/// Why a lease could not be had or is gone.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Another run holds it.
    #[error("the stage is being changed by {0}")]
    Held(Box<Holder>),
    /// It was ours and is no longer, or may no longer be.
    #[error("this run lost the lease of the stage")]
    Lost,
    /// The run was cancelled while it waited.
    #[error("cancelled while waiting for {0}")]
    Cancelled(Box<Holder>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Diagnose for LeaseError {
    fn class(&self) -> Class {
        match self {
            Self::Held(_) | Self::Lost => Class::Locked,
            Self::Cancelled(_) => Class::Cancelled,
            Self::Store(error) => error.class(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Held(_) => Some(
                "wait for it to end, or give --lock-timeout a longer time; a run that died is taken over by itself".into(),
            ),
            Self::Lost => Some("another run took over; run the command again when it has ended".into()),
            Self::Cancelled(_) => None,
            Self::Store(error) => error.hint(),
        }
    }
}

/// A lease that is held. Dropping it stops the heartbeat; [`Lease::release`] gives it back.
#[derive(Debug)]
pub struct Lease {
    shared: Arc<Shared>,
    objects: Arc<dyn Objects>,
    heartbeat: JoinHandle<()>,
    stop: DropGuard,
}

#[derive(Debug)]
struct Shared {
    status: Mutex<Status>,
}

#[derive(Debug, Clone)]
struct Status {
    etag: ETag,
    /// Until when the store's last confirmation holds; `None` once the lease is lost.
    deadline: Option<Deadline>,
}

/// A time by two clocks. The monotonic one stands still while the machine is suspended, the wall
/// clock can be set; whoever takes a lease over looks at the wall clock.
#[derive(Debug, Clone, Copy)]
struct Deadline {
    monotonic: Instant,
    wall: Timestamp,
}

impl Deadline {
    fn in_(time: Duration) -> Self {
        let wall = SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
        Self {
            monotonic: Instant::now() + time,
            wall: Timestamp::now().checked_add(wall).unwrap_or(Timestamp::MAX),
        }
    }

    fn is_over(&self) -> bool {
        Instant::now() >= self.monotonic || Timestamp::now() >= self.wall
    }
}

impl Shared {
    fn status(&self) -> std::sync::MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease {
    /// Takes the lease, waiting up to [`Times::wait`] for another holder.
    ///
    /// # Errors
    /// [`LeaseError::Held`] names the holder when the wait is over.
    pub async fn acquire(
        objects: Arc<dyn Objects>,
        holder: Holder,
        times: Times,
        liveness: &dyn Liveness,
        cancel: &CancellationToken,
    ) -> Result<Self, LeaseError> {
        let (etag, deadline) = match try_acquire(&objects, &holder, times, liveness).await {
            Err(LeaseError::Held(by)) if !times.wait.is_zero() => {
                wait_for(by, &objects, &holder, times, liveness, cancel).await?
            }
            taken => taken?,
        };
        Ok(Self::start(objects, holder, times, etag, deadline))
    }

    fn start(
        objects: Arc<dyn Objects>,
        holder: Holder,
        times: Times,
        etag: ETag,
        deadline: Deadline,
    ) -> Self {
        let shared = Arc::new(Shared {
            status: Mutex::new(Status {
                etag,
                deadline: Some(deadline),
            }),
        });
        let stop = CancellationToken::new();
        let heartbeat = tokio::spawn(heartbeat(
            objects.clone(),
            holder,
            times,
            shared.clone(),
            stop.clone(),
        ));
        Self {
            shared,
            objects,
            heartbeat,
            stop: stop.drop_guard(),
        }
    }

    /// Whether this run may begin another step.
    ///
    /// # Errors
    /// [`LeaseError::Lost`] when the last confirmed heartbeat is too old or another run took over.
    pub fn verify(&self) -> Result<(), LeaseError> {
        match self.shared.status().deadline {
            Some(deadline) if !deadline.is_over() => Ok(()),
            _ => Err(LeaseError::Lost),
        }
    }

    /// Gives the lease back, if it is still ours.
    ///
    /// # Errors
    /// The store's. A lease that was lost is nobody's business here.
    pub async fn release(self) -> Result<(), LeaseError> {
        let Self {
            shared,
            objects,
            heartbeat,
            stop,
        } = self;
        drop(stop);
        // A beat that is under way still changes the version.
        let _ = heartbeat.await;
        let etag = shared.status().etag.clone();
        match objects.delete(LEASE, etag).await {
            Ok(()) | Err(StoreError::Conflict(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Looks again and again, until the lease is free or [`Times::wait`] is over.
async fn wait_for(
    by: Box<Holder>,
    objects: &Arc<dyn Objects>,
    holder: &Holder,
    times: Times,
    liveness: &dyn Liveness,
    cancel: &CancellationToken,
) -> Result<(ETag, Deadline), LeaseError> {
    let pace = Pace {
        first: Duration::from_millis(50),
        interval: Duration::from_secs(1),
        deadline: times.wait,
    };
    let other = Mutex::new(by);
    let looked = wait::until(pace, cancel, || async {
        match try_acquire(objects, holder, times, liveness).await {
            Err(LeaseError::Held(by)) => {
                *other.lock().unwrap_or_else(PoisonError::into_inner) = by;
                None
            }
            taken => Some(taken),
        }
    })
    .await;
    let other = other.into_inner().unwrap_or_else(PoisonError::into_inner);
    match looked {
        Ok(taken) => taken,
        Err(WaitError::Deadline(_)) => Err(LeaseError::Held(other)),
        Err(WaitError::Cancelled) => Err(LeaseError::Cancelled(other)),
    }
}

async fn try_acquire(
    objects: &Arc<dyn Objects>,
    holder: &Holder,
    times: Times,
    liveness: &dyn Liveness,
) -> Result<(ETag, Deadline), LeaseError> {
    loop {
        let deadline = Deadline::in_(times.duration);
        let condition = match objects.get(LEASE).await? {
            None => Condition::Absent,
            Some(object) => {
                let record = parse(&object.body, &objects.locate(LEASE))?;
                if !is_free(&record, object.now, liveness) {
                    return Err(LeaseError::Held(Box::new(record.holder)));
                }
                Condition::Match(object.etag)
            }
        };
        match objects.put(LEASE, body(holder, times, 0), condition).await {
            Ok(written) => return Ok((written.etag, deadline)),
            // Somebody was between our read and our write: the next read names them.
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn is_free(record: &Record, now: Timestamp, liveness: &dyn Liveness) -> bool {
    // Twice over: a holder whose clock or heartbeat is late has stopped starting steps long before.
    let milliseconds = i64::try_from(record.duration_ms.saturating_mul(2)).unwrap_or(i64::MAX);
    let expired = now.duration_since(record.renewed) > SignedDuration::from_millis(milliseconds);
    expired || liveness.has_ended(&record.holder)
}

async fn heartbeat(
    objects: Arc<dyn Objects>,
    holder: Holder,
    times: Times,
    shared: Arc<Shared>,
    stop: CancellationToken,
) {
    let mut beats = tokio::time::interval(times.heartbeat);
    beats.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    beats.tick().await;
    for beat in 1.. {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = beats.tick() => {}
        }
        let deadline = Deadline::in_(times.duration);
        let etag = shared.status().etag.clone();
        match objects
            .put(LEASE, body(&holder, times, beat), Condition::Match(etag))
            .await
        {
            Ok(written) => {
                *shared.status() = Status {
                    etag: written.etag,
                    deadline: Some(deadline),
                };
            }
            Err(StoreError::Conflict(_)) => {
                shared.status().deadline = None;
                return;
            }
            // The deadline of the last confirmation goes on running; the next beat tries again.
            Err(_) => {}
        }
    }
}

fn body(holder: &Holder, times: Times, beat: u64) -> Vec<u8> {
    let record = Record {
        format: "v1".into(),
        holder: holder.clone(),
        beat,
        renewed: Timestamp::now(),
        duration_ms: u64::try_from(times.duration.as_millis()).unwrap_or(u64::MAX),
    };
    serde_json::to_vec_pretty(&record).unwrap_or_default()
}

fn parse(body: &[u8], place: &str) -> Result<Record, LeaseError> {
    #[derive(Deserialize)]
    struct Head {
        format: String,
    }
    let unreadable = |why| StoreError::Unreadable {
        what: place.to_owned(),
        why,
    };
    let head: Head = serde_json::from_slice(body).map_err(|error| unreadable(error.to_string()))?;
    if head.format != "v1" {
        return Err(unreadable(format!("it has format {:?}", head.format)).into());
    }
    Ok(serde_json::from_slice(body).map_err(|error| unreadable(error.to_string()))?)
}
