//! The builder's container: made, watched to its end, and removed whatever happens.

use std::{collections::HashMap, mem, thread, time::Duration};

use bollard::{
    Docker,
    container::LogOutput,
    errors::Error as ApiError,
    query_parameters::{
        AttachContainerOptionsBuilder, CreateContainerOptions, ListContainersOptionsBuilder,
        RemoveContainerOptionsBuilder, StartContainerOptions, WaitContainerOptions,
    },
};
use futures::{StreamExt as _, TryStreamExt as _};

use super::{
    BuildpackError,
    creation::{CREATOR, Creation, LABEL},
    names::{self, Names},
};
use crate::image::{
    EngineError, engine,
    lines::{Lines, Tail},
    mask::Masks,
};

/// A container that is removed when this goes.
pub(super) struct Container {
    docker: Docker,
    pub id: String,
    /// Volumes that go with it: those of a first build, until it has made an image. Nothing else would
    /// ever remove them.
    volumes: Vec<String>,
}

/// How it ended.
pub(super) struct Ended {
    pub code: i64,
    pub log_tail: Vec<String>,
}

impl Container {
    pub async fn create(docker: &Docker, creation: &Creation<'_>) -> Result<Self, EngineError> {
        let created = docker
            .create_container(None::<CreateContainerOptions>, creation.body())
            .await;
        let id = created
            .map_err(EngineError::other("create the builder's container"))?
            .id;
        let is_first = engine::exists(docker, &creation.names.previous)
            .await?
            .is_none();
        let volumes = is_first.then(|| creation.names.caches.to_vec());
        Ok(Self {
            docker: docker.clone(),
            id,
            volumes: volumes.unwrap_or_default(),
        })
    }

    /// Leaves the caches to the next build.
    pub fn keep_caches(&mut self) {
        self.volumes.clear();
    }

    /// Removes what builds of the same image left that were killed; one that runs is somebody's.
    pub async fn clear_left(docker: &Docker, names: &Names) -> Result<(), EngineError> {
        let filters = HashMap::from([
            ("label", vec![format!("{LABEL}={}", names.repository)]),
            ("status", vec!["exited".to_owned(), "dead".to_owned()]),
        ]);
        let options = ListContainersOptionsBuilder::default()
            .all(true)
            .filters(&filters)
            .build();
        let left = docker.list_containers(Some(options)).await;
        let left = left.map_err(EngineError::other("list the containers of earlier builds"))?;
        for id in left.into_iter().filter_map(|container| container.id) {
            // Its removal is all that there is to do.
            drop(Self {
                docker: docker.clone(),
                id,
                volumes: Vec::new(),
            });
        }
        Ok(())
    }

    /// Runs it to its end; its lines go to `log` as they come.
    pub async fn run(
        &self,
        builder: &str,
        log: &(dyn Fn(&str) + Send + Sync),
    ) -> Result<Ended, BuildpackError> {
        let Self { docker, id, .. } = self;
        let doing = "show the log of the builder's container";
        let options = AttachContainerOptionsBuilder::default()
            .stream(true)
            .stdout(true)
            .stderr(true)
            .build();
        let attached = docker.attach_container(id, Some(options)).await;
        let mut output = attached.map_err(EngineError::other(doing))?.output;
        let started = docker
            .start_container(id, None::<StartContainerOptions>)
            .await;
        started.map_err(|error| not_started(builder, error))?;
        let (mut out, mut err, mut tail) = (Lines::default(), Lines::default(), Tail::default());
        // Nothing that buildpacks are given is a secret.
        let masks = Masks::default();
        let mut tell = |line: String| {
            log(&line);
            tail.push(&line);
        };
        while let Some(piece) = output.next().await {
            let ended = match piece.map_err(EngineError::other(doing))? {
                LogOutput::StdErr { message } => err.take(&message, &masks),
                piece => out.take(&piece.into_bytes(), &masks),
            };
            ended.into_iter().for_each(&mut tell);
        }
        let rest = [out.end(&masks), err.end(&masks)];
        rest.into_iter().flatten().for_each(&mut tell);
        Ok(Ended {
            code: self.exit_code().await?,
            log_tail: tail.into(),
        })
    }

    async fn exit_code(&self) -> Result<i64, EngineError> {
        let answers = self
            .docker
            .wait_container(&self.id, None::<WaitContainerOptions>);
        match answers.try_collect::<Vec<_>>().await {
            Ok(answers) => Ok(answers.first().map_or(0, |answer| answer.status_code)),
            Err(ApiError::DockerContainerWaitError { code, .. }) => Ok(code),
            Err(error) => Err(EngineError::other("wait for the builder's container")(
                error,
            )),
        }
    }
}

/// An image without the program is told from an engine that cannot run any.
fn not_started(builder: &str, error: ApiError) -> BuildpackError {
    match &error {
        ApiError::DockerResponseServerError { message, .. } if message.contains(CREATOR) => {
            let builder = builder.to_owned();
            BuildpackError::NotABuilder {
                builder,
                what: CREATOR,
            }
        }
        _ => EngineError::other("start the builder's container")(error).into(),
    }
}

impl Drop for Container {
    /// A build that is cancelled must not go on. The engine is asked from a thread of its own and
    /// waited for: the process may end right after this.
    fn drop(&mut self) {
        const PATIENCE: Duration = Duration::from_secs(3);
        let docker = self.docker.clone().with_timeout(PATIENCE);
        let (id, volumes) = (self.id.clone(), mem::take(&mut self.volumes));
        let remove = move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let options = RemoveContainerOptionsBuilder::default().force(true).build();
            // Nobody is there to be told of a failure; a later build clears away what is left.
            let _ = runtime.map(|runtime| {
                runtime.block_on(async {
                    let _ = docker.remove_container(&id, Some(options)).await;
                    names::remove(&docker, &volumes).await
                })
            });
        };
        let _ = thread::spawn(remove).join();
    }
}
