//! `scf validate`: is the config right? Exits 0 or 2.

use serde_json::{Value, json};

use super::{Session, print, print_as, project::Project};
use crate::{
    cli::{ConfigArgs, Output},
    config::{ConfigErrors, Notice},
    error::{Class, Failure, Result},
};

/// Format of the JSON document.
const FORMAT: &str = "scf.validate/v1";

/// Runs the command. With `--output json` the errors are data on standard output, and text on
/// standard error all the same.
///
/// # Errors
/// All that is wrong with the config.
pub async fn run(args: &ConfigArgs, session: &Session) -> Result<()> {
    let project = match Project::load(args, session).await {
        Ok(project) => project,
        Err(failure) => {
            if args.output == Output::Json && failure.class() == Class::Config {
                print(&format!("{:#}\n", refused(&failure)))?;
            }
            return Err(failure);
        }
    };
    super::warn(&project.warnings);
    let name = &project.identity.name;
    print_as(
        args.output,
        || match project.config.containers.len() {
            1 => format!("The config of {name} is valid: 1 container.\n"),
            count => format!("The config of {name} is valid: {count} containers.\n"),
        },
        || json!({ "format": FORMAT, "name": name, "valid": true, "warnings": project.warnings }),
    )
}

fn refused(failure: &Failure) -> Value {
    let errors = match failure.downcast::<ConfigErrors>() {
        Some(errors) => errors.notices(),
        None => vec![Notice::of(failure.to_string(), failure.hint())],
    };
    json!({ "format": FORMAT, "valid": false, "errors": errors })
}
