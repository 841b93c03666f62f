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
    edge::{Route, RouteTable, Selection, Tid},
    local::{Cutover, Document, Member, Place, Proxy, ProxyStatus},
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
    fn secret(&self) -> String {
        format!("5ec2e7{}", self.tid())
    }

    pub fn target_header(&self) -> String {
        format!("{}.{}", self.secret(), self.tid())
    }

    fn route(&self) -> Route {
        Route {
            pattern: self.pattern.into(),
            domain: self.domain.map(Into::into),
            tid: self.tid(),
        }
    }

    fn cutover(&self) -> Cutover {
        let member = |(id, address): &(String, SocketAddr)| Member {
            id: id.clone(),
            address: *address,
        };
        Cutover {
            stage: stage(),
            tid: self.tid(),
            compute: self.compute,
            timeout_seconds: self.timeout_seconds,
            secret: self.secret().into(),
            members: self.members.iter().map(member).collect(),
        }
    }
}

fn stage() -> Stage {
    "dev".parse().unwrap()
}

/// The document that a deploy of these containers would write.
pub fn document(services: &[Served]) -> Document {
    let mut document = Document::default();
    for service in services {
        document.cut_over(service.cutover()).unwrap();
    }
    let table = RouteTable {
        stage: stage(),
        default_host: "localhost".into(),
        selection: Selection::Host(None),
        protected: false,
        version: 0,
        routes: services.iter().map(Served::route).collect(),
    };
    document.publish(&table).unwrap();
    document
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
