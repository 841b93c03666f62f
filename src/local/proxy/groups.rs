//! The tasks behind each target, and what is in flight at each.
//!
//! A request takes its task while the table is locked for reading, and the table is replaced while
//! it is locked for writing. So once a new table is loaded, no request can still be on its way to a
//! task that is only in the old one without being counted: when the count is zero, the task is idle.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{config::ComputeKind, edge::Tid, local::Document};

/// A task that refused a connection is left alone this long, as a load balancer would.
const EJECTED: Duration = Duration::from_secs(1);

/// A task, with what is in flight there.
#[derive(Debug)]
pub struct Upstream {
    id: String,
    address: SocketAddr,
    in_flight: AtomicUsize,
    ejected_until: Mutex<Option<Instant>>,
}

/// A request at a task: counted until it is dropped.
#[derive(Debug)]
pub struct Ticket {
    upstream: Arc<Upstream>,
    /// Decides the limits.
    pub compute: ComputeKind,
    /// Longest time to the first byte.
    pub timeout: Duration,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.upstream.in_flight.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Ticket {
    /// Where the task listens.
    pub fn address(&self) -> SocketAddr {
        self.upstream.address
    }

    /// The task refused the connection: prefer others for a while.
    pub fn eject(&self) {
        let mut until = self
            .upstream
            .ejected_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *until = Some(Instant::now() + EJECTED);
    }
}

#[derive(Debug, Default)]
struct Table {
    document: Arc<Document>,
    members: BTreeMap<Tid, Vec<Arc<Upstream>>>,
}

/// The table that is served now.
#[derive(Debug, Default)]
pub struct Groups {
    table: RwLock<Table>,
    /// Tasks by id, those that left the table included while something is in flight there.
    known: Mutex<BTreeMap<String, Arc<Upstream>>>,
}

impl Groups {
    /// Serves `document` from now on.
    pub fn load(&self, document: Document) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut members = BTreeMap::new();
        for (tid, group) in &document.groups {
            let tasks = group.members.iter().map(|member| {
                let same = known
                    .get(&member.id)
                    .filter(|task| task.address == member.address);
                let task = same.cloned().unwrap_or_else(|| {
                    Arc::new(Upstream {
                        id: member.id.clone(),
                        address: member.address,
                        in_flight: AtomicUsize::new(0),
                        ejected_until: Mutex::new(None),
                    })
                });
                known.insert(member.id.clone(), task.clone());
                task
            });
            members.insert(tid.clone(), tasks.collect());
        }
        let table = Table {
            document: Arc::new(document),
            members,
        };
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = table;
        let listed = self.listed();
        known.retain(|id, task| listed.contains(id) || task.in_flight.load(Ordering::Acquire) > 0);
    }

    fn listed(&self) -> std::collections::BTreeSet<String> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        table
            .members
            .values()
            .flatten()
            .map(|task| task.id.clone())
            .collect()
    }

    /// The document that is served now.
    pub fn document(&self) -> Arc<Document> {
        self.table
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .document
            .clone()
    }

    /// Takes the least busy task of the target that the origin stands for; those that refused a
    /// connection lately come last. `None`: there is no such target, or it has no task.
    pub fn take(&self, domain: &str, target_header: Option<&str>) -> Option<Ticket> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        let (tid, group) = table.document.group_of(domain, target_header)?;
        let now = Instant::now();
        let upstream = table.members.get(tid)?.iter().min_by_key(|task| {
            let until = *task
                .ejected_until
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            (
                until.is_some_and(|until| now < until),
                task.in_flight.load(Ordering::Acquire),
            )
        })?;
        upstream.in_flight.fetch_add(1, Ordering::AcqRel);
        Some(Ticket {
            upstream: upstream.clone(),
            compute: group.compute,
            timeout: Duration::from_secs(group.timeout_seconds.into()),
        })
    }

    /// What is in flight at each known task.
    pub fn in_flight(&self) -> BTreeMap<String, usize> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .iter()
            .map(|(id, task)| (id.clone(), task.in_flight.load(Ordering::Acquire)))
            .collect()
    }
}
