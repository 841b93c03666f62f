//! `scf remove`: all of the stage, in order, under its lease.

use std::time::Duration;

use serde_json::json;

use super::{
    Session,
    apply::{self, Applied},
    gather, local_only, print, print_as,
    project::Identity,
    stage::LocalStage,
};
use crate::{
    cli::{Output, RemoveArgs},
    error::Result,
    local::{edge_store, proxy},
    plan, report,
    source::STATE_FOLDER,
    state::{self, StoreError, lease::Lease},
};

/// Runs the command.
///
/// # Errors
/// Config, engine, lease, or any step.
pub async fn run(args: &RemoveArgs, session: &Session) -> Result<()> {
    local_only(args.stage.target)?;
    let identity = Identity::load(&args.stage.config, session).await?;
    let stage = LocalStage::open(identity, None, session).await?;
    stage.identity.make_state_folder()?;
    let (lease, run) = apply::lease(&stage, "remove", &args.run, session).await?;
    let result = remove(&stage, args, session, &lease, run).await;
    let released = lease.release().await;
    result?;
    released?;
    forget(&stage)
}

async fn remove(
    stage: &LocalStage,
    args: &RemoveArgs,
    session: &Session,
    lease: &Lease,
    run: String,
) -> Result<()> {
    let observed = gather::observe(stage).await?;
    let plan = plan::local::plan_removal(&stage.identity.name, &stage.identity.stage, &observed);
    let output = args.stage.config.output;
    if output == Output::Text {
        print(&if plan.is_empty() {
            format!(
                "{}, stage {}: nothing of it is here.\n",
                plan.stack, plan.stage
            )
        } else {
            report::plan_text(&plan)
        })?;
    }
    let state = gather::state(stage, &observed).await?;
    let state = if plan.is_empty() {
        state
    } else {
        let document = observed.document.unwrap_or_default();
        let applied = Applied {
            stage,
            lease,
            run,
            command: "remove",
            args: &args.run,
            // Nothing is started.
            health_deadline: Duration::ZERO,
            document,
        };
        apply::apply(&plan, applied, state, session).await?
    };
    remove_files(stage)?;
    state::forget(stage.objects.as_ref(), state).await?;
    print_as(
        output,
        || format!("\n{}, stage {} is removed.\n", plan.stack, plan.stage),
        || json!({ "format": "scf.remove/v1", "plan": report::plan_json(&plan) }),
    )
}

/// What else is in the stage's folder, while the lease is still held.
fn remove_files(stage: &LocalStage) -> Result<(), StoreError> {
    let folder = stage.identity.state_folder();
    for file in [edge_store::FILE, proxy::RECORD, proxy::LOCK, proxy::LOG] {
        let path = folder.join(file);
        match std::fs::remove_file(&path) {
            Ok(()) => {}
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {}
            Err(cause) => {
                return Err(StoreError::Io {
                    verb: "remove",
                    what: path.into_string(),
                    cause,
                });
            }
        }
    }
    Ok(())
}

/// The last trace: the stage's folder, and `.scf` itself if no other stage is in it.
fn forget(stage: &LocalStage) -> Result<()> {
    // Not if another run has begun in it since the lease was given back.
    stage.objects.dissolve()?;
    let all = stage.identity.folder.join(STATE_FOLDER);
    let only_ignore = std::fs::read_dir(&all).is_ok_and(|entries| {
        entries
            .flatten()
            .all(|entry| entry.file_name() == ".gitignore")
    });
    if only_ignore {
        // Another run may be making a stage in it at this moment: then it is not empty any more.
        let _ = std::fs::remove_file(all.join(".gitignore"));
        let _ = std::fs::remove_dir(&all);
    }
    Ok(())
}
