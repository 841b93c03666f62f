//! The steps of a plan and what each needs to have happened before.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use petgraph::{algo::toposort, graphmap::DiGraphMap};
use serde::{Deserialize, Serialize};

use super::Address;

/// Name of a step, unique in its plan: `container.api/start`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepId(String);

impl StepId {
    /// The step `verb` of the change at `address`.
    pub fn new(address: &Address, verb: &str) -> Self {
        Self(format!("{address}/{verb}"))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A step in its place.
#[derive(Debug, Clone)]
pub struct Node<S> {
    /// The change that it is a part of.
    pub change: Address,
    /// Steps that must have succeeded before.
    pub needs: BTreeSet<StepId>,
    /// What to do: data, until `apply` runs it.
    pub step: S,
}

/// Steps by name. Acyclic and closed (every need is a step): [`Graph::check`] proves it.
#[derive(Debug, Clone)]
pub struct Graph<S> {
    nodes: BTreeMap<StepId, Node<S>>,
}

/// A defect of a plan, found before anything is done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// A step needs one that is not in the plan.
    #[error("step {step} needs {missing}, which is not in the plan")]
    Missing {
        /// The step.
        step: StepId,
        /// What it needs.
        missing: StepId,
    },
    /// A step needs itself, through others or at once.
    #[error("step {0} needs itself")]
    Cycle(StepId),
}

impl<S> Default for Graph<S> {
    fn default() -> Self {
        Self {
            nodes: BTreeMap::new(),
        }
    }
}

impl<S> Graph<S> {
    /// Adds a step of the change at `address` and returns its name.
    pub fn add(
        &mut self,
        address: &Address,
        verb: &str,
        needs: impl IntoIterator<Item = StepId>,
        step: S,
    ) -> StepId {
        let id = StepId::new(address, verb);
        let node = Node {
            change: address.clone(),
            needs: needs.into_iter().collect(),
            step,
        };
        self.nodes.insert(id.clone(), node);
        id
    }

    /// All steps, by name.
    pub fn nodes(&self) -> &BTreeMap<StepId, Node<S>> {
        &self.nodes
    }

    /// Whether the plan has this step.
    pub fn contains(&self, id: &StepId) -> bool {
        self.nodes.contains_key(id)
    }

    /// An order in which every step comes after what it needs.
    ///
    /// # Errors
    /// A need that is not in the plan, or a cycle.
    pub fn check(&self) -> Result<Vec<StepId>, GraphError> {
        let mut edges = DiGraphMap::<&StepId, ()>::new();
        for (id, node) in &self.nodes {
            edges.add_node(id);
            for need in &node.needs {
                if !self.nodes.contains_key(need) {
                    return Err(GraphError::Missing {
                        step: id.clone(),
                        missing: need.clone(),
                    });
                }
                edges.add_edge(need, id, ());
            }
        }
        match toposort(&edges, None) {
            Ok(order) => Ok(order.into_iter().cloned().collect()),
            Err(cycle) => Err(GraphError::Cycle(cycle.node_id().clone())),
        }
    }
}
