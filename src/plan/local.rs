//! Puts the local kinds together: which steps, in which order.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, Graph, Plan, StepId, Target};
use crate::{
    edge::{RouteTable, Tid},
    local::Document,
    names::{ContainerName, StackName, Stage},
    resource::local::{Step, image, network, proxy, routes, service},
    state::StageKey,
};

/// What the config wants on this machine.
#[derive(Debug, Clone)]
pub struct Desired {
    /// `name` of the config.
    pub stack: StackName,
    /// The stage.
    pub stage: Stage,
    /// Image and tasks of each container.
    pub containers: Vec<(image::Spec, service::Spec)>,
    /// Who gets which requests.
    pub routes: RouteTable,
}

/// What is there.
#[derive(Debug, Clone)]
pub struct Observed {
    /// Networks with the stage's labels.
    pub networks: Vec<network::Observed>,
    /// Images with the stack's labels.
    pub images: Vec<image::Observed>,
    /// Tasks with the stage's labels, running or not.
    pub tasks: Vec<service::Task>,
    /// What the edge was last told, unless that is lost.
    pub document: Option<Document>,
    /// The embedded proxy.
    pub proxy: proxy::Observed,
}

impl Observed {
    /// Tags of the images that tasks were started from, running or not.
    pub fn images_that_run(&self) -> impl Iterator<Item = &str> {
        let recorded = self.tasks.iter().filter_map(|task| task.recorded.as_ref());
        recorded.map(|recorded| recorded.image.as_str())
    }

    /// Tag of the image that answers a container's requests; with no task that does, of any.
    pub fn serving_image(&self, container: &ContainerName) -> Option<&str> {
        let groups = self.document.as_ref().map(|document| &document.groups);
        let group = groups.and_then(|groups| groups.get(&Tid::of(container)));
        let members = group.map_or(&[][..], |group| &group.members);
        let tasks: Vec<&service::Task> = self
            .tasks
            .iter()
            .filter(|task| task.container == *container)
            .collect();
        let serves = |task: &&&service::Task| members.iter().any(|member| member.id == task.id);
        let task = tasks.iter().find(serves).or_else(|| tasks.first())?;
        task.recorded
            .as_ref()
            .map(|recorded| recorded.image.as_str())
    }

    fn tasks_by_container(&self) -> BTreeMap<&ContainerName, Vec<&service::Task>> {
        let mut by_container = BTreeMap::<_, Vec<_>>::new();
        for task in &self.tasks {
            by_container.entry(&task.container).or_default().push(task);
        }
        by_container
    }
}

/// The plan that leads from `have` to `want`.
pub fn plan(want: &Desired, have: &Observed, key: &StageKey, force: bool) -> Plan<Step> {
    let mut changes = Vec::new();
    let mut graph = Graph::default();
    let network = network::Spec {
        name: network::name(&want.stack, &want.stage),
        stack: want.stack.clone(),
        stage: want.stage.clone(),
        key: key.clone(),
    };
    let network = network::plan(&network, &have.networks, &mut changes, &mut graph);
    let has_table = has_table(have);
    let proxy = proxy::plan(&have.proxy, has_table, &mut changes, &mut graph);
    let first: Vec<StepId> = network.into_iter().chain(proxy).collect();

    let tasks = have.tasks_by_container();
    let groups = have.document.as_ref().map(|document| &document.groups);
    let drain_needs = if has_table {
        Vec::new()
    } else {
        vec![routes::publish_step()]
    };
    let mut new_targets = Vec::new();
    for (image, spec) in &want.containers {
        let moved = image.moved.as_slice();
        let build = image::plan(image, &have.images, force, &mut changes, &mut graph);
        let group = groups.and_then(|groups| groups.get(&spec.tid()));
        let comparison = service::Comparison {
            want: spec,
            key,
            tasks: tasks.get(&spec.container).cloned().unwrap_or_default(),
            group,
            moved,
            force,
            needs: first.iter().cloned().chain(build).collect(),
            drain_needs: drain_needs.clone(),
        };
        let planned = service::plan(comparison, &mut changes, &mut graph);
        // A route is given to a target that can serve it, not to what ran there before.
        if group.is_none() || gains_a_route(&spec.tid(), &want.routes, have.document.as_ref()) {
            new_targets.extend(planned.switch);
        }
    }

    let needs = new_targets.into_iter().chain(first.clone()).collect();
    let publish = routes::plan(
        &want.routes,
        have.document.as_ref(),
        needs,
        &mut changes,
        &mut graph,
    );
    let before: Vec<StepId> = first.into_iter().chain(publish).collect();
    remove_what_is_not_wanted(want, have, &before, &mut changes, &mut graph);
    Plan {
        stack: want.stack.clone(),
        stage: want.stage.clone(),
        target: Target::Local,
        changes,
        graph,
    }
}

/// Whether the document has a table. One that was lost, or begun anew by a run that was cut off, has
/// none: then the proxy may still serve the old one, until this plan publishes another.
fn has_table(have: &Observed) -> bool {
    let document = have.document.as_ref();
    document.is_some_and(|document| document.version > 0)
}

fn gains_a_route(tid: &Tid, want: &RouteTable, have: Option<&Document>) -> bool {
    let now = have.map(|document| document.routes.as_slice());
    want.routes
        .iter()
        .any(|route| route.tid == *tid && !now.unwrap_or_default().contains(route))
}

/// Containers that left the config go when the proxy serves a table that no longer names them: the
/// one that this plan publishes, or the one that an interrupted run wrote and this plan has it read.
fn remove_what_is_not_wanted(
    want: &Desired,
    have: &Observed,
    before: &[StepId],
    changes: &mut Vec<Change>,
    graph: &mut Graph<Step>,
) {
    let wanted: BTreeSet<&ContainerName> = want
        .containers
        .iter()
        .map(|(_, spec)| &spec.container)
        .collect();
    for (container, tasks) in have.tasks_by_container() {
        if !wanted.contains(container) {
            service::plan_removal(container, &tasks, before.to_vec(), changes, graph);
        }
    }
}

/// The plan that leaves nothing of the stage.
pub fn plan_removal(stack: &StackName, stage: &Stage, have: &Observed) -> Plan<Step> {
    let mut changes = Vec::new();
    let mut graph = Graph::default();
    let proxy: Vec<StepId> = proxy::plan_removal(&have.proxy, &mut changes, &mut graph)
        .into_iter()
        .collect();
    let removed: Vec<StepId> = have
        .tasks_by_container()
        .into_iter()
        .map(|(container, tasks)| {
            service::plan_removal_of_stage(
                container,
                &tasks,
                proxy.clone(),
                &mut changes,
                &mut graph,
            )
        })
        .collect();
    network::plan_removal(&have.networks, removed.clone(), &mut changes, &mut graph);
    image::plan_removal(&have.images, removed, &mut changes, &mut graph);
    Plan {
        stack: stack.clone(),
        stage: stage.clone(),
        target: Target::Local,
        changes,
        graph,
    }
}

/// How often the container was forced so far, by what runs.
pub fn forced_so_far(tasks: &[service::Task], container: &ContainerName) -> u32 {
    tasks
        .iter()
        .filter(|task| task.container == *container)
        .filter_map(|task| task.recorded.as_ref())
        .map(|recorded| recorded.forced)
        .max()
        .unwrap_or(0)
}
