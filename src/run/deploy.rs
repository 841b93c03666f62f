//! `scf deploy`: under the lease of the stage, reads, plans, shows the plan and applies it.

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{
    RunError, Session,
    apply::{self, Applied},
    gather::{self, Inputs},
    info, local_only, print, print_as,
    project::Project,
    stage::LocalStage,
    why,
};
use crate::{
    cli::{DeployArgs, Output},
    error::Result,
    local::Place,
    plan::{self, Plan},
    report,
    resource::local::{Step, network},
    state::lease::Lease,
};

/// Runs the command.
///
/// # Errors
/// Config, engine, lease, or any step of the plan.
pub async fn run(args: &DeployArgs, session: &Session) -> Result<()> {
    local_only(args.stage.target)?;
    let project = Project::load(&args.stage.config, session).await?;
    super::warn(&project.warnings);
    let stage = LocalStage::open(project.identity.clone(), args.tasks.port, session).await?;
    let result = deploy(&project, &stage, args, session).await;
    let left = leave(&stage).await;
    result?;
    left
}

/// Deploys once; `dev` does so after each change.
///
/// # Errors
/// Lease, sources, or any step of the plan.
pub async fn deploy(
    project: &Project,
    stage: &LocalStage,
    args: &DeployArgs,
    session: &Session,
) -> Result<()> {
    stage.identity.make_state_folder()?;
    let (lease, run) = apply::lease(stage, "deploy", &args.run, session).await?;
    let result = deploy_leased(project, stage, args, session, &lease, run).await;
    let released = lease.release().await;
    result?;
    Ok(released?)
}

async fn deploy_leased(
    project: &Project,
    stage: &LocalStage,
    args: &DeployArgs,
    session: &Session,
    lease: &Lease,
    run: String,
) -> Result<()> {
    enter(stage, session).await?;
    let Inputs {
        desired,
        observed,
        mut state,
        warnings,
    } = gather::gather(project, stage, args.force, &session.cancel).await?;
    super::warn(&warnings);
    let plan = plan::local::plan(&desired, &observed, &state.state.key, args.force);
    approve(&plan, args.plan_digest.as_deref())?;
    let output = args.stage.config.output;
    if output == Output::Text {
        print(&report::plan_text(&plan))?;
    }
    if !plan.is_empty() {
        why::remember(&mut state.state, &desired, &observed).await?;
        let document = observed.document.clone().unwrap_or_default();
        let applied = Applied {
            stage,
            lease,
            run,
            command: "deploy",
            args: &args.run,
            health_deadline: args.tasks.health_deadline,
            document,
        };
        apply::apply(&plan, applied, state, session).await?;
    }
    let info = info::read(stage).await?;
    print_as(
        output,
        || format!("\n{}", report::served_text(&info)),
        || json!({ "format": "scf.deploy/v1", "plan": report::plan_json(&plan), "stage": report::info_json(&info) }),
    )
}

fn approve(plan: &Plan<Step>, approved: Option<&str>) -> Result<()> {
    let now = plan.digest();
    match approved {
        Some(approved) if approved != now.as_str() => Err(RunError::StalePlan {
            now: now.to_string(),
            approved: approved.to_owned(),
        }
        .into()),
        _ => Ok(()),
    }
}

/// In a container the proxy is ours for as long as the command runs, and the stage's network, if it
/// is there already, is joined before anything is looked at.
async fn enter(stage: &LocalStage, session: &Session) -> Result<()> {
    let Place::Container { id } = &stage.place else {
        return Ok(());
    };
    let (stack, name) = (&stage.identity.name, &stage.identity.stage);
    for network in stage.engine.reader().networks(stack, name).await? {
        stage.engine.connect(&network.id, id).await?;
    }
    stage.proxy.start(&session.cancel).await?;
    Ok(())
}

/// Undoes [`enter`], whatever happened between.
///
/// # Errors
/// The engine's or the proxy's.
pub async fn leave(stage: &LocalStage) -> Result<()> {
    let Place::Container { id } = &stage.place else {
        return Ok(());
    };
    // Even after a signal: what the command started must not outlive it.
    stage.proxy.stop(&CancellationToken::new()).await?;
    let network = network::name(&stage.identity.name, &stage.identity.stage);
    stage.engine.disconnect(&network, id).await?;
    Ok(())
}
