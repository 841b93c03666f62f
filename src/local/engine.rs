//! The Docker Engine, narrowed to what planning needs: it can look, not touch.

use std::collections::HashMap;

use bollard::{
    errors::Error,
    models::{ContainerSummary, ContainerSummaryStateEnum},
    query_parameters::{
        ListContainersOptionsBuilder, ListImagesOptionsBuilder, ListNetworksOptionsBuilder,
        LogsOptionsBuilder,
    },
};
use futures::TryStreamExt as _;

use super::{EngineError, Exit, labels};
use crate::{
    image::Connection,
    names::{StackName, Stage},
    resource::local::{
        image, network,
        service::{Revision, Task},
    },
    state::StageKey,
};

/// Can look, not touch.
#[derive(Debug, Clone)]
pub struct EngineReader {
    docker: Connection,
}

fn filters(pairs: &[(&str, Vec<String>)]) -> HashMap<String, Vec<String>> {
    pairs
        .iter()
        .map(|(key, values)| ((*key).to_owned(), values.clone()))
        .collect()
}

/// Adds to an error what was being done.
pub(super) trait While<T> {
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
    pub fn new(docker: Connection) -> Self {
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
        Ok(log_lines(&text).map(str::to_owned).collect())
    }

    /// The connection, for streams of logs.
    pub fn docker(&self) -> &Connection {
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

/// The lines of a log. A carriage return ends a line too: whoever reads our output may take it for
/// an end, and what follows for a line of ours.
pub fn log_lines(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', '\r']).filter(|line| !line.is_empty())
}
