//! `scf dev`: deploys locally, then watches the sources and redeploys what changed.

use std::{collections::BTreeMap, time::Duration};

use notify::{RecursiveMode, Watcher as _};
use tokio::{sync::mpsc, time::timeout};

use super::{Session, deploy, print, project::Project, stage::LocalStage};
use crate::{
    cli::{DeployArgs, DevArgs, StageArgs, Target},
    error::{Class, Diagnose, Result},
    progress::Style,
    source::{DockerfileSource, STATE_FOLDER},
};

/// Changes that come within this time of each other are one change: editors write in bursts.
const QUIET: Duration = Duration::from_millis(200);
/// Changes that go on and on are waited for no longer than this.
const RESTLESS: Duration = Duration::from_secs(3);

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
/// The config's at the start, or the watch's. A deploy that fails is printed, and the next change is
/// tried again.
pub async fn run(args: &DevArgs, session: &Session) -> Result<()> {
    let deploy_args = DeployArgs {
        stage: StageArgs {
            config: args.config.clone(),
            target: Target::Local,
        },
        force: false,
        plan_digest: None,
        run: args.run.clone(),
        tasks: args.tasks.clone(),
        registry: args.registry.clone(),
    };
    let (mut project, mut stage) = open(args, session).await?;
    let result: Result<()> = async {
        let (changed, mut changes) = mpsc::unbounded_channel();
        let mut watcher = watch(changed)?;
        loop {
            watch_sources(&mut watcher, &project)?;
            // Each deploy has a display of its own: a tree is not drawn over what came since.
            let session = &Session {
                display: Style::detect(args.run.debug).display(),
                ..session.clone()
            };
            if let Err(failure) = deploy::deploy(&project, &stage, &deploy_args, session).await {
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
                Ok(changed) => {
                    stage.identity = changed.identity.clone();
                    project = changed;
                }
                Err(failure) => crate::error::print(&failure),
            }
        }
    }
    .await;
    let left = deploy::leave(&stage).await;
    result?;
    left
}

async fn open(args: &DevArgs, session: &Session) -> Result<(Project, LocalStage)> {
    let project = Project::load(&args.config, session).await?;
    super::warn(&project.warnings);
    let stage = LocalStage::open(project.identity.clone(), args.tasks.port, session).await?;
    Ok((project, stage))
}

fn watch(changed: mpsc::UnboundedSender<()>) -> Result<notify::RecommendedWatcher> {
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Reading a source is not a change of it, and our own state is not a source.
        let counts = event.is_ok_and(|event| {
            !event.kind.is_access()
                && event.paths.iter().any(|path| {
                    !path
                        .components()
                        .any(|part| part.as_os_str() == STATE_FOLDER)
                })
        });
        if counts {
            let _ = changed.send(());
        }
    });
    Ok(watcher.map_err(WatchError)?)
}

/// Watches what is not watched yet. A folder that was made anew is a new folder to the system, so
/// watches are set again after each change.
fn watch_sources(watcher: &mut notify::RecommendedWatcher, project: &Project) -> Result<()> {
    let mut wanted =
        BTreeMap::from([(project.identity.folder.clone(), RecursiveMode::NonRecursive)]);
    for container in project.config.containers.values() {
        let source = super::recipe::source(project, container);
        if let DockerfileSource::Path(dockerfile) = &source.dockerfile
            && let Some(folder) = dockerfile.parent()
        {
            let folder = folder.to_owned();
            wanted.entry(folder).or_insert(RecursiveMode::NonRecursive);
        }
        wanted.insert(source.context, RecursiveMode::Recursive);
    }
    for (path, mode) in wanted {
        watcher
            .watch(path.as_std_path(), mode)
            .map_err(WatchError)?;
    }
    Ok(())
}

/// Waits for a change and the quiet after it; `false` when the run is cancelled.
async fn next_change(changes: &mut mpsc::UnboundedReceiver<()>, session: &Session) -> bool {
    let burst = async {
        changes.recv().await?;
        // Files that never rest are redeployed all the same.
        let _ = timeout(RESTLESS, async {
            while let Ok(Some(())) = timeout(QUIET, changes.recv()).await {}
        })
        .await;
        Some(())
    };
    matches!(
        session.cancel.run_until_cancelled(burst).await,
        Some(Some(()))
    )
}
