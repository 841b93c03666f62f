//! State format `v1`. Frozen: a released field keeps its name and meaning; fixtures of every
//! released version must load. Unknown formats are refused, not guessed at.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::StageKey;
use crate::{
    names::{StackName, Stage},
    plan::StepId,
};

/// Everything that a stage remembers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Always `v1`.
    pub format: Format,
    /// `name` of the config.
    pub name: StackName,
    /// The stage.
    pub stage: Stage,
    /// Raised by each write; makes equal contents distinct.
    pub serial: u64,
    /// The stage's own key.
    pub key: StageKey,
    /// The run that wrote last, with its journal.
    pub run: Option<Run>,
    /// Runs that changed something and ended well, newest last; the last 20.
    #[serde(default)]
    pub deployments: Vec<Deployment>,
    /// What images were built from, by the tag that names their fingerprint: of those that run and
    /// those that were wanted last.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sources: BTreeMap<String, Source>,
}

/// What the fingerprint of an image was made of, so that a later plan can say what moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The commit that was checked out, if there was a repository.
    pub commit: Option<Commit>,
    /// Digest of the files, the Dockerfile left out.
    pub files: String,
    /// Digest of the Dockerfile, if it was built with one.
    pub dockerfile: Option<String>,
    /// The builder of buildpacks, if it was built with them.
    pub builder: Option<String>,
    /// Names of the build arguments, with a keyed hash of each value.
    pub args: BTreeMap<String, String>,
    /// Names of the labels that the config asks for, with a keyed hash of each value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Flags of `docker build` that change what is built, as they are written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// Stage of the Dockerfile.
    pub target: Option<String>,
    /// `os/arch[/variant]`.
    pub platform: Option<String>,
}

/// A commit that was built from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commit {
    /// Its id.
    pub id: String,
    /// Not all that was sent was as it had been committed.
    pub dirty: bool,
}

/// The name of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// This one.
    #[serde(rename = "v1")]
    V1,
}

/// One run and what it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Random, unique.
    pub id: String,
    /// `deploy` or `remove`.
    pub command: String,
    /// When it began to apply its plan.
    pub started: Timestamp,
    /// When it ended, if it did.
    pub ended: Option<Timestamp>,
    /// Digest of the plan that it applies.
    pub plan: String,
    /// What happened, in order.
    pub journal: Vec<Entry>,
}

/// One entry of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// When it happened.
    pub at: Timestamp,
    /// Which step.
    pub step: StepId,
    /// What happened to it.
    pub event: Event,
}

/// What can happen to a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "type", deny_unknown_fields)]
pub enum Event {
    /// It was begun.
    Started,
    /// It ended well.
    Succeeded,
    /// It ended with an error.
    Failed {
        /// The error's text.
        error: String,
    },
    /// It was given up when the run was cancelled; how far it came is not known.
    Cancelled,
    /// It was not begun.
    Skipped {
        /// The failed step that it depends on, if that is why.
        because: Option<StepId>,
    },
}

/// A run that changed something and ended well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// Id of the run.
    pub run: String,
    /// When it ended.
    pub at: Timestamp,
    /// Digest of its plan.
    pub plan: String,
}

const KEPT_DEPLOYMENTS: usize = 20;

impl State {
    /// The state of a stage that has none yet.
    pub fn new(name: StackName, stage: Stage, key: StageKey) -> Self {
        Self {
            format: Format::V1,
            name,
            stage,
            serial: 0,
            key,
            run: None,
            deployments: Vec::new(),
            sources: BTreeMap::new(),
        }
    }

    /// Reads a state.
    ///
    /// # Errors
    /// What is wrong with it: another format, or not the fields of this one.
    pub fn parse(body: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Head {
            format: String,
        }
        let head: Head = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        if head.format != "v1" {
            return Err(format!(
                "it has format {:?}, this release reads \"v1\"",
                head.format
            ));
        }
        serde_json::from_slice(body).map_err(|error| error.to_string())
    }

    /// The state as JSON, for people too.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).unwrap_or_default()
    }

    /// Records the end of the run; a run that changed something becomes a deployment.
    pub fn end_run(&mut self, at: Timestamp, succeeded: bool) {
        let Some(run) = &mut self.run else { return };
        run.ended = Some(at);
        if succeeded && !run.journal.is_empty() {
            let (run, plan) = (run.id.clone(), run.plan.clone());
            self.deployments.push(Deployment { run, at, plan });
            let surplus = self.deployments.len().saturating_sub(KEPT_DEPLOYMENTS);
            self.deployments.drain(..surplus);
        }
    }
}
