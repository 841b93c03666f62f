//! The bridge network of a stage. Its labels carry the stage's key, so that a lost state is
//! rebuilt from the engine alone.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    apply::StepError,
    local::{Context, labels},
    names::{StackName, Stage},
    plan::{Action, Address, Change, Graph, Reason, StepId},
    state::StageKey,
};

/// The network that a stage wants.
#[derive(Debug, Clone)]
pub struct Spec {
    /// `scf-<stack>-<stage>`.
    pub name: String,
    /// Stack of the stage, for the labels.
    pub stack: StackName,
    /// Stage, for the labels.
    pub stage: Stage,
    /// The stage's key, for the labels.
    pub key: StageKey,
}

/// The network that the engine has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Id of the engine.
    pub id: String,
    /// Name of the network.
    pub name: String,
    /// The key in its labels, if it is readable.
    pub key: Option<StageKey>,
}

/// What can be done to the network.
#[derive(Debug, Clone)]
pub enum Step {
    /// Make it, unless one of this name exists.
    Create(Spec),
    /// Remove the networks, and disconnect first what still hangs on them.
    Remove(Vec<Observed>),
}

/// `scf-<stack>-<stage>`.
pub fn name(stack: &StackName, stage: &Stage) -> String {
    format!("scf-{stack}-{stage}")
}

/// The address of the network in plans.
pub fn address() -> Address {
    Address::of("network")
}

/// Adds what is missing; returns the step that others wait for, if any.
pub fn plan(
    want: &Spec,
    have: &[Observed],
    changes: &mut Vec<Change>,
    graph: &mut Graph<super::Step>,
) -> Option<StepId> {
    if have.iter().any(|network| network.name == want.name) {
        return None;
    }
    changes.push(Change {
        address: address(),
        action: Action::Create,
        what: want.name.clone(),
        reasons: vec![Reason::New],
    });
    Some(graph.add(
        &address(),
        "create",
        [],
        super::Step::Network(Step::Create(want.clone())),
    ))
}

/// Adds the removal of what is there, after `needs`.
pub fn plan_removal(
    have: &[Observed],
    needs: Vec<StepId>,
    changes: &mut Vec<Change>,
    graph: &mut Graph<super::Step>,
) {
    let Some(first) = have.first() else { return };
    changes.push(Change {
        address: address(),
        action: Action::Delete,
        what: first.name.clone(),
        reasons: vec![Reason::StageRemoved],
    });
    graph.add(
        &address(),
        "remove",
        needs,
        super::Step::Network(Step::Remove(have.to_vec())),
    );
}

impl Step {
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Create(spec) => format!("create network {}", spec.name),
            Self::Remove(_) => "remove the network".to_owned(),
        }
    }

    pub(super) fn public(&self) -> Value {
        match self {
            // The key is random: never part of a digest.
            Self::Create(Spec {
                name,
                stack: _,
                stage: _,
                key: _,
            }) => json!({ "create": name }),
            Self::Remove(networks) => {
                json!({ "remove": networks.iter().map(|network| &network.name).collect::<Vec<_>>() })
            }
        }
    }

    pub(super) async fn run(&self, cx: &Context) -> Result<(), StepError> {
        match self {
            Self::Create(spec) => create(spec, cx).await,
            Self::Remove(networks) => {
                for network in networks {
                    cx.engine.remove_network(&network.id).await?;
                }
                Ok(())
            }
        }
    }
}

async fn create(spec: &Spec, cx: &Context) -> Result<(), StepError> {
    // A run that was killed may have made it: the engine does not refuse a second one of a name.
    let reader = cx.engine.reader();
    let existing = reader.networks(&spec.stack, &spec.stage).await?;
    if existing.iter().all(|network| network.name != spec.name) {
        let labels: BTreeMap<String, String> = labels::network(&spec.stack, &spec.stage, &spec.key);
        cx.engine.create_network(&spec.name, labels).await?;
    }
    cx.join_network(&spec.name).await?;
    Ok(())
}
