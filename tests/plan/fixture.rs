//! A shop of two containers, as the config wants it and as the engine reports it.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use camino::Utf8PathBuf;
use scf::{
    config::ComputeKind,
    edge::{Route, RouteTable, Selection, Tid},
    image::BuildSettings,
    local::{Cutover, Document, Member, ProxyStatus},
    names::{ContainerName, StackName, Stage},
    plan::{
        Plan, Reason,
        local::{Desired, Observed, forced_so_far, plan},
    },
    report,
    resource::local::{Step, image, network, proxy, service},
    source::{self, BuildSource, DockerfileSource, Fingerprinted, Surroundings},
    state::StageKey,
};

/// What a config says of a container.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub name: &'static str,
    pub compute: ComputeKind,
    pub tasks: u32,
    /// Stands for all that the image is built from.
    pub sources: String,
    /// What is known of how they changed.
    pub moved: Vec<Reason>,
    pub environment: BTreeMap<String, String>,
    /// Names of those that may be shown.
    pub plain_environment: BTreeSet<String>,
    pub port: u16,
    pub health_path: String,
    pub cpu_millis: u32,
    pub memory_mib: u32,
    pub timeout_seconds: u32,
    pub pattern: String,
    pub domain: Option<String>,
}

/// A stage of two containers, with the engine's view of it.
#[derive(Debug, Clone)]
pub struct Shop {
    pub wanted: Vec<Wanted>,
    pub have: Observed,
    /// What the proxy serves, as long as it runs.
    pub served: Document,
    pub key: StageKey,
    pub force: bool,
    /// Where its sources are on this machine.
    pub folder: Utf8PathBuf,
}

pub fn web() -> Wanted {
    Wanted {
        name: "web",
        compute: ComputeKind::AwsLambda,
        tasks: 1,
        sources: "web 1".into(),
        moved: Vec::new(),
        environment: BTreeMap::from([("SHOP_NAME".into(), "The Shop".into())]),
        plain_environment: BTreeSet::new(),
        port: 8080,
        health_path: "/health".into(),
        cpu_millis: 578,
        memory_mib: 1024,
        timeout_seconds: 6,
        pattern: "/*".into(),
        domain: None,
    }
}

pub fn api() -> Wanted {
    Wanted {
        name: "api",
        compute: ComputeKind::AwsFargateEcs,
        tasks: 2,
        sources: "api 1".into(),
        moved: Vec::new(),
        environment: BTreeMap::from([("TOKEN".into(), "hunter2".into())]),
        plain_environment: BTreeSet::new(),
        port: 8080,
        health_path: "/api/health".into(),
        cpu_millis: 250,
        memory_mib: 512,
        timeout_seconds: 30,
        pattern: "/api/*".into(),
        domain: None,
    }
}

pub fn nothing() -> Observed {
    Observed {
        networks: Vec::new(),
        images: Vec::new(),
        tasks: Vec::new(),
        document: None,
        proxy: proxy::Observed::Absent,
    }
}

pub fn proxy_runs(same_build: bool, current: bool) -> proxy::Observed {
    let status = ProxyStatus {
        port: 8080,
        build: "0.1.0 abcdef".into(),
        serves: "document".into(),
        in_flight: BTreeMap::new(),
    };
    proxy::Observed::Running {
        status,
        same_build,
        same_port: true,
        current,
    }
}

impl Shop {
    /// Wanted, and nothing of it is there.
    pub fn new() -> Self {
        Self {
            wanted: vec![api(), web()],
            have: nothing(),
            served: Document::default(),
            key: StageKey::from_bytes(&[7; 32]),
            force: false,
            folder: "/home/ann/shop".into(),
        }
    }

    /// Deployed as it is wanted.
    pub fn deployed() -> Self {
        let mut shop = Self::new();
        shop.deploy();
        shop
    }

    /// Makes reality what is wanted now, with ids of an engine of its own.
    pub fn deploy(&mut self) {
        self.deploy_with_ids("engine");
    }

    pub fn deploy_with_ids(&mut self, engine: &str) {
        let want = self.desired();
        let mut document = Document::default();
        self.have = nothing();
        self.have.networks = vec![network_of(engine)];
        for (image, spec) in &want.containers {
            self.have.images.push(image::Observed {
                id: format!("sha256:{engine}-{}", spec.container),
                tags: vec![image.tag()],
            });
            let tasks = running_tasks(spec, &self.key, engine);
            document.cut_over(cutover(spec, &tasks)).unwrap();
            self.have.tasks.extend(tasks);
        }
        document.publish(&want.routes).unwrap();
        self.served = document.clone();
        self.have.document = Some(document);
        self.have.proxy = proxy_runs(true, true);
    }

    pub fn wants(&mut self, name: &str) -> &mut Wanted {
        let found = self.wanted.iter_mut().find(|wanted| wanted.name == name);
        found.expect("the shop has this container")
    }

    /// The tasks of a container that the engine reports.
    pub fn tasks_of(&mut self, name: &str) -> Vec<&mut service::Task> {
        let mine = |task: &&mut service::Task| task.container.as_str() == name;
        self.have.tasks.iter_mut().filter(mine).collect()
    }

