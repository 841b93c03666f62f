//! What can be done to the tasks of a container.

use std::net::SocketAddr;

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{Revision, Spec, Task};
use crate::{
    apply::StepError,
    config::ComputeKind,
    edge::{OriginKind, OriginTarget},
    local::{Context, Group, Member, TaskError, domain_of, health},
    names::ContainerName,
    resource::local::{counted, network},
};

/// A step of a container's rollout.
#[derive(Debug, Clone)]
pub enum Step {
    /// Create and start the tasks of a revision that are not running yet.
    Start {
        /// Wanted.
        spec: Box<Spec>,
        /// Its revision.
        revision: Revision,
    },
    /// Wait until all of them answer their health check; remove them if they never do.
    Healthy {
        /// Wanted.
        spec: Box<Spec>,
        /// Its revision.
        revision: Revision,
    },
    /// Send all new requests to the tasks of this revision.
    Switch {
        /// Wanted.
        spec: Box<Spec>,
        /// Its revision.
        revision: Revision,
    },
    /// Wait until nothing is in flight at these tasks, or the deregistration delay is over.
    Drain {
        /// The container.
        container: ContainerName,
        /// Ids of the engine.
        ids: Vec<String>,
    },
    /// Stop and remove these tasks.
    Remove {
        /// The container.
        container: ContainerName,
        /// Ids of the engine.
        ids: Vec<String>,
    },
}

impl Step {
    pub(in super::super) fn describe(&self) -> String {
        let tasks = |count: usize| counted(count, "task");
        match self {
            Self::Start { spec, .. } => format!("start {}", tasks(spec.tasks as usize)),
            Self::Healthy { spec, .. } => {
                let good = match spec.compute {
                    ComputeKind::AwsFargateEcs => "200",
                    ComputeKind::AwsLambda => "a status below 500",
                };
                format!("wait for {good} at {}", spec.health_path)
            }
            Self::Switch { .. } => "switch requests to the new tasks".to_owned(),
            Self::Drain { ids, .. } => format!("drain {}", tasks(ids.len())),
            Self::Remove { ids, .. } => format!("remove {}", tasks(ids.len())),
        }
    }

    pub(in super::super) fn public(&self) -> Value {
        match self {
            // Values of the environment, and the revision that is keyed by the stage's random
            // key, stay out; so do the engine's ids below.
            Self::Start { spec, .. } => json!({
                "start": spec.tasks,
                "image": spec.image,
                "compute": spec.compute,
                "environment": spec.environment.keys().collect::<Vec<_>>(),
                "port": spec.port,
                "cpu": spec.cpu_millis,
                "memory": spec.memory_mib,
                "forced": spec.forced,
            }),
            Self::Healthy { spec, .. } => json!({ "healthy": spec.health_path }),
            Self::Switch { spec, .. } => {
                json!({ "switch": spec.tid().as_str(), "timeout": spec.timeout_seconds })
            }
            Self::Drain { container, ids } => json!({ "drain": container, "count": ids.len() }),
            Self::Remove { container, ids } => json!({ "remove": container, "count": ids.len() }),
        }
    }

    pub(in super::super) fn interruptible(&self) -> bool {
        matches!(self, Self::Healthy { .. } | Self::Drain { .. })
    }

    pub(in super::super) async fn run(&self, cx: &Context) -> Result<(), StepError> {
        match self {
            Self::Start { spec, revision } => start(spec, revision, cx).await,
            Self::Healthy { spec, revision } => healthy(spec, revision, cx).await,
            Self::Switch { spec, revision } => switch(spec, revision, cx).await,
            Self::Drain { ids, .. } => {
                Ok(cx.proxy.drained(ids, cx.settings.drain, &cx.cancel).await?)
            }
            Self::Remove { ids, .. } => remove(ids, cx).await,
        }
    }
}

