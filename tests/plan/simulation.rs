//! Carries out a plan on plain data, as the engine and the proxy would, and watches that no request
//! could have been lost on the way.

use std::collections::BTreeSet;

use scf::{
    edge::Tid,
    local::Document,
    plan::{Graph, Plan, StepId},
    resource::local::{Step, image, network, proxy, routes, service},
    state::StageKey,
};

use crate::fixture::{Shop, group, network_of, proxy_runs, task};

/// How far a run comes, and in which of the allowed orders.
#[derive(Debug, Clone)]
pub struct Course {
    /// Steps that end; the run is killed in the next one.
    pub steps: usize,
    /// Chooses among the steps that are ready.
    pub dice: Vec<u8>,
}

impl Course {
    /// To the end.
    pub fn whole() -> Self {
        Self {
            steps: usize::MAX,
            dice: vec![0],
        }
    }
}

impl Shop {
    /// Runs its plan. Returns whether the run came to its end.
    pub fn run(&mut self, course: &Course) -> bool {
        self.carry_out(&self.plan(), course)
    }

    /// Runs a plan. Returns whether the run came to its end.
    pub fn carry_out(&mut self, plan: &Plan<Step>, course: &Course) -> bool {
        let mut done = BTreeSet::new();
        for number in 0.. {
            let ready = ready(&plan.graph, &done);
            let dice = usize::from(course.dice[number % course.dice.len()]);
            let Some(next) = ready.get(dice % ready.len().max(1)) else {
                break;
            };
            let step = &plan.graph.nodes()[next].step;
            if number >= course.steps {
                self.begin(step);
                return false;
            }
            self.complete(step);
            done.insert(next.clone());
        }
        assert_eq!(done.len(), plan.graph.nodes().len(), "no step is stuck");
        true
    }

    /// A step that is killed in its middle.
    fn begin(&mut self, step: &Step) {
        if let Step::Service(service::Step::Start { spec, .. }) = step {
            let mut first = task(spec, &self.key, "engine", 0);
            if self.have.tasks.iter().all(|known| known.name != first.name) {
                first.running = false;
                first.address = None;
                self.have.tasks.push(first);
            }
        }
        if let Step::Service(service::Step::Remove { ids, .. }) = step {
            let first = ids.first();
            self.have.tasks.retain(|task| Some(&task.id) != first);
        }
    }

    fn complete(&mut self, step: &Step) {
        match step {
            Step::Network(network::Step::Create(_)) => {
                self.have.networks = vec![network_of("engine")];
            }
            Step::Network(network::Step::Remove(_)) => {
                assert!(self.have.tasks.is_empty(), "tasks lose their network");
                self.have.networks.clear();
            }
            Step::Image(image::Step::Build(spec)) => self.have.images.push(image::Observed {
                id: format!("sha256:{}", spec.source.fingerprint),
                tags: vec![spec.tag()],
            }),
            Step::Image(image::Step::Remove(_)) => self.have.images.clear(),
            Step::Service(step) => self.complete_service(step),
            Step::Routes(routes::Step::Publish(table)) => {
                let named: BTreeSet<Tid> =
                    table.routes.iter().map(|route| route.tid.clone()).collect();
                let document = self.document();
                document.routes.clone_from(&table.routes);
                document.groups.retain(|tid, _| named.contains(tid));
                document.version += 1;
            }
            Step::Proxy(proxy::Step::Start { .. } | proxy::Step::Reload) => {
                self.have.proxy = proxy_runs(true, true);
            }
            Step::Proxy(proxy::Step::Stop) => self.have.proxy = proxy::Observed::Absent,
        }
        self.assert_routes_are_served();
    }

    fn complete_service(&mut self, step: &service::Step) {
        match step {
            service::Step::Start { spec, .. } => {
                assert!(!self.have.networks.is_empty(), "no network to start in");
                let has_image = |image: &image::Observed| image.tags.contains(&spec.image);
                assert!(self.have.images.iter().any(has_image), "no image to start");
                for index in 0..spec.tasks {
                    let wanted = task(spec, &self.key, "engine", index);
                    self.have
                        .tasks
                        .retain(|known| known.name != wanted.name || known.running);
                    if self
                        .have
                        .tasks
                        .iter()
                        .all(|known| known.name != wanted.name)
                    {
                        self.have.tasks.push(wanted);
                    }
                }
            }
            service::Step::Healthy { spec, .. } => {
                assert_eq!(self.tasks_for(spec).len(), spec.tasks as usize);
            }
            service::Step::Switch { spec, .. } => {
                assert!(!matches!(self.have.proxy, proxy::Observed::Absent));
                let tasks = self.tasks_for(spec);
                assert_eq!(tasks.len(), spec.tasks as usize, "all new tasks are there");
                self.document()
                    .groups
                    .insert(spec.tid(), group(spec, &tasks));
            }
            service::Step::Drain { ids, .. } | service::Step::Remove { ids, .. } => {
                let members = self
                    .have
                    .document
                    .iter()
                    .flat_map(|document| document.groups.values());
                let proxy_runs = !matches!(self.have.proxy, proxy::Observed::Absent);
                for member in members.flat_map(|group| &group.members) {
                    assert!(
                        !proxy_runs || !ids.contains(&member.id),
                        "{step:?} hits {member:?}"
                    );
                }
                if matches!(step, service::Step::Remove { .. }) {
                    self.have.tasks.retain(|task| !ids.contains(&task.id));
                }
            }
        }
    }

    /// Whatever is published leads to a running task, from the first publication on.
    fn assert_routes_are_served(&self) {
        let Some(document) = &self.have.document else {
            return;
        };
        if matches!(self.have.proxy, proxy::Observed::Absent) {
            return;
        }
        for route in &document.routes {
            let members = &document.groups[&route.tid].members;
            assert!(!members.is_empty(), "{route:?} has no task");
            for member in members {
                let task = self.have.tasks.iter().find(|task| task.id == member.id);
                assert!(
                    task.is_some_and(|task| task.running),
                    "{route:?} leads to {task:?}"
                );
            }
        }
    }

    fn tasks_for(&self, spec: &service::Spec) -> Vec<service::Task> {
        let revision = spec.revision(&self.key);
        let mine = |task: &&service::Task| {
            task.running
                && task.revision == revision
                && task.container == spec.container
                && task.index < spec.tasks
        };
        self.have.tasks.iter().filter(mine).cloned().collect()
    }

    fn document(&mut self) -> &mut Document {
        self.have.document.get_or_insert_default()
    }

    /// Another life of the same stage.
    pub fn with_key(key: StageKey) -> Self {
        Self { key, ..Self::new() }
    }
}

fn ready(graph: &Graph<Step>, done: &BTreeSet<StepId>) -> Vec<StepId> {
    let nodes = graph.nodes().iter();
    let open = nodes.filter(|(id, node)| !done.contains(id) && node.needs.is_subset(done));
    open.map(|(id, _)| id.clone()).collect()
}
