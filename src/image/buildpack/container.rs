//! The builder's container: made, watched to its end, and removed whatever happens.

use std::{
    collections::{BTreeMap, HashMap},
    thread,
    time::Duration,
};

use bollard::{
    Docker,
    container::LogOutput,
    errors::Error as ApiError,
    models::{ContainerCreateBody, HostConfig},
    query_parameters::{
        AttachContainerOptionsBuilder, CreateContainerOptions, ListContainersOptionsBuilder,
        RemoveContainerOptionsBuilder, StartContainerOptions, WaitContainerOptions,
    },
};
use futures::{StreamExt as _, TryStreamExt as _};

use super::{BuildpackError, builder_image::BuilderImage, run::Names};
use crate::image::{
    EngineError, engine,
    lines::{Lines, Tail},
};

/// Where the caches are mounted: names that no builder has for anything else.
const CACHE: &str = "/scf-build-cache";
const LAUNCH_CACHE: &str = "/scf-launch-cache";
/// The lifecycle's program for a whole build.
const CREATOR: &str = "/cnb/lifecycle/creator";
/// On the builder's container: the repository of the image that it makes.
const LABEL: &str = "scf.build";

/// What creator is started with.
pub(super) struct Creation<'a> {
    pub builder: &'a BuilderImage,
    pub run_image: &'a str,
    pub names: &'a Names,
    pub labels: &'a BTreeMap<String, String>,
}

impl Creation<'_> {
    /// Arguments of `/cnb/lifecycle/creator` (platform specification, "creator").
    fn arguments(&self) -> Vec<String> {
        let Self {
            builder,
            run_image,
            names,
            ..
        } = self;
        let (user, group) = (
            builder.owner.user.to_string(),
            builder.owner.group.to_string(),
        );
        let flags = [
            ("-app", builder.app.as_str()),
            ("-layers", &builder.layers),
            ("-platform", &builder.platform),
            ("-cache-dir", CACHE),
            ("-launch-cache", LAUNCH_CACHE),
            ("-run-image", run_image),
            ("-previous-image", &names.previous),
            ("-uid", &user),
            ("-gid", &group),
            ("-log-level", "info"),
        ];
        let flags = flags.into_iter().flat_map(|(flag, value)| [flag, value]);
        flags
            .chain(["-daemon", &names.exported])
            .map(str::to_owned)
            .collect()
    }

    fn body(&self) -> ContainerCreateBody {
        let Self {
            builder,
            names,
            labels,
            ..
        } = self;
        ContainerCreateBody {
            image: Some(builder.id.clone()),
            entrypoint: Some(vec![CREATOR.to_owned()]),
            cmd: Some(self.arguments()),
            // The lifecycle opens the engine's socket, then becomes the builder's own user.
            user: Some("0:0".to_owned()),
            env: Some(vec![format!("CNB_PLATFORM_API={}", builder.api)]),
            labels: Some(
                (*labels)
                    .clone()
                    .into_iter()
                    .chain([(LABEL.to_owned(), names.repository.clone())])
                    .collect(),
            ),
            host_config: Some(HostConfig {
                binds: Some(vec![
                    format!("{}:/var/run/docker.sock", engine::socket()),
                    format!("{}:{CACHE}", names.cache),
                    format!("{}:{LAUNCH_CACHE}", names.launch_cache),
                ]),
                // A socket of the machine is foreign to SELinux and would be forbidden.
                security_opt: Some(vec!["label=disable".to_owned()]),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        }
    }
}

/// A container that is removed when this goes.
pub(super) struct Container {
    docker: Docker,
    pub id: String,
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
        Ok(Self {
            docker: docker.clone(),
            id,
        })
    }

    /// Runs it to its end; its lines go to `log` as they come.
    pub async fn run(&self, log: &(dyn Fn(&str) + Send + Sync)) -> Result<Ended, EngineError> {
        let Self { docker, id } = self;
        let doing = "run the builder's container";
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
        let mut tell = |line: String| {
            log(&line);
            tail.push(&line);
        };
        while let Some(piece) = output.next().await {
            let ended = match piece.map_err(EngineError::other(doing))? {
                LogOutput::StdErr { message } => err.take(&message),
                piece => out.take(&piece.into_bytes()),
            };
            ended.into_iter().for_each(&mut tell);
        }
        out.end().into_iter().chain(err.end()).for_each(&mut tell);
        Ok(Ended {
            code: self.exit_code().await?,
            log_tail: tail.into(),
        })
    }

    async fn exit_code(&self) -> Result<i64, EngineError> {
        let waited: Result<Vec<_>, _> = self
            .docker
            .wait_container(&self.id, None::<WaitContainerOptions>)
            .try_collect()
            .await;
        match waited {
            Ok(answers) => Ok(answers.first().map_or(0, |answer| answer.status_code)),
            Err(ApiError::DockerContainerWaitError { code, .. }) => Ok(code),
            Err(error) => Err(EngineError::other("wait for the builder's container")(
                error,
            )),
        }
    }
}

/// An engine that cannot find the program is told from one that cannot run anything.
fn not_started(builder: &str, error: ApiError) -> BuildpackError {
    match &error {
        ApiError::DockerResponseServerError { message, .. } if message.contains(CREATOR) => {
            BuildpackError::NotABuilder {
                builder: builder.to_owned(),
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
        let (docker, id) = (self.docker.clone().with_timeout(PATIENCE), self.id.clone());
        let remove = move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let options = RemoveContainerOptionsBuilder::default()
                .force(true)
                .v(true)
                .build();
            // Nobody is there to be told of a failure; a later build clears away what is left.
            let _ = runtime
                .map(|runtime| runtime.block_on(docker.remove_container(&id, Some(options))));
        };
        let _ = thread::spawn(remove).join();
    }
}
