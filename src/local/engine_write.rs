//! The writing half of the engine: what a stage may change.

use std::{collections::BTreeMap, sync::Arc};

use bollard::{
    errors::Error,
    models::{
        ContainerCreateBody, HostConfig, NetworkConnectRequest, NetworkCreateRequest,
        NetworkDisconnectRequest,
    },
    query_parameters::{
        CreateContainerOptionsBuilder, RemoveContainerOptionsBuilder, RemoveImageOptionsBuilder,
        StopContainerOptionsBuilder,
    },
};
use secrecy::ExposeSecret as _;
use tokio::sync::OnceCell;

use super::{EngineError, EngineReader, engine::While as _, labels};
use crate::{
    image::Connection,
    resource::local::{
        network,
        service::{Revision, Spec},
    },
    state::StageKey,
};

/// Can change what it is told to.
#[derive(Debug, Clone)]
pub struct Engine {
    reader: EngineReader,
    /// CPUs of the engine's machine, asked for once.
    cpus: Arc<OnceCell<i64>>,
}

impl Engine {
    /// Changes through this connection.
    pub fn new(docker: Connection) -> Self {
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
    pub fn docker(&self) -> &Connection {
        self.reader.docker()
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
