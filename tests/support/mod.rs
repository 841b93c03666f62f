//! What several areas of tests share.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::{FutureExt as _, future::BoxFuture};
use jiff::Timestamp;
use scf::{
    apply::{Observer, Progress},
    names::{StackName, Stage},
    state::{
        Condition, ETag, Object, Objects, StageKey, State, StoreError, Versioned, Written,
        lease::{Holder, Lease, Liveness, ProcessIdentity, Times},
        v1::{Entry, Run},
    },
};
use tokio_util::sync::CancellationToken;

/// A store in memory, with conditional writes and a count of them.
#[derive(Debug, Default)]
pub struct MemoryObjects {
    pub objects: Mutex<BTreeMap<String, (Vec<u8>, u64)>>,
    pub puts: Mutex<Vec<String>>,
    /// When set, every write fails as a full disk does.
    pub broken: std::sync::atomic::AtomicBool,
}

impl Objects for MemoryObjects {
    fn locate(&self, key: &str) -> String {
        key.to_owned()
    }

    fn get(&self, key: &str) -> BoxFuture<'_, Result<Option<Object>, StoreError>> {
        let found = self.objects.lock().unwrap().get(key).cloned();
        let object = found.map(|(body, version)| Object {
            body,
            etag: ETag(version.to_string()),
            now: Timestamp::now(),
        });
        async move { Ok(object) }.boxed()
    }

    fn put(
        &self,
        key: &str,
        body: Vec<u8>,
        condition: Condition,
    ) -> BoxFuture<'_, Result<Written, StoreError>> {
        let result = (|| {
            if self.broken.load(std::sync::atomic::Ordering::SeqCst) {
                return Err(StoreError::Io {
                    verb: "write",
                    what: key.to_owned(),
                    cause: std::io::Error::from(std::io::ErrorKind::StorageFull),
                });
            }
            let mut objects = self.objects.lock().unwrap();
            let version = objects.get(key).map(|(_, version)| *version);
            let holds = match &condition {
                Condition::Absent => version.is_none(),
                Condition::Match(etag) => version.is_some_and(|v| v.to_string() == etag.0),
            };
            if !holds {
                return Err(StoreError::Conflict(key.to_owned()));
            }
            self.puts.lock().unwrap().push(key.to_owned());
            let next = version.unwrap_or(0) + 1;
            objects.insert(key.to_owned(), (body, next));
            Ok(Written {
                etag: ETag(next.to_string()),
                now: Timestamp::now(),
            })
        })();
        async move { result }.boxed()
    }

    fn delete(&self, key: &str, version: ETag) -> BoxFuture<'_, Result<(), StoreError>> {
        let mut objects = self.objects.lock().unwrap();
        let matches = objects
            .get(key)
            .is_some_and(|(_, v)| v.to_string() == version.0);
        let result = if matches {
            objects.remove(key);
            Ok(())
        } else {
            Err(StoreError::Conflict(key.to_owned()))
        };
        async move { result }.boxed()
    }
}

/// Remembers what was recorded.
#[derive(Debug, Default)]
pub struct Recorder(pub Mutex<Vec<Entry>>);

impl Observer for Recorder {
    fn progress(&self, progress: &Progress<'_>) {
        if let Progress::Recorded(entry) = progress {
            self.0.lock().unwrap().push((*entry).clone());
        }
    }
}

/// Knows nothing of any holder, or that all have ended.
pub struct Ended(pub bool);

impl Liveness for Ended {
    fn has_ended(&self, _: &Holder) -> bool {
        self.0
    }
}

pub fn holder(run: &str) -> Holder {
    Holder {
        run: run.to_owned(),
        command: "deploy".to_owned(),
        host: "runner-1".to_owned(),
        process: ProcessIdentity {
            pid: 42,
            started: 1,
            space: "boot pid:[1]".to_owned(),
        },
        since: "2026-11-22T10:00:00Z".parse().unwrap(),
    }
}

pub fn times(lease_ms: u64, heartbeat_ms: u64, wait_ms: u64) -> Times {
    Times {
        duration: Duration::from_millis(lease_ms),
        heartbeat: Duration::from_millis(heartbeat_ms),
        wait: Duration::from_millis(wait_ms),
    }
}

pub async fn lease(objects: Arc<dyn Objects>, run: &str, times: Times) -> Lease {
    Lease::acquire(
        objects,
        holder(run),
        times,
        &Ended(false),
        &CancellationToken::new(),
    )
    .await
    .expect("the lease is free")
}

pub fn key() -> StageKey {
    StageKey::from_bytes(&[7; 32])
}

pub fn stack() -> StackName {
    "shop".parse().unwrap()
}

pub fn stage() -> Stage {
    "dev".parse().unwrap()
}

pub fn new_state() -> Versioned {
    Versioned {
        state: State::new(stack(), stage(), key()),
        etag: None,
    }
}

pub fn run_record(id: &str) -> Run {
    Run {
        id: id.to_owned(),
        command: "deploy".to_owned(),
        started: Timestamp::now(),
        ended: None,
        plan: "digest".to_owned(),
        journal: Vec::new(),
    }
}
