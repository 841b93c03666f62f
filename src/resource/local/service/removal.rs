//! Taking tasks away.

use super::{Step, Task};
use crate::{
    names::ContainerName,
    plan::{Action, Address, Change, Graph, Reason, StepId},
    resource::local::{Step as LocalStep, counted},
};

/// Adds the removal of containers that the config no longer has, after `needs`.
pub fn plan_removal(
    container: &ContainerName,
    tasks: &[&Task],
    needs: Vec<StepId>,
    changes: &mut Vec<Change>,
    graph: &mut Graph<LocalStep>,
) {
    let address = Address::within("container", container);
    add(&address, container, tasks, needs, graph);
    changes.push(removal(address, tasks, Reason::NotInConfig));
}

/// Adds the removal of a container with its stage: nothing is in flight any more.
pub fn plan_removal_of_stage(
    container: &ContainerName,
    tasks: &[&Task],
    needs: Vec<StepId>,
    changes: &mut Vec<Change>,
    graph: &mut Graph<LocalStep>,
) -> StepId {
    let address = Address::within("container", container);
    let remove = graph.add(&address, "remove", needs, remove_step(container, tasks));
    changes.push(removal(address, tasks, Reason::StageRemoved));
    remove
}

fn removal(address: Address, tasks: &[&Task], reason: Reason) -> Change {
    Change {
        address,
        action: Action::Delete,
        what: counted(tasks.len(), "task"),
        reasons: vec![reason],
    }
}

/// Adds the removal of tasks that get no requests any more after `needs`.
pub(super) fn add(
    address: &Address,
    container: &ContainerName,
    tasks: &[&Task],
    needs: Vec<StepId>,
    graph: &mut Graph<LocalStep>,
) {
    let ids = tasks.iter().map(|task| task.id.clone()).collect();
    let drain = graph.add(
        address,
        "drain",
        needs,
        LocalStep::Service(Step::Drain {
            container: container.clone(),
            ids,
        }),
    );
    graph.add(address, "remove", [drain], remove_step(container, tasks));
}

fn remove_step(container: &ContainerName, tasks: &[&Task]) -> LocalStep {
    LocalStep::Service(Step::Remove {
        container: container.clone(),
        ids: tasks.iter().map(|task| task.id.clone()).collect(),
    })
}
