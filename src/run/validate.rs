//! `scf validate`: is the config right? Exits 0 or 2.

use serde_json::json;

use super::{Session, print_as, stage::Project};
use crate::{cli::ConfigArgs, error::Result};

/// Runs the command.
///
/// # Errors
/// All that is wrong with the config.
pub async fn run(args: &ConfigArgs, session: &Session) -> Result<()> {
    let project = Project::load(args, session).await?;
    super::warn(&project.warnings);
    let containers = project.config.containers.len();
    print_as(
        args.output,
        || {
            format!(
                "The config of {} is valid: {containers} containers.\n",
                project.config.name
            )
        },
        || json!({ "format": "scf.validate/v1", "name": project.config.name, "valid": true, "warnings": project.warnings }),
    )
}
