//! What the edge of a stage knows: the key-value store of the routing function, and the tasks
//! behind each of its targets. One file, replaced as a whole, so that it is never half new.

use std::{collections::BTreeMap, net::SocketAddr};

use serde::{Deserialize, Serialize};

use crate::{
    config::ComputeKind,
    edge::{KeyValues, KeyValuesError, OriginKind, Route, Tid},
};

/// Everything that the proxy serves from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Version of the routing table.
    pub version: u64,
    /// The table as it was wanted.
    pub routes: Vec<Route>,
    /// The table as the routing function reads it, and its targets.
    pub keys: BTreeMap<String, String>,
    /// The tasks behind each target.
    pub groups: BTreeMap<Tid, Group>,
}

/// A target group: the tasks of one container that get requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Decides the limits.
    pub compute: ComputeKind,
    /// Longest time to the first byte, in seconds.
    pub timeout_seconds: u32,
    /// Raised by each cutover.
    pub generation: u64,
    /// What the routing function must send along, as the load balancer's rule would demand.
    pub secret: String,
    /// The tasks.
    pub members: Vec<Member>,
}

/// One task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Id of the engine.
    pub id: String,
    /// Where it listens, on the stage's network.
    pub address: SocketAddr,
}

impl Document {
    /// The generation of a target's next cutover.
    pub fn next_generation(&self, tid: &Tid) -> u64 {
        self.groups.get(tid).map_or(1, |group| group.generation + 1)
    }
}

impl KeyValues for Document {
    fn get(&self, key: &str) -> Result<Option<String>, KeyValuesError> {
        Ok(self.keys.get(key).cloned())
    }
}

const LAMBDA_SUFFIX: &str = ".lambda-url.internal";
const LOAD_BALANCER: &str = "alb.internal";

/// The domain that the routing function is given for a target. It has no address: the proxy knows
/// which group is meant.
pub fn domain_of(kind: OriginKind, tid: &Tid) -> String {
    match kind {
        OriginKind::Lambda => format!("{}{LAMBDA_SUFFIX}", tid.as_str()),
        OriginKind::Alb => LOAD_BALANCER.to_owned(),
    }
}

impl Document {
    /// The group that an origin stands for. As behind a load balancer, a target without its secret
    /// header does not exist.
    pub fn group_of(&self, domain: &str, target_header: Option<&str>) -> Option<(&Tid, &Group)> {
        if let Some(tid) = domain.strip_suffix(LAMBDA_SUFFIX) {
            return self.groups.iter().find(|(known, _)| known.as_str() == tid);
        }
        let (secret, tid) = target_header
            .filter(|_| domain == LOAD_BALANCER)?
            .rsplit_once('.')?;
        self.groups
            .iter()
            .find(|(known, group)| known.as_str() == tid && group.secret == secret)
    }
}
