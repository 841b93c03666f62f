//! The tasks of a container: as many as it wants, all of one revision.
//!
//! A revision is named by a keyed hash over everything that a running task depends on, so a task
//! that an interrupted run left behind is recognised by its name and either adopted or removed.

mod compare;
mod reasons;
mod removal;
mod steps;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

pub use compare::{Comparison, Planned, plan};
pub use removal::{plan_removal, plan_removal_of_stage};
pub use steps::Step;

use crate::{
    config::ComputeKind,
    edge::Tid,
    names::{ContainerName, StackName, Stage},
    plan::Address,
    state::StageKey,
};

/// The tasks that a container wants.
#[derive(Debug, Clone)]
pub struct Spec {
    /// Stack, for names and labels.
    pub stack: StackName,
    /// Stage, for names and labels.
    pub stage: Stage,
    /// Key under `containers`.
    pub container: ContainerName,
    /// `repository:fingerprint`.
    pub image: String,
    /// Which limits apply, and what the container is told.
    pub compute: ComputeKind,
    /// How many tasks.
    pub tasks: u32,
    /// All of it, injected variables included.
    pub environment: BTreeMap<String, SecretString>,
    /// Names of those whose values may be shown.
    pub plain_environment: BTreeSet<String>,
    /// TCP port that the tasks listen on.
    pub port: u16,
    /// Path of the health check.
    pub health_path: String,
    /// Thousandths of a CPU.
    pub cpu_millis: u32,
    /// MiB.
    pub memory_mib: u32,
    /// Longest time to the first byte of an answer, in seconds.
    pub timeout_seconds: u32,
    /// How often it was deployed with `--force`.
    pub forced: u32,
}

/// What of a [`Spec`] stands on the task's label: no value that may be secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// See [`Spec::image`].
    pub image: String,
    /// See [`Spec::compute`].
    pub compute: ComputeKind,
    /// Names, with a keyed hash of each value.
    pub environment: BTreeMap<String, String>,
    /// Those that may be shown, with their values.
    #[serde(default)]
    pub plain_environment: BTreeMap<String, String>,
    /// See [`Spec::port`].
    pub port: u16,
    /// See [`Spec::health_path`].
    pub health_path: String,
    /// See [`Spec::cpu_millis`].
    pub cpu_millis: u32,
    /// See [`Spec::memory_mib`].
    pub memory_mib: u32,
    /// See [`Spec::timeout_seconds`].
    pub timeout_seconds: u32,
    /// See [`Spec::forced`].
    pub forced: u32,
}

/// Eight hex digits that name a revision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub String);

/// A task as the engine reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Id of the engine.
    pub id: String,
    /// Name of the engine's container.
    pub name: String,
    /// Container of the config.
    pub container: ContainerName,
    /// Revision of its specification.
    pub revision: Revision,
    /// Number within the revision, from 0.
    pub index: u32,
    /// Whether its process runs.
    pub running: bool,
    /// Its address on the stage's network, while it runs.
    pub address: Option<IpAddr>,
    /// What its label says, if it is readable.
    pub recorded: Option<Recorded>,
}

impl Task {
    /// It runs, and is on the stage's network.
    pub fn can_be_reached(&self) -> bool {
        self.running && self.address.is_some()
    }
}

impl Spec {
    /// The address of the container in plans.
    pub fn address(&self) -> Address {
        Address::within("container", &self.container)
    }

    /// The target that the routing table knows the container by.
    pub fn tid(&self) -> Tid {
        Tid::of(&self.container)
    }

    /// What the label of its tasks says.
    pub fn recorded(&self, key: &StageKey) -> Recorded {
        let Self {
            stack: _,
            stage: _,
            container: _,
            image,
            compute,
            tasks: _,
            environment,
            plain_environment,
            port,
            health_path,
            cpu_millis,
            memory_mib,
            timeout_seconds,
            forced,
        } = self;
        let hashed = |(name, value): (&String, &SecretString)| {
            let mut hash = key.mac("environment", &[name, value.expose_secret()]);
            hash.truncate(16);
            (name.clone(), hash)
        };
        let plain = plain_environment.iter().filter_map(|name| {
            let value = environment.get(name)?.expose_secret();
            Some((name.clone(), value.to_owned()))
        });
        Recorded {
            image: image.clone(),
            compute: *compute,
            environment: environment.iter().map(hashed).collect(),
            plain_environment: plain.collect(),
            port: *port,
            health_path: health_path.clone(),
            cpu_millis: *cpu_millis,
            memory_mib: *memory_mib,
            timeout_seconds: *timeout_seconds,
            forced: *forced,
        }
    }

    /// The name of what [`Spec::recorded`] describes.
    pub fn revision(&self, key: &StageKey) -> Revision {
        let recorded = serde_json::to_string(&self.recorded(key)).unwrap_or_default();
        let mut name = key.mac("revision", &[&recorded]);
        name.truncate(8);
        Revision(name)
    }

    /// Name of the engine's container for task `index`.
    pub fn task_name(&self, revision: &Revision, index: u32) -> String {
        format!(
            "scf-{}-{}-{}-{}-{index}",
            self.stack, self.stage, self.container, revision.0
        )
    }
}
