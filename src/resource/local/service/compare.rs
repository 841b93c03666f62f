//! Wanted tasks against those that run.

use std::{collections::BTreeMap, net::SocketAddr};

use super::{Recorded, Spec, Step, Task};
use crate::{
    config::ComputeKind,
    local::{Group, Member},
    names::ContainerName,
    plan::{Action, Address, Change, Graph, Reason, StepId},
    resource::local::Step as LocalStep,
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
    /// `--force`.
    pub force: bool,
    /// Steps that come first: the image's build, the network, the proxy.
    pub needs: Vec<StepId>,
}

/// The steps that others order themselves by.
#[derive(Debug, Default)]
pub struct Planned {
    /// New tasks get requests from here on.
    pub switch: Option<StepId>,
}

/// Adds what it takes to have the tasks wanted, and only those, serving.
pub fn plan(
    comparison: Comparison<'_>,
    changes: &mut Vec<Change>,
    graph: &mut Graph<LocalStep>,
) -> Planned {
    let Comparison {
        want,
        key,
        tasks,
        group,
        force: _,
        needs,
    } = &comparison;
    let revision = want.revision(key);
    let (current, stale): (Vec<&Task>, Vec<&Task>) = tasks
        .iter()
        .copied()
        .partition(|task| task.revision == revision && task.index < want.tasks);
    let running = current.iter().filter(|task| task.can_be_reached()).count();
    let complete = running == want.tasks as usize;
    let registered = complete && is_registered(&current, want.port, *group);
    if registered && stale.is_empty() {
        return Planned::default();
    }

    let address = want.address();
    let mut last: Vec<StepId> = needs.clone();
    let step = |step: Step| LocalStep::Service(step);
    if !complete {
        let start = graph.add(
            &address,
            "start",
            last,
            step(Step::Start {
                spec: Box::new((*want).clone()),
                revision: revision.clone(),
            }),
        );
        last = vec![start];
    }
    let mut planned = Planned::default();
    if !registered {
        let healthy = graph.add(
            &address,
            "healthy",
            last,
            step(Step::Healthy {
                spec: Box::new((*want).clone()),
                revision: revision.clone(),
            }),
        );
        let switch = graph.add(
            &address,
            "switch",
            [healthy],
            step(Step::Switch {
                spec: Box::new((*want).clone()),
                revision: revision.clone(),
            }),
        );
        last = vec![switch.clone()];
        planned.switch = Some(switch);
    }
    if !stale.is_empty() {
        add_removal(&address, &want.container, &stale, last, graph);
    }
    changes.push(Change {
        address,
        action: if tasks.is_empty() {
            Action::Create
        } else {
            Action::Update
        },
        what: describe(want),
        reasons: reasons(&comparison, &current, &stale, running),
    });
    planned
}

/// Adds the removal of containers that the config no longer has, after `needs`.
pub fn plan_removal(
    container: &ContainerName,
    tasks: &[&Task],
    needs: Vec<StepId>,
    changes: &mut Vec<Change>,
    graph: &mut Graph<LocalStep>,
) {
    let address = Address::within("container", container);
    add_removal(&address, container, tasks, needs, graph);
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
    let what = format!("{} {}", tasks.len(), plural(tasks.len(), "task"));
    Change {
        address,
        action: Action::Delete,
        what,
        reasons: vec![reason],
    }
}

