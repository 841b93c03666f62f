//! `scf plan`: reads, plans, prints. Changes nothing.

use super::{Session, gather, local_only, print_as, project::Project, stage::LocalStage};
use crate::{cli::PlanArgs, error::Result, plan, report};

/// Runs the command.
///
/// # Errors
/// Whatever cannot be read.
pub async fn run(args: &PlanArgs, session: &Session) -> Result<()> {
    local_only(args.stage.target)?;
    let project = Project::load(&args.stage.config, session).await?;
    super::warn(&project.warnings);
    let stage = LocalStage::open(project.identity.clone(), None, session).await?;
    let inputs = gather::gather(&project, &stage, args.force, &session.cancel).await?;
    super::warn(&inputs.warnings);
    let plan = plan::local::plan(
        &inputs.desired,
        &inputs.observed,
        &inputs.state.state.key,
        args.force,
    );
    print_as(
        args.stage.config.output,
        || report::plan_text(&plan),
        || report::plan_json(&plan),
    )
}
