//! Labels on what we make in the engine: the truth that a lost state is rebuilt from.

use std::collections::BTreeMap;

use crate::{
    names::{ContainerName, StackName, Stage},
    resource::local::service::{Recorded, Revision, Spec},
    state::StageKey,
};

/// `name` of the config.
pub const NAME: &str = "scf.name";
/// The stage.
pub const STAGE: &str = "scf.stage";
/// Key under `containers`.
pub const CONTAINER: &str = "scf.container";
/// Revision of a task.
pub const REVISION: &str = "scf.revision";
/// Number of a task within its revision.
pub const INDEX: &str = "scf.index";
/// [`Recorded`] of a task, as JSON.
pub const SPEC: &str = "scf.spec";
/// The stage's key, on its network.
pub const KEY: &str = "scf.key";

type Labels = BTreeMap<String, String>;

fn labels<const N: usize>(pairs: [(&str, String); N]) -> Labels {
    pairs
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

/// Labels of the stage's network.
pub fn network(stack: &StackName, stage: &Stage, key: &StageKey) -> Labels {
    labels([
        (NAME, stack.to_string()),
        (STAGE, stage.to_string()),
        (KEY, key.expose().to_owned()),
    ])
}

/// Labels of an image. Stages share images, so there is no stage among them.
pub fn image(stack: &StackName, container: &ContainerName) -> Labels {
    labels([
        (NAME, stack.to_string()),
        (CONTAINER, container.to_string()),
    ])
}

/// Labels of a task.
pub fn task(spec: &Spec, revision: &Revision, index: u32, recorded: &Recorded) -> Labels {
    labels([
        (NAME, spec.stack.to_string()),
        (STAGE, spec.stage.to_string()),
        (CONTAINER, spec.container.to_string()),
        (REVISION, revision.0.clone()),
        (INDEX, index.to_string()),
        (SPEC, serde_json::to_string(recorded).unwrap_or_default()),
    ])
}

/// The filter for what belongs to a stage.
pub fn of_stage(stack: &StackName, stage: &Stage) -> Vec<String> {
    vec![format!("{NAME}={stack}"), format!("{STAGE}={stage}")]
}
