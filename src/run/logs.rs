//! `scf logs`: what the stage's tasks print, prefixed with their names.

use std::collections::BTreeSet;

use bollard::{container::LogOutput, query_parameters::LogsOptionsBuilder};
use futures::{StreamExt as _, stream};
use serde_json::{Value, json};

use super::{Session, local_only, print, project::Identity, stage::LocalStage};
use crate::{
    cli::{LogsArgs, Output},
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
    let identity = Identity::load(&args.stage.config, session).await?;
    let stage = LocalStage::open(identity, None, session).await?;
    let all = stage
        .engine
        .reader()
        .tasks(&stage.identity.name, &stage.identity.stage)
        .await?;
    let tasks = select(all, args.container.as_deref())?;
    let width = tasks.iter().map(|task| label(task).len()).max();
    let streams = tasks.iter().map(|task| {
        let options = LogsOptionsBuilder::new()
            .stdout(true)
            .stderr(true)
            .follow(args.follow)
            .tail(&args.tail.to_string())
            .build();
        let docker = stage.engine.docker();
        let chunks = docker.logs(&task.id, Some(options));
        chunks.map(move |chunk| (task, chunk))
    });
    let mut chunks = stream::select_all(streams);
    while let Some(Some((task, chunk))) = session.cancel.run_until_cancelled(chunks.next()).await {
        let chunk = chunk.map_err(EngineError::other("read the logs"))?;
        let text = chunk.to_string();
        for line in log_lines(&text) {
            print(&match args.stage.config.output {
                Output::Text => {
                    format!("{:1$} | {line}\n", label(task), width.unwrap_or_default())
                }
                Output::Json => format!("{}\n", entry(task, &chunk, line)),
            })?;
        }
    }
    Ok(())
}

/// A line as JSON, on one line.
fn entry(task: &Task, chunk: &LogOutput, line: &str) -> Value {
    let stream = match chunk {
        LogOutput::StdErr { .. } => "stderr",
        // A terminal mixes both.
        LogOutput::StdOut { .. } | LogOutput::Console { .. } | LogOutput::StdIn { .. } => "stdout",
    };
    json!({ "container": task.container, "task": task.index, "stream": stream, "line": line })
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
