//! What variables are resolved against.

use std::{collections::BTreeMap, fmt};

use camino::Utf8PathBuf;

use crate::names::Stage;

/// What variables are resolved against. The library reads no process environment of its own.
#[derive(Clone)]
pub struct Context {
    /// Environment variables, for `${env:NAME}` and for the servers and the checkout that CI
    /// describes there.
    pub environment: BTreeMap<String, String>,
    /// The stage that is planned.
    pub stage: Stage,
    /// Folder of the config file: files are named relative to it, and git is asked there.
    pub folder: Utf8PathBuf,
    /// Options of the command line by name, for `${opt:name}`.
    pub options: BTreeMap<String, String>,
    /// Parameters of the command line, for `${param:name}`; they win over those of the stage.
    pub params: BTreeMap<String, String>,
    /// Random, the same for all of a run: `${sls:instanceId}`.
    pub instance_id: String,
}

/// Names only: environment variables and parameters hold secrets.
impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            environment,
            stage,
            folder,
            options,
            params,
            instance_id,
        } = self;
        f.debug_struct("Context")
            .field("environment", &environment.keys().collect::<Vec<_>>())
            .field("stage", stage)
            .field("folder", folder)
            .field("options", &options.keys().collect::<Vec<_>>())
            .field("params", &params.keys().collect::<Vec<_>>())
            .field("instance_id", instance_id)
            .finish()
    }
}