fn add_removal(
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

fn describe(want: &Spec) -> String {
    let kind = match want.compute {
        ComputeKind::AwsLambda => "awsLambda",
        ComputeKind::AwsFargateEcs => "awsFargateEcs",
    };
    format!(
        "{} {} of {kind}, {} MiB, port {}",
        want.tasks,
        plural(want.tasks as usize, "task"),
        want.memory_mib,
        want.port
    )
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 {
        noun.to_owned()
    } else {
        format!("{noun}s")
    }
}

fn reasons(
    comparison: &Comparison<'_>,
    current: &[&Task],
    stale: &[&Task],
    running: usize,
) -> Vec<Reason> {
    let Comparison {
        want,
        key,
        tasks,
        group,
        force,
        needs: _,
    } = comparison;
    if tasks.is_empty() {
        return vec![Reason::New];
    }
    let serves = |task: &&&Task| {
        group.is_some_and(|group| group.members.iter().any(|member| member.id == task.id))
    };
    let mut reasons = Vec::new();
    if *force {
        reasons.push(Reason::Forced);
    }
    let before = stale.iter().find(serves).or_else(|| stale.first());
    match before.and_then(|task| task.recorded.as_ref()) {
        Some(recorded) if current.is_empty() => {
            reasons.extend(differences(recorded, &want.recorded(key)));
        }
        None if current.is_empty() => {
            reasons.push(Reason::ChangedOutside("its label is not readable".into()))
        }
        _ => {}
    }
    if !current.is_empty() {
        let wanted = want.tasks as usize;
        if current.iter().any(|task| serves(&task)) && running < wanted {
            let recorded = group.map_or(0, |group| group.members.len());
            reasons.push(if recorded < wanted {
                Reason::Field {
                    name: "tasks".into(),
                    from: recorded.to_string(),
                    to: wanted.to_string(),
                }
            } else {
                Reason::ChangedOutside(format!("{running} of {wanted} tasks running"))
            });
        } else if !current.iter().all(|task| serves(&task)) {
            reasons.push(Reason::Unfinished(
                "tasks were started, but get no requests".into(),
            ));
        }
        if !stale.is_empty() {
            let surplus = stale
                .iter()
                .all(|task| task.revision == current[0].revision);
            reasons.push(if surplus {
                let now = current.len() + stale.len();
                Reason::Field {
                    name: "tasks".into(),
                    from: now.to_string(),
                    to: wanted.to_string(),
                }
            } else {
                Reason::Unfinished("old tasks are still there".into())
            });
        }
    }
    if reasons.is_empty() {
        reasons.push(Reason::ChangedOutside("the addresses of its tasks".into()));
    }
    reasons
}

/// What differs between the label of a running task and what is wanted.
fn differences(from: &Recorded, to: &Recorded) -> Vec<Reason> {
    let Recorded {
        image,
        compute,
        environment,
        port,
        health_path,
        cpu_millis,
        memory_mib,
        timeout_seconds,
        forced: _,
    } = from;
    let mut reasons = Vec::new();
    if *image != to.image {
        reasons.push(Reason::ImageChanged);
    }
    let mut field = |name: &str, from: String, to: String| {
        if from != to {
            reasons.push(Reason::Field {
                name: name.to_owned(),
                from,
                to,
            });
        }
    };
    field(
        "compute.type",
        format!("{compute:?}"),
        format!("{:?}", to.compute),
    );
    field("port", port.to_string(), to.port.to_string());
    field(
        "pathHealthCheck",
        health_path.clone(),
        to.health_path.clone(),
    );
    field("cpu", cpu_millis.to_string(), to.cpu_millis.to_string());
    field("memory", memory_mib.to_string(), to.memory_mib.to_string());
    field(
        "timeout",
        timeout_seconds.to_string(),
        to.timeout_seconds.to_string(),
    );
    reasons.extend(environment_differences(environment, &to.environment));
    reasons
}

fn environment_differences(
    from: &BTreeMap<String, String>,
    to: &BTreeMap<String, String>,
) -> Vec<Reason> {
    let added = to
        .keys()
        .filter(|name| !from.contains_key(*name))
        .cloned()
        .collect();
    let removed = from
        .keys()
        .filter(|name| !to.contains_key(*name))
        .cloned()
        .collect();
    let changed = to
        .iter()
        .filter(|(name, hash)| from.get(*name).is_some_and(|old| old != *hash))
        .map(|(name, _)| name.clone())
        .collect();
    [("added", added), ("changed", changed), ("removed", removed)]
        .into_iter()
        .filter(|(_, names): &(_, Vec<String>)| !names.is_empty())
        .map(|(how, names)| Reason::Environment { how, names })
        .collect()
}
