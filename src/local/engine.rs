//! The Docker Engine, narrowed to what a stage needs: a reader for planning, a writer for applying.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use bollard::{
    Docker,
    errors::Error,
    models::{
        ContainerCreateBody, ContainerSummary, ContainerSummaryStateEnum, HostConfig,
        NetworkConnectRequest, NetworkCreateRequest, NetworkDisconnectRequest,
    },
    query_parameters::{
        CreateContainerOptionsBuilder, ListContainersOptionsBuilder, ListImagesOptionsBuilder,
        ListNetworksOptionsBuilder, LogsOptionsBuilder, RemoveContainerOptionsBuilder,
        RemoveImageOptionsBuilder, StopContainerOptionsBuilder,
    },
};
use futures::TryStreamExt as _;
use secrecy::ExposeSecret as _;
use tokio::sync::OnceCell;

use super::{EngineError, Exit, labels};
use crate::{
    names::{StackName, Stage},
    resource::local::{
        image, network,
        service::{Revision, Spec, Task},
    },
    state::StageKey,
};

/// Can look, not touch.
#[derive(Debug, Clone)]
pub struct EngineReader {
    docker: Docker,
}

/// Can change what it is told to.
#[derive(Debug, Clone)]
pub struct Engine {
    reader: EngineReader,
    /// CPUs of the engine's machine, asked for once.
    cpus: Arc<OnceCell<i64>>,
}

fn filters(pairs: &[(&str, Vec<String>)]) -> HashMap<String, Vec<String>> {
    pairs
        .iter()
        .map(|(key, values)| ((*key).to_owned(), values.clone()))
        .collect()
}

/// Adds to an error what was being done.
trait While<T> {
    fn while_(self, doing: &str, what: &str) -> Result<T, EngineError>;
    /// The same, but a thing that is not there is no error.
    fn unless_gone(self, gone: T, doing: &str, what: &str) -> Result<T, EngineError>;
}

impl<T> While<T> for Result<T, Error> {
    fn while_(self, doing: &str, what: &str) -> Result<T, EngineError> {
        self.map_err(EngineError::other(
            format!("{doing} {what}").trim_end().to_owned(),
        ))
    }

    fn unless_gone(self, gone: T, doing: &str, what: &str) -> Result<T, EngineError> {
        match self {
            Err(Error::DockerResponseServerError {
                status_code: 404, ..
            }) => Ok(gone),
            other => other.while_(doing, what),
        }
    }
}

impl EngineReader {
    /// Reads through this connection.
    pub fn new(docker: Docker) -> Self {
        Self { docker }
    }

    /// Networks with the stage's labels.
    pub async fn networks(
        &self,
        stack: &StackName,
        stage: &Stage,
    ) -> Result<Vec<network::Observed>, EngineError> {
        let wanted = filters(&[("label", labels::of_stage(stack, stage))]);
        let options = ListNetworksOptionsBuilder::new().filters(&wanted).build();
        let networks = self
            .docker
            .list_networks(Some(options))
            .await
            .while_("list", "networks")?;
        let observed = networks.into_iter().map(|network| network::Observed {
            id: network.id.unwrap_or_default(),
            name: network.name.unwrap_or_default(),
            key: network
                .labels
                .and_then(|labels| labels.get(labels::KEY).and_then(|key| StageKey::parse(key))),
        });
        Ok(observed.collect())
    }

    /// Tagged images with the stack's label.
    pub async fn images(&self, stack: &StackName) -> Result<Vec<image::Observed>, EngineError> {
        let wanted = filters(&[
            ("label", vec![format!("{}={stack}", labels::NAME)]),
            ("dangling", vec!["false".into()]),
        ]);
        let options = ListImagesOptionsBuilder::new().filters(&wanted).build();
        let images = self
            .docker
            .list_images(Some(options))
            .await
            .while_("list", "images")?;
        Ok(images
            .into_iter()
            .map(|image| image::Observed {
                id: image.id,
                tags: image.repo_tags,
            })
            .collect())
    }