    pub fn desired(&self) -> Desired {
        let containers = self
            .wanted
            .iter()
            .map(|wanted| self.specs(wanted))
            .collect();
        let routes = self.wanted.iter().map(|wanted| Route {
            pattern: wanted.pattern.clone(),
            domain: wanted.domain.clone(),
            tid: Tid::of(&container(wanted.name)),
        });
        Desired {
            stack: stack(),
            stage: stage(),
            containers,
            routes: RouteTable {
                stage: stage(),
                default_host: "localhost".into(),
                selection: Selection::Host(None),
                protected: false,
                version: 0,
                routes: routes.collect(),
            },
        }
    }

    fn specs(&self, wanted: &Wanted) -> (image::Spec, service::Spec) {
        let name = container(wanted.name);
        let mut source = read(&wanted.sources);
        source.source.context = self.folder.join(wanted.name);
        let image = image::Spec {
            stack: stack(),
            container: name.clone(),
            source,
            moved: wanted.moved.clone(),
            cache: None,
            settings: BuildSettings::default(),
        };
        let environment = wanted
            .environment
            .iter()
            .map(|(name, value)| (name.clone(), value.clone().into()));
        let forced = forced_so_far(&self.have.tasks, &name) + u32::from(self.force);
        let service = service::Spec {
            stack: stack(),
            stage: stage(),
            container: name,
            image: image.tag(),
            compute: wanted.compute,
            tasks: wanted.tasks,
            environment: environment.collect(),
            plain_environment: wanted.plain_environment.clone(),
            port: wanted.port,
            health_path: wanted.health_path.clone(),
            cpu_millis: wanted.cpu_millis,
            memory_mib: wanted.memory_mib,
            timeout_seconds: wanted.timeout_seconds,
            forced,
        };
        (image, service)
    }

    pub fn plan(&self) -> Plan<Step> {
        plan(&self.desired(), &self.have, &self.key, self.force)
    }

    /// The plan as it is read, without its digest and with readable image tags.
    pub fn text(&self) -> String {
        text(&self.plan())
    }
}

/// See [`Shop::text`].
pub fn text(plan: &Plan<Step>) -> String {
    let text = report::plan_text(plan);
    let text = text.replace(plan.digest().as_str(), "<digest>");
    READABLE.with_borrow(|known| {
        known.iter().fold(text, |text, (sources, read)| {
            text.replace(&read.fingerprint.short(), &format!("<{sources}>"))
        })
    })
}

pub fn network_of(engine: &str) -> network::Observed {
    network::Observed {
        id: format!("{engine}-network"),
        name: network::name(&stack(), &stage()),
        key: None,
    }
}

/// The tasks that a specification wants, running.
pub fn running_tasks(spec: &service::Spec, key: &StageKey, engine: &str) -> Vec<service::Task> {
    (0..spec.tasks)
        .map(|index| task(spec, key, engine, index))
        .collect()
}

pub fn task(spec: &service::Spec, key: &StageKey, engine: &str, index: u32) -> service::Task {
    let revision = spec.revision(key);
    let name = spec.task_name(&revision, index);
    service::Task {
        id: format!("{engine}-{name}"),
        address: Some(address_of(&name)),
        name,
        container: spec.container.clone(),
        revision,
        index,
        running: true,
        recorded: Some(spec.recorded(key)),
    }
}

/// An address that is always the same for a task, and another for another task.
fn address_of(name: &str) -> IpAddr {
    let sum = name.bytes().fold(1_u16, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(byte.into())
    });
    let [high, low] = sum.to_be_bytes();
    IpAddr::from([172, 18, high, low])
}

pub fn cutover(spec: &service::Spec, tasks: &[service::Task]) -> Cutover {
    let members = tasks.iter().filter_map(|task| {
        Some(Member {
            id: task.id.clone(),
            address: (task.address?, spec.port).into(),
        })
    });
    Cutover {
        stage: stage(),
        tid: spec.tid(),
        compute: spec.compute,
        timeout_seconds: spec.timeout_seconds,
        secret: "aa".to_owned().into(),
        members: members.collect(),
    }
}

pub fn stack() -> StackName {
    "shop".parse().unwrap()
}

pub fn stage() -> Stage {
    "dev".parse().unwrap()
}

pub fn container(name: &str) -> ContainerName {
    name.parse().unwrap()
}

thread_local! {
    /// What was read, by what it stands for: texts name that and not its digest.
    static READABLE: RefCell<BTreeMap<String, Fingerprinted>> = RefCell::default();
}

fn read(sources: &str) -> Fingerprinted {
    let from_disk = || {
        let empty = tempfile::tempdir().unwrap();
        let source = BuildSource {
            context: empty.path().to_str().unwrap().into(),
            dockerfile: DockerfileSource::Inline(format!("FROM scratch\n# {sources}")),
            args: BTreeMap::new(),
            labels: BTreeMap::new(),
            target: None,
            platform: None,
            surroundings: Surroundings::default(),
        };
        source::read(&source).unwrap()
    };
    READABLE.with_borrow_mut(|known| {
        let read = known.entry(sources.to_owned()).or_insert_with(from_disk);
        read.clone()
    })
}
