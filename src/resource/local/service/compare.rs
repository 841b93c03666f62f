//! Wanted tasks against those that run.

use std::{collections::BTreeMap, net::SocketAddr};

use super::{Revision, Spec, Step, Task, reasons, removal};
use crate::{
    local::{Group, Member},
    plan::{Action, Change, Graph, Reason, StepId},
    resource::local::{Step as LocalStep, counted},
    state::StageKey,
};

/// What the comparison of one container needs to know.
pub struct Comparison<'a> {
    /// Wanted.
    pub want: &'a Spec,
    /// The stage's key.
    pub key: &'a StageKey,
    /// All tasks of the container, of whatever revision.
    pub tasks: Vec<&'a Task>,
    /// Those that the proxy sends requests to.
    pub group: Option<&'a Group>,
    /// What moved the image's fingerprint, as far as it is known.
    pub moved: &'a [Reason],
    /// `--force`.
    pub force: bool,
    /// Steps that come first: the image's build, the network, the proxy.
    pub needs: Vec<StepId>,
    /// Steps that come before old tasks are drained, besides the switch to the new ones.
    pub drain_needs: Vec<StepId>,
}

/// The steps that others order themselves by.
#[derive(Debug, Default)]
pub struct Planned {
    /// New tasks get requests from here on.
    pub switch: Option<StepId>,
}

/// How far the tasks that run are from those that are wanted.
pub(super) struct Standing<'a> {
    revision: Revision,
    /// Tasks that are wanted.
    pub current: Vec<&'a Task>,
    /// Tasks of other revisions, and those beyond the wanted number.
    pub stale: Vec<&'a Task>,
    /// Current tasks that can be reached.
    pub running: usize,
    /// The proxy sends requests to exactly the current tasks, and all of them run.
    registered: bool,
}

impl Comparison<'_> {
    fn standing(&self) -> Standing<'_> {
        let revision = self.want.revision(self.key);
        let (current, stale): (Vec<&Task>, Vec<&Task>) = self
            .tasks
            .iter()
            .copied()
            .partition(|task| task.revision == revision && task.index < self.want.tasks);
        let running = current.iter().filter(|task| task.can_be_reached()).count();
        let registered = running == self.want.tasks as usize
            && is_registered(&current, self.want.port, self.group);
        Standing {
            revision,
            current,
            stale,
            running,
            registered,
        }
    }
}

/// Adds what it takes to have the tasks wanted, and only those, serving.
pub fn plan(
    comparison: Comparison<'_>,
    changes: &mut Vec<Change>,
    graph: &mut Graph<LocalStep>,
) -> Planned {
    let standing = comparison.standing();
    if standing.registered && standing.stale.is_empty() {
        return Planned::default();
    }
    let want = comparison.want;
    let switch = add_rollout(&comparison, &standing, graph);
    if !standing.stale.is_empty() {
        let mut needs = match &switch {
            Some(switch) => vec![switch.clone()],
            None => comparison.needs.clone(),
        };
        needs.extend(comparison.drain_needs.iter().cloned());
        let address = want.address();
        removal::add(&address, &want.container, &standing.stale, needs, graph);
    }
    changes.push(Change {
        address: want.address(),
        action: if comparison.tasks.is_empty() {
            Action::Create
        } else {
            Action::Update
        },
        what: format!(
            "{} of {}, {} MiB, port {}",
            counted(want.tasks as usize, "task"),
            want.compute.as_str(),
            want.memory_mib,
            want.port
        ),
        reasons: reasons::of(&comparison, &standing),
    });
    Planned { switch }
}

/// Starts what is missing, waits for it, and switches to it; returns the switch, unless the proxy
/// sends requests to the wanted tasks already.
fn add_rollout(
    comparison: &Comparison<'_>,
    standing: &Standing<'_>,
    graph: &mut Graph<LocalStep>,
) -> Option<StepId> {
    if standing.registered {
        return None;
    }
    let want = comparison.want;
    let address = want.address();
    let parameters = || (Box::new(want.clone()), standing.revision.clone());
    let mut needs = comparison.needs.clone();
    if standing.running < want.tasks as usize {
        let (spec, revision) = parameters();
        let start = LocalStep::Service(Step::Start { spec, revision });
        needs = vec![graph.add(&address, "start", needs, start)];
    }
    let (spec, revision) = parameters();
    let healthy = LocalStep::Service(Step::Healthy { spec, revision });
    let healthy = graph.add(&address, "healthy", needs, healthy);
    let (spec, revision) = parameters();
    let switch = LocalStep::Service(Step::Switch { spec, revision });
    Some(graph.add(&address, "switch", [healthy], switch))
}

fn is_registered(current: &[&Task], port: u16, group: Option<&Group>) -> bool {
    let Some(group) = group else { return false };
    let by_id: BTreeMap<&str, SocketAddr> = group
        .members
        .iter()
        .map(|Member { id, address }| (id.as_str(), *address))
        .collect();
    by_id.len() == current.len()
        && current.iter().all(|task| {
            let address = task.address.map(|ip| SocketAddr::new(ip, port));
            address.is_some() && by_id.get(task.id.as_str()).copied() == address
        })
}
