//! Carries out plans on plain data, as the engine and the proxy would, and watches that no request
//! could have been lost on the way.

use std::collections::BTreeSet;

use scf::{
    edge::Tid,
    local::{Document, Member},
    plan::{Graph, Plan, StepId},
    resource::local::{Step, image, network, proxy, routes, service},
    state::StageKey,
};

use crate::fixture::{Shop, cutover, network_of, proxy_runs, task};

/// Domain and path of a route.
type Place = (Option<String>, String);

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

/// What somebody else does between two runs.
#[derive(Debug, Clone)]
pub enum Damage {
    StopTask(usize),
    RemoveTask(usize),
    MoveTask(usize),
    RemoveImages,
    KillProxy,
    LoseDocument,
    NewBuild,
}

impl Shop {
    /// Another life of the same stage.
    pub fn with_key(key: StageKey) -> Self {
        Self { key, ..Self::new() }
    }

    pub fn suffer(&mut self, damage: &Damage) {
        let count = self.have.tasks.len().max(1);
        match damage {
            Damage::StopTask(index) => {
                if let Some(task) = self.have.tasks.get_mut(index % count) {
                    task.running = false;
                    task.address = None;
                }
            }
            Damage::RemoveTask(index) if !self.have.tasks.is_empty() => {
                self.have.tasks.remove(index % count);
            }
            Damage::MoveTask(index) => {
                if let Some(task) = self.have.tasks.get_mut(index % count) {
                    task.address = task.address.map(|_| [10, 0, 0, 1].into());
                }
            }
            Damage::RemoveImages => self.have.images.clear(),
            Damage::KillProxy => self.have.proxy = proxy::Observed::Absent,
            Damage::LoseDocument => self.have.document = None,
            Damage::NewBuild if self.proxy_runs() => self.have.proxy = proxy_runs(false, true),
            Damage::RemoveTask(_) | Damage::NewBuild => {}
        }
        self.look();
    }

    /// The plan for what there is now.
    pub fn replan(&mut self) -> Plan<Step> {
        self.look();
        self.plan()
    }

    /// Runs its plan. Returns whether the run came to its end.
    pub fn run(&mut self, course: &Course) -> bool {
        let plan = self.replan();
        self.carry_out(&plan, course)
    }