    /// Tasks with the stage's labels, running or not.
    pub async fn tasks(&self, stack: &StackName, stage: &Stage) -> Result<Vec<Task>, EngineError> {
        let wanted = filters(&[("label", labels::of_stage(stack, stage))]);
        let options = ListContainersOptionsBuilder::new()
            .all(true)
            .filters(&wanted)
            .build();
        let containers = self
            .docker
            .list_containers(Some(options))
            .await
            .while_("list", "containers")?;
        let network = network::name(stack, stage);
        let mut tasks: Vec<Task> = containers
            .into_iter()
            .filter_map(|summary| task(summary, &network))
            .collect();
        tasks.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(tasks)
    }

    /// How a task ended; `None` while it runs, or when it is gone.
    pub async fn exit(&self, id: &str) -> Result<Option<Exit>, EngineError> {
        let inspected = self.docker.inspect_container(id, None).await.map(Some);
        let inspected = inspected.unless_gone(None, "inspect container", id)?;
        let Some(inspected) = inspected else {
            return Ok(None);
        };
        let Some(state) = inspected.state.filter(|state| state.running == Some(false)) else {
            return Ok(None);
        };
        Ok(Some(Exit {
            code: state.exit_code.unwrap_or_default(),
            out_of_memory: state.oom_killed.unwrap_or_default(),
            error: state.error.filter(|error| !error.is_empty()),
        }))
    }

    /// The last `lines` lines that a task printed.
    pub async fn log_tail(&self, id: &str, lines: usize) -> Result<Vec<String>, EngineError> {
        let options = LogsOptionsBuilder::new()
            .stdout(true)
            .stderr(true)
            .tail(&lines.to_string())
            .build();
        let chunks: Vec<_> = self
            .docker
            .logs(id, Some(options))
            .try_collect()
            .await
            .while_("read the log of container", id)?;
        let text: String = chunks.into_iter().map(|chunk| chunk.to_string()).collect();
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// The connection, for streams of logs.
    pub fn docker(&self) -> &Docker {
        &self.docker
    }
}

fn task(summary: ContainerSummary, network: &str) -> Option<Task> {
    let labels = summary.labels?;
    let address = summary
        .network_settings
        .and_then(|settings| settings.networks)
        .and_then(|networks| networks.get(network)?.ip_address.clone())
        .and_then(|address| address.parse().ok());
    let name = summary
        .names
        .and_then(|names| names.into_iter().next())
        .unwrap_or_default();
    Some(Task {
        id: summary.id?,
        name: name.trim_start_matches('/').to_owned(),
        container: labels.get(labels::CONTAINER)?.parse().ok()?,
        revision: Revision(labels.get(labels::REVISION)?.clone()),
        index: labels.get(labels::INDEX)?.parse().ok()?,
        running: summary.state == Some(ContainerSummaryStateEnum::RUNNING),
        address,
        recorded: labels
            .get(labels::SPEC)
            .and_then(|spec| serde_json::from_str(spec).ok()),
    })
}

impl Engine {
    /// Changes through this connection.
    pub fn new(docker: Docker) -> Self {
        Self {
            reader: EngineReader::new(docker),
            cpus: Arc::default(),
        }
    }

    /// The reading half.
    pub fn reader(&self) -> &EngineReader {
        &self.reader
    }

    /// The connection, for builds.
    pub fn docker(&self) -> &Docker {
        &self.reader.docker
    }

    /// Makes a bridge network.
    pub async fn create_network(
        &self,
        name: &str,
        labels: BTreeMap<String, String>,
    ) -> Result<(), EngineError> {
        let request = NetworkCreateRequest {
            name: name.to_owned(),
            driver: Some("bridge".into()),
            labels: Some(labels.into_iter().collect()),
            ..NetworkCreateRequest::default()
        };
        self.docker()
            .create_network(request)
            .await
            .while_("create network", name)?;
        Ok(())
    }

    /// Removes a network with whatever hangs on it; one that is gone is no error.
    pub async fn remove_network(&self, id: &str) -> Result<(), EngineError> {
        let inspected = self.docker().inspect_network(id, None).await.map(Some);
        let inspected = inspected.unless_gone(None, "inspect network", id)?;
        for endpoint in inspected
            .and_then(|network| network.containers)
            .unwrap_or_default()
            .into_keys()
        {
            self.disconnect(id, &endpoint).await?;
        }
        self.docker()
            .remove_network(id)
            .await
            .unless_gone((), "remove network", id)
    }

