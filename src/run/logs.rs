//! `scf logs`: what the stage's tasks print, prefixed with their names.

use std::collections::BTreeSet;

use bollard::query_parameters::LogsOptionsBuilder;
use futures::{StreamExt as _, stream};

use super::{
    Session, local_only, print,
    stage::{LocalStage, Project},
};
use crate::{
    cli::LogsArgs,
    error::{Class, Diagnose, Result},
    image::EngineError,
    local::log_lines,
    resource::local::service::Task,
};

/// No task of that name.
#[derive(Debug, thiserror::Error)]
#[error("no container {wanted:?} is deployed")]
pub struct NoSuchContainer {
    wanted: String,
    known: BTreeSet<String>,
}

impl Diagnose for NoSuchContainer {
    fn class(&self) -> Class {
        Class::Config
    }

    fn hint(&self) -> Option<String> {
        let known: Vec<&str> = self.known.iter().map(String::as_str).collect();
        Some(if known.is_empty() {
            "nothing is deployed; `scf deploy --target local` does".into()
        } else {
            format!("deployed are: {}", known.join(", "))
        })
    }
}

/// Runs the command.
///
/// # Errors
/// Config, engine, or a container that is not there.
pub async fn run(args: &LogsArgs, session: &Session) -> Result<()> {
    local_only(args.stage.target)?;
    let project = Project::load(&args.stage.config, session).await?;
    let stage = LocalStage::open(project, None, session).await?;
    let all = stage
        .engine
        .reader()
        .tasks(&stage.project.config.name, &stage.project.stage)
        .await?;
    let tasks = select(all, args.container.as_deref())?;
    let width = tasks
        .iter()
        .map(|task| label(task).len())
        .max()
        .unwrap_or(0);
    let streams = tasks.iter().map(|task| {
        let options = LogsOptionsBuilder::new()
            .stdout(true)
            .stderr(true)
            .follow(args.follow)
            .tail(&args.tail.to_string())
            .build();
        let label = label(task);
        stage
            .engine
            .docker()
            .logs(&task.id, Some(options))
            .map(move |chunk| (label.clone(), chunk))
    });
    let mut lines = stream::select_all(streams);
    loop {
        let next = tokio::select! {
            () = session.cancel.cancelled() => return Ok(()),
            next = lines.next() => next,
        };
        let Some((label, chunk)) = next else {
            return Ok(());
        };
        let text = chunk
            .map_err(EngineError::other("read the logs"))?
            .to_string();
        for line in log_lines(&text) {
            print(&format!("{label:width$} | {line}\n"))?;
        }
    }
}

fn select(all: Vec<Task>, wanted: Option<&str>) -> Result<Vec<Task>> {
    let Some(wanted) = wanted else { return Ok(all) };
    let known = all.iter().map(|task| task.container.to_string()).collect();
    let chosen: Vec<Task> = all
        .into_iter()
        .filter(|task| task.container.as_str() == wanted)
        .collect();
    if chosen.is_empty() {
        return Err(NoSuchContainer {
            wanted: wanted.to_owned(),
            known,
        }
        .into());
    }
    Ok(chosen)
}

fn label(task: &Task) -> String {
    format!("{}.{}", task.container, task.index)
}
