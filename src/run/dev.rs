//! `scf dev`: deploys locally, then watches the sources and redeploys what changed.

use std::{collections::BTreeSet, path::PathBuf, time::Duration};

use notify::{RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use super::{
    Session, deploy, print,
    stage::{LocalStage, Project},
};
use crate::{
    cli::{DeployArgs, DevArgs, StageArgs, Target},
    error::{Class, Diagnose, Result},
};

/// Changes that come within this time of each other are one change: editors write in bursts.
const QUIET: Duration = Duration::from_millis(200);

/// The sources cannot be watched.
#[derive(Debug, thiserror::Error)]
#[error("cannot watch the sources")]
pub struct WatchError(#[from] notify::Error);

impl Diagnose for WatchError {
    fn class(&self) -> Class {
        Class::Internal
    }

    fn hint(&self) -> Option<String> {
        Some("the system limits watches: see /proc/sys/fs/inotify/max_user_watches".into())
    }
}

/// Runs until a signal comes. The stage keeps running then.
///
/// # Errors
/// The first deploy's, or the watch's. Failures of later deploys are printed, and the next change
/// is tried again.
pub async fn run(args: &DevArgs, session: &Session) -> Result<()> {
    let deploy_args = DeployArgs {
        stage: StageArgs {
            config: args.config.clone(),
            target: Target::Local,
        },
        force: false,
        plan_digest: None,
        run: args.run.clone(),
    };
    let mut stage = open(args, session).await?;
    let result: Result<()> = async {
        let (changed, mut changes) = mpsc::unbounded_channel();
        let mut watcher = watch(changed)?;
        let mut watched = BTreeSet::new();
        loop {
            watch_sources(&mut watcher, &mut watched, &stage.project)?;
            if let Err(failure) = deploy::deploy(&stage, &deploy_args, session).await {
                if session.cancel.is_cancelled() {
                    return Ok(());
                }
                crate::error::print(&failure);
            }
            print("\nWatching for changes; Ctrl-C ends this, the stage goes on.\n")?;
            if !next_change(&mut changes, session).await {
                return Ok(());
            }
            match Project::load(&args.config, session).await {
                Ok(project) => stage.project = project,
                Err(failure) => crate::error::print(&failure),
            }
        }
    }
    .await;
    let left = deploy::leave(&stage).await;
    result?;
    left
}

async fn open(args: &DevArgs, session: &Session) -> Result<LocalStage> {
    let project = Project::load(&args.config, session).await?;
    super::warn(&project.warnings);
    LocalStage::open(project, args.run.port, session).await
}

fn watch(changed: mpsc::UnboundedSender<()>) -> Result<notify::RecommendedWatcher> {
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Reading a source is not a change of it, and our own state is not a source.
        let counts = event.is_ok_and(|event| {
            !event.kind.is_access()
                && event
                    .paths
                    .iter()
                    .any(|path| !path.components().any(|part| part.as_os_str() == ".scf"))
        });
        if counts {
            let _ = changed.send(());
        }
    });
    Ok(watcher.map_err(WatchError)?)
}

fn watch_sources(
    watcher: &mut notify::RecommendedWatcher,
    watched: &mut BTreeSet<PathBuf>,
    project: &Project,
) -> Result<()> {
    let mut wanted = BTreeSet::from([(
        project.folder.clone().into_std_path_buf(),
        RecursiveMode::NonRecursive as u8,
    )]);
    for container in project.config.containers.values() {
        let source = super::desired::build_source(&project.folder, container);
        wanted.insert((
            source.context.into_std_path_buf(),
            RecursiveMode::Recursive as u8,
        ));
    }
    for (path, mode) in wanted {
        if watched.insert(path.clone()) {
            let recursive = mode == RecursiveMode::Recursive as u8;
            let mode = if recursive {
                RecursiveMode::Recursive
            } else {
                RecursiveMode::NonRecursive
            };
            watcher.watch(&path, mode).map_err(WatchError)?;
        }
    }
    Ok(())
}

/// Waits for a change and the quiet after it; `false` when the run is cancelled.
async fn next_change(changes: &mut mpsc::UnboundedReceiver<()>, session: &Session) -> bool {
    tokio::select! {
        () = session.cancel.cancelled() => return false,
        change = changes.recv() => if change.is_none() { return false },
    }
    while let Ok(Some(())) = tokio::time::timeout(QUIET, changes.recv()).await {}
    true
}
