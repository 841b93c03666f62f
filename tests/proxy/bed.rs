//! A stage's folder with a document, and the proxy's process that serves it.

use std::{
    fs::File,
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use camino::Utf8PathBuf;
use rustix::process::{Pid, Signal, kill_process};
use scf::{
    config::ComputeKind,
    edge::{OriginKind, OriginTarget, Route, RouteTable, Selection, Tid, compile},
    local::{Document, Group, Member, Place, Proxy, ProxyStatus, domain_of},
    names::{ContainerName, Stage},
};

/// Longest time that anything here may take before a test fails.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A container behind a route.
#[derive(Debug, Clone)]
pub struct Served {
    name: &'static str,
    compute: ComputeKind,
    pattern: &'static str,
    domain: Option<&'static str>,
    timeout_seconds: u32,
    members: Vec<(String, SocketAddr)>,
}

pub fn fargate(name: &'static str, pattern: &'static str) -> Served {
    Served {
        name,
        compute: ComputeKind::AwsFargateEcs,
        pattern,
        domain: None,
        timeout_seconds: 30,
        members: Vec::new(),
    }
}

pub fn lambda(name: &'static str, pattern: &'static str) -> Served {
    Served {
        compute: ComputeKind::AwsLambda,
        ..fargate(name, pattern)
    }
}

impl Served {
    pub fn at(mut self, address: SocketAddr) -> Self {
        let id = format!("{}-{}", self.name, self.members.len());
        self.members.push((id, address));
        self
    }

    /// A task with an id of its own.
    pub fn task(mut self, id: &str, address: SocketAddr) -> Self {
        self.members.push((id.to_owned(), address));
        self
    }

    pub fn domain(self, domain: &'static str) -> Self {
        Self {
            domain: Some(domain),
            ..self
        }
    }

    pub fn timeout(self, timeout_seconds: u32) -> Self {
        Self {
            timeout_seconds,
            ..self
        }
    }

    fn tid(&self) -> Tid {
        let name: ContainerName = self.name.parse().unwrap();
        Tid::of(&name)
    }

    /// The secret that the routing function sends along for this container.
    pub fn secret(&self) -> String {
        format!("5ec2e7{}", self.tid())
    }

    pub fn target_header(&self) -> String {
        format!("{}.{}", self.secret(), self.tid())
    }
}

/// The document that a deploy of these containers would write.
pub fn document(services: &[Served]) -> Document {
    let stage: Stage = "dev".parse().unwrap();
    let routes: Vec<Route> = services.iter().map(route).collect();
    let table = RouteTable {
        stage: stage.clone(),
        default_host: "localhost".into(),
        selection: Selection::Host(None),
        protected: false,
        version: 1,
        routes: routes.clone(),
    };
    let mut document = Document {
        version: 1,
        routes,
        ..Document::default()
    };
    let mut add = |entries: scf::edge::Entries| {
        let pairs = entries
            .iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()));
        document.keys.extend(pairs);
    };
    add(compile(&table).unwrap());
    for service in services {
        add(origin(service).entry(&stage, &service.tid()).unwrap());
    }
    let groups = services
        .iter()
        .map(|service| (service.tid(), group(service)));
    document.groups = groups.collect();
    document
}

fn route(service: &Served) -> Route {
    Route {
        pattern: service.pattern.into(),
        domain: service.domain.map(Into::into),
        tid: service.tid(),
    }
}

fn origin(service: &Served) -> OriginTarget {
    let kind = match service.compute {
        ComputeKind::AwsLambda => OriginKind::Lambda,
        ComputeKind::AwsFargateEcs => OriginKind::Alb,
    };
    OriginTarget {
        domain: domain_of(kind, &service.tid()),
        kind,
        generation: 1,
        timeout_seconds: u64::from(service.timeout_seconds),
        cached: false,
        secret: service.secret().into(),
    }
}

fn group(service: &Served) -> Group {
    let member = |(id, address): &(String, SocketAddr)| Member {
        id: id.clone(),
        address: *address,
    };
    Group {
        compute: service.compute,
        timeout_seconds: service.timeout_seconds,
        generation: 1,
        secret: service.secret(),
        members: service.members.iter().map(member).collect(),
    }
}

/// A stage with its proxy.
pub struct Bed {
    /// Removed with the bed.
    _home: tempfile::TempDir,
    pub folder: Utf8PathBuf,
    /// The controls, as a deploy has them.
    pub control: Proxy,
    pub child: Child,
    pub port: u16,
}

impl Bed {
    /// Starts a proxy that serves these containers.
    pub async fn serving(services: &[Served]) -> Self {
        Self::with_options(services, &[]).await
    }

    pub async fn with_options(services: &[Served], options: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let folder = Utf8PathBuf::from_path_buf(home.path().to_owned()).unwrap();
        let bytes = serde_json::to_vec(&document(services)).unwrap();
        std::fs::write(folder.join("edge.json"), bytes).unwrap();
        let child = spawn(&folder, options);
        let mut bed = Self {
            _home: home,
            control: Proxy::new(program(), folder.clone(), Place::Machine, None),
            folder,
            child,
            port: 0,
        };
        bed.await_start().await;
        bed
    }

    /// Another process in the same folder; the one before has ended.
    pub async fn restart(&mut self) {
        self.child = spawn(&self.folder, &[]);
        self.await_start().await;
    }

    async fn await_start(&mut self) {
        let began = Instant::now();
        loop {
            let is_ours = self.record()["process"]["pid"] == self.child.id();
            if is_ours && let Ok(Some(status)) = self.control.status().await {
                self.port = status.port;
                return;
            }
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "the proxy ended: {ended:?}");
            assert!(began.elapsed() < PATIENCE, "the proxy does not answer");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// What the proxy wrote of itself; null if it wrote nothing yet.
    pub fn record(&self) -> serde_json::Value {
        let text = std::fs::read_to_string(self.folder.join("proxy.json")).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    pub async fn serve(&self, services: &[Served]) {
        self.control.load(&document(services)).await.unwrap();
    }

    pub async fn status(&self) -> ProxyStatus {
        self.control
            .status()
            .await
            .unwrap()
            .expect("the proxy answers")
    }

    pub async fn in_flight(&self, task: &str) -> usize {
        self.status()
            .await
            .in_flight
            .get(task)
            .copied()
            .unwrap_or(0)
    }

    /// Waits until this many requests are at a task.
    pub async fn await_in_flight(&self, task: &str, wanted: usize) {
        let began = Instant::now();
        while self.in_flight(task).await != wanted {
            let now = self.status().await.in_flight;
            assert!(
                began.elapsed() < PATIENCE,
                "{task} should have {wanted}: {now:?}"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Waits for the end of the process. Returns whether it succeeded, and how long it took.
    pub async fn ended(&mut self) -> (bool, Duration) {
        ended(&mut self.child).await
    }

    /// Most memory that the process ever had, in KiB.
    pub fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmHWM:"))
            .unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn program() -> std::path::PathBuf {
    env!("CARGO_BIN_EXE_scf").into()
}

/// Another proxy process in a folder.
pub fn spawn(folder: &camino::Utf8Path, options: &[&str]) -> Child {
    let log = folder.join("proxy.log");
    let log = File::options().create(true).append(true).open(log).unwrap();
    Command::new(program())
        .args(["proxy", "--folder", folder.as_str()])
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}

pub async fn ended(child: &mut Child) -> (bool, Duration) {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return (status.success(), began.elapsed());
        }
        assert!(began.elapsed() < PATIENCE, "the process does not end");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