    /// Connects a container to a network; one that is connected already is no error.
    pub async fn connect(&self, network: &str, container: &str) -> Result<(), EngineError> {
        let request = NetworkConnectRequest {
            container: container.to_owned(),
            ..Default::default()
        };
        match self.docker().connect_network(network, request).await {
            Err(Error::DockerResponseServerError {
                status_code: 403,
                message,
            }) if message.contains("already exists") => Ok(()),
            other => other.while_("join network", network),
        }
    }

    /// Takes a container from a network; one that is not there is no error.
    pub async fn disconnect(&self, network: &str, container: &str) -> Result<(), EngineError> {
        let request = NetworkDisconnectRequest {
            container: container.to_owned(),
            force: Some(true),
        };
        let disconnected = self.docker().disconnect_network(network, request).await;
        disconnected.unless_gone((), "leave network", network)
    }

    /// What the task may use: as much as its compute has, and no more than this machine has, which
    /// the engine would refuse.
    async fn nano_cpus(&self, spec: &Spec) -> Result<i64, EngineError> {
        let ask = || async {
            self.docker()
                .info()
                .await
                .while_("tell", "what machine it is on")
        };
        let cpus = self
            .cpus
            .get_or_try_init(|| async { Ok(ask().await?.ncpu.unwrap_or(1)) })
            .await?;
        Ok((i64::from(spec.cpu_millis) * 1_000_000).min(cpus * 1_000_000_000))
    }

    /// Creates a task. It is not started yet.
    pub async fn create_task(
        &self,
        spec: &Spec,
        revision: &Revision,
        index: u32,
        key: &StageKey,
    ) -> Result<(), EngineError> {
        let environment = spec
            .environment
            .iter()
            .map(|(name, value)| format!("{name}={}", value.expose_secret()))
            .collect();
        let labels = labels::task(spec, revision, index, &spec.recorded(key));
        let body = ContainerCreateBody {
            image: Some(spec.image.clone()),
            env: Some(environment),
            labels: Some(labels.into_iter().collect()),
            host_config: Some(HostConfig {
                network_mode: Some(network::name(&spec.stack, &spec.stage)),
                nano_cpus: Some(self.nano_cpus(spec).await?),
                memory: Some(i64::from(spec.memory_mib) * 1024 * 1024),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        };
        let name = spec.task_name(revision, index);
        let options = CreateContainerOptionsBuilder::new().name(&name).build();
        self.docker()
            .create_container(Some(options), body)
            .await
            .while_("create container", &name)?;
        Ok(())
    }

    /// Starts a task; one that runs already is no error.
    pub async fn start_task(&self, id: &str) -> Result<(), EngineError> {
        self.docker()
            .start_container(id, None)
            .await
            .while_("start container", id)
    }

    /// Stops a task with SIGTERM, kills it after `seconds`, and removes it; one that is gone is
    /// no error.
    pub async fn remove_task(&self, id: &str, seconds: i32) -> Result<(), EngineError> {
        let stop = StopContainerOptionsBuilder::new().t(seconds).build();
        let stopped = self.docker().stop_container(id, Some(stop)).await;
        stopped.unless_gone((), "stop container", id)?;
        let remove = RemoveContainerOptionsBuilder::new()
            .force(true)
            .v(true)
            .build();
        match self.docker().remove_container(id, Some(remove)).await {
            // Another run is removing it at this moment.
            Err(Error::DockerResponseServerError {
                status_code: 409,
                message,
            }) if message.contains("already in progress") => Ok(()),
            other => other.unless_gone((), "remove container", id),
        }
    }

    /// Removes a tag, and the image with its last one. In use, or gone: it stays as it is.
    pub async fn remove_image(&self, tag: &str) -> Result<(), EngineError> {
        let options = RemoveImageOptionsBuilder::new().build();
        match self.docker().remove_image(tag, Some(options), None).await {
            Ok(_)
            | Err(Error::DockerResponseServerError {
                status_code: 404 | 409,
                ..
            }) => Ok(()),
            other => other.map(drop).while_("remove image", tag),
        }
    }
}