async fn start(spec: &Spec, revision: &Revision, cx: &Context) -> Result<(), StepError> {
    // Look up before creating: a run that was killed may have made some of them.
    let existing = tasks_of(spec, revision, cx).await?;
    let missing = (0..spec.tasks).filter(|index| !existing.iter().any(|task| task.index == *index));
    for index in missing {
        cx.engine
            .create_task(spec, revision, index, &cx.key)
            .await?;
    }
    let tasks = tasks_of(spec, revision, cx).await?;
    let network = network::name(&spec.stack, &spec.stage);
    for task in tasks.iter().filter(|task| !task.can_be_reached()) {
        let started = if task.running {
            // Its network was removed under it, and made anew by this run.
            cx.engine.connect(&network, &task.id).await
        } else {
            cx.engine.start_task(&task.id).await
        };
        if let Err(cause) = started {
            withdraw(&tasks, spec, cx).await;
            let container = spec.container.to_string();
            return Err(TaskError::NotStarted { container, cause }.into());
        }
    }
    Ok(())
}

/// The one undo there is: tasks that never get requests are not left behind. Those of this revision
/// that serve already (a repeated deploy) are not touched.
///
/// A task that cannot be removed now is found by the next run; the failure that led here matters
/// more than that one.
async fn withdraw(tasks: &[Task], spec: &Spec, cx: &Context) {
    let serving = cx.edge.members(&spec.tid()).await;
    let idle = tasks.iter().filter(|task| !serving.contains(&task.id));
    let _ = remove(&idle.map(|task| task.id.clone()).collect::<Vec<_>>(), cx).await;
}

async fn healthy(spec: &Spec, revision: &Revision, cx: &Context) -> Result<(), StepError> {
    let tasks = tasks_of(spec, revision, cx).await?;
    let checks = tasks.iter().map(|task| health::wait(task, spec, cx));
    let failure = futures::future::join_all(checks)
        .await
        .into_iter()
        .find_map(Result::err);
    match failure {
        None => Ok(()),
        Some(error @ TaskError::Cancelled) => Err(error.into()),
        Some(error) => {
            withdraw(&tasks, spec, cx).await;
            Err(error.into())
        }
    }
}

async fn switch(spec: &Spec, revision: &Revision, cx: &Context) -> Result<(), StepError> {
    let tasks = tasks_of(spec, revision, cx).await?;
    let members: Vec<Member> = tasks
        .iter()
        .filter_map(|task| member(task, spec.port))
        .collect();
    if members.len() != spec.tasks as usize {
        return Err(TaskError::Gone {
            running: members.len(),
            wanted: spec.tasks,
        }
        .into());
    }
    let tid = spec.tid();
    let secret = cx.key.mac("target", &[tid.as_str()]).into();
    let kind = match spec.compute {
        ComputeKind::AwsLambda => OriginKind::Lambda,
        ComputeKind::AwsFargateEcs => OriginKind::Alb,
    };
    cx.edge
        .update(move |document| {
            let target = OriginTarget {
                domain: domain_of(kind, &tid),
                kind,
                generation: document.next_generation(&tid),
                timeout_seconds: OriginTarget::read_timeout(spec.timeout_seconds.into()),
                cached: false,
                secret,
            };
            let entry = target.entry(&spec.stage, &tid)?;
            document.keys.extend(
                entry
                    .iter()
                    .map(|(key, value)| (key.to_owned(), value.to_owned())),
            );
            document.groups.insert(
                tid,
                Group {
                    compute: spec.compute,
                    timeout_seconds: spec.timeout_seconds,
                    generation: target.generation,
                    secret: target.secret.expose_secret().to_owned(),
                    members,
                },
            );
            Ok(())
        })
        .await
}

async fn remove(ids: &[String], cx: &Context) -> Result<(), StepError> {
    let stops = ids
        .iter()
        .map(|id| cx.engine.remove_task(id, cx.settings.stop_seconds));
    for stopped in futures::future::join_all(stops).await {
        stopped?;
    }
    Ok(())
}

async fn tasks_of(spec: &Spec, revision: &Revision, cx: &Context) -> Result<Vec<Task>, StepError> {
    let tasks = cx.engine.reader().tasks(&spec.stack, &spec.stage).await?;
    let mine = |task: &Task| {
        task.container == spec.container && task.revision == *revision && task.index < spec.tasks
    };
    Ok(tasks.into_iter().filter(mine).collect())
}

fn member(task: &Task, port: u16) -> Option<Member> {
    let address = SocketAddr::new(task.address.filter(|_| task.running)?, port);
    Some(Member {
        id: task.id.clone(),
        address,
    })
}
