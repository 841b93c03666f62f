//! A digest that is equal for equal plans, wherever they are made.
//!
//! It covers what will be done: the changes without their reasons, the steps with their public
//! parameters, and their order. It covers nothing that differs between two machines with equal
//! inputs: no clock, no path, no random value, no engine id. A reviewer approves a digest, and
//! `deploy` refuses to run another plan.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Change, Plan, PlannedStep};

/// SHA-256 over the canonical JSON of a plan, in lower-case hex.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct PlanDigest(String);

impl PlanDigest {
    /// All 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PlanDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<S: PlannedStep> Plan<S> {
    /// The digest of this plan.
    pub fn digest(&self) -> PlanDigest {
        let changes: Vec<Value> = self.changes.iter().map(public_change).collect();
        let steps: BTreeMap<&str, Value> = self
            .graph
            .nodes()
            .iter()
            .map(|(id, node)| {
                (
                    id.as_str(),
                    json!({ "needs": node.needs, "does": node.step.public() }),
                )
            })
            .collect();
        // serde_json keeps maps sorted by key: equal values are equal texts.
        let canonical = json!({
            "format": "v1",
            "name": self.stack,
            "stage": self.stage,
            "target": self.target,
            "changes": changes,
            "steps": steps,
        });
        PlanDigest(hex(&Sha256::digest(canonical.to_string())))
    }
}

fn public_change(change: &Change) -> Value {
    // Reasons tell how the reviewer's machine came to the change, not what will be done.
    let Change {
        address,
        action,
        what,
        reasons: _,
    } = change;
    json!({ "address": address, "action": action, "what": what })
}

/// Bytes as lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