    /// Runs a plan. Returns whether the run came to its end.
    pub fn carry_out(&mut self, plan: &Plan<Step>, course: &Course) -> bool {
        let reachable = self.promised();
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
            self.assert_no_worse(&reachable, step);
            done.insert(next.clone());
        }
        assert_eq!(done.len(), plan.graph.nodes().len(), "no step is stuck");
        true
    }

    fn proxy_runs(&self) -> bool {
        matches!(self.have.proxy, proxy::Observed::Running { .. })
    }

    fn is_same_build(&self) -> bool {
        matches!(
            self.have.proxy,
            proxy::Observed::Running {
                same_build: true,
                ..
            }
        )
    }

    /// What gathering would see of the proxy.
    fn look(&mut self) {
        let on_disk = self.have.document.clone().unwrap_or_default();
        if let proxy::Observed::Running { current, .. } = &mut self.have.proxy {
            *current = on_disk == self.served;
        }
    }

    /// A step that is killed in its middle.
    fn begin(&mut self, step: &Step) {
        match step {
            Step::Service(service::Step::Start { spec, .. }) => {
                let mut first = task(spec, &self.key, "engine", 0);
                if self.have.tasks.iter().all(|known| known.name != first.name) {
                    first.running = false;
                    first.address = None;
                    self.have.tasks.push(first);
                }
            }
            Step::Service(service::Step::Remove { ids, .. }) => {
                let first = ids.first();
                self.have.tasks.retain(|task| Some(&task.id) != first);
            }
            // Written, but the proxy has not heard of it.
            Step::Service(service::Step::Switch { spec, .. }) => self.write_cutover(spec),
            Step::Routes(routes::Step::Publish(table)) => self.document().publish(table).unwrap(),
            Step::Proxy(proxy::Step::Start { replace: true }) => {
                self.have.proxy = proxy::Observed::Absent;
            }
            _ => {}
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
                self.document().publish(table).unwrap();
                self.load();
            }
            Step::Proxy(proxy::Step::Start { .. }) => {
                self.served = self.have.document.clone().unwrap_or_default();
                self.have.proxy = proxy_runs(true, true);
            }
            Step::Proxy(proxy::Step::Reload) => self.load(),
            Step::Proxy(proxy::Step::Stop) => self.have.proxy = proxy::Observed::Absent,
        }
    }

    fn complete_service(&mut self, step: &service::Step) {
        match step {
            service::Step::Start { spec, .. } => {
                assert!(!self.have.networks.is_empty(), "no network to start in");
                let has_image = |image: &image::Observed| image.tags.contains(&spec.image);
                let missing = self.tasks_for(spec).len() < spec.tasks as usize;
                // A container that exists is started without its image.
                let all_exist = self.existing(spec) == spec.tasks as usize;
                assert!(
                    !missing || all_exist || self.have.images.iter().any(has_image),
                    "no image to start"
                );
                self.start(spec);
            }
            service::Step::Healthy { spec, .. } => {
                assert_eq!(self.tasks_for(spec).len(), spec.tasks as usize);
            }
            service::Step::Switch { spec, .. } => {
                assert!(self.proxy_runs());
                let tasks = self.tasks_for(spec);
                assert_eq!(tasks.len(), spec.tasks as usize, "all new tasks are there");
                self.write_cutover(spec);
                self.load();
            }
            service::Step::Drain { ids, .. } => self.assert_unused(ids, step),
            service::Step::Remove { ids, .. } => {
                self.assert_unused(ids, step);
                self.have.tasks.retain(|task| !ids.contains(&task.id));
            }
        }
    }

    fn start(&mut self, spec: &service::Spec) {
        for index in 0..spec.tasks {
            let wanted = task(spec, &self.key, "engine", index);
            let tasks = &mut self.have.tasks;
            tasks.retain(|known| known.name != wanted.name || known.running);
            if tasks.iter().all(|known| known.name != wanted.name) {
                tasks.push(wanted);
            }
        }
    }

    /// The edge's store: a change is served when it is written, once there is a table.
    fn load(&mut self) {
        let document = self.document().clone();
        if document.version > 0 {
            self.served = document;
        }
    }

    fn write_cutover(&mut self, spec: &service::Spec) {
        let tasks = self.tasks_for(spec);
        self.document().cut_over(cutover(spec, &tasks)).unwrap();
    }

    fn assert_unused(&self, ids: &[String], step: &service::Step) {
        if !self.proxy_runs() {
            return;
        }
        for route in &self.served.routes {
            for member in self
                .served
                .groups
                .get(&route.tid)
                .iter()
                .flat_map(|group| &group.members)
            {
                assert!(
                    !ids.contains(&member.id),
                    "{step:?} hits {member:?} of {route:?}"
                );
            }
        }
    }

    /// Routes that lead to running tasks, and to nothing else.
    fn reachable(&self, document: &Document) -> BTreeSet<Place> {
        let served = document.routes.iter();
        let served = served.filter(|route| self.is_served(document, &route.tid));
        served
            .map(|route| (route.domain.clone(), route.pattern.clone()))
            .collect()
    }

    /// Routes that a run must keep reachable: those that are, and still are when the proxy reads
    /// what is on disk. A table that only a proxy of another build has is lost with it.
    fn promised(&self) -> BTreeSet<Place> {
        let on_disk = self.have.document.as_ref();
        let on_disk = on_disk.filter(|document| document.version > 0);
        match on_disk {
            _ if !self.proxy_runs() => BTreeSet::new(),
            Some(document) => &self.reachable(&self.served) & &self.reachable(document),
            None if self.is_same_build() => self.reachable(&self.served),
            None => BTreeSet::new(),
        }
    }

    fn is_served(&self, document: &Document, tid: &Tid) -> bool {
        let members = document
            .groups
            .get(tid)
            .map(|group| group.members.as_slice());
        let runs = |member: &Member| {
            let task = self.have.tasks.iter().find(|task| task.id == member.id);
            task.is_some_and(|task| task.address == Some(member.address.ip()))
        };
        let members = members.unwrap_or_default();
        !members.is_empty() && members.iter().all(runs)
    }

    /// What could be reached before a run, and is still wanted, can be reached at every moment of it.
    fn assert_no_worse(&self, before: &BTreeSet<Place>, step: &Step) {
        if !self.proxy_runs() {
            return;
        }
        let now = self.reachable(&self.served);
        let routes = self
            .wanted
            .iter()
            .map(|wanted| (wanted.domain.clone(), wanted.pattern.clone()));
        for route in routes.filter(|route| before.contains(route)) {
            assert!(now.contains(&route), "{route:?} is lost by {step:?}");
        }
    }

    fn existing(&self, spec: &service::Spec) -> usize {
        let revision = spec.revision(&self.key);
        let mine = |task: &&service::Task| {
            task.revision == revision && task.container == spec.container && task.index < spec.tasks
        };
        self.have.tasks.iter().filter(mine).count()
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
}

fn ready(graph: &Graph<Step>, done: &BTreeSet<StepId>) -> Vec<StepId> {
    let nodes = graph.nodes().iter();
    let open = nodes.filter(|(id, node)| !done.contains(id) && node.needs.is_subset(done));
    open.map(|(id, _)| id.clone()).collect()
}
