//! `stages` and `preview`.

use std::{collections::BTreeMap, fmt};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Compute, ComputeKind, Ttl};
use crate::names::{ContainerName, Stage};

/// Settings of one stage.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct StageSettings {
    /// Branch (name or glob) whose pushes deploy this stage.
    #[schemars(example = &"main")]
    pub branch: Option<String>,
    /// Whether only an approved plan, or a job in a protected environment, deploys it.
    pub protected: bool,
    /// Values for `${param:name}`.
    pub params: BTreeMap<String, Value>,
    /// Compute of containers in this stage, by container, in place of their own.
    pub compute: BTreeMap<ContainerName, Compute>,
    /// Availability zones that tasks are spread over.
    #[schemars(extend("enum" = [1, 3]))]
    pub zones: Option<u8>,
    /// Sources of variables by name: `type: vault` or `type: terraform`, with their settings.
    /// Others are accepted from SCF's files, without effect.
    pub resolvers: BTreeMap<String, Value>,
}

/// Without the values of parameters and resolvers: they may be secrets.
impl fmt::Debug for StageSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            branch,
            protected,
            params,
            compute,
            zones,
            resolvers,
        } = self;
        f.debug_struct("StageSettings")
            .field("branch", branch)
            .field("protected", protected)
            .field("params", &params.keys().collect::<Vec<_>>())
            .field("compute", compute)
            .field("zones", zones)
            .field("resolvers", &resolvers.keys().collect::<Vec<_>>())
            .finish()
    }
}

/// Preview stages of pull requests.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(deny_unknown_fields)]
pub struct Preview {
    /// Stage whose network, edge and repositories they share; `dev` without this.
    pub base: Option<Stage>,
    /// What their containers run on.
    pub compute: ComputeKind,
    /// Label that a pull request must have; all get a preview without this.
    #[schemars(example = &"preview")]
    pub label: Option<String>,
    /// How long they live after the last push.
    pub ttl: Ttl,
    /// Wildcard domain that they are served under.
    #[schemars(example = &"*.preview.example.com")]
    pub domain: Option<String>,
    /// Whether protected stages may run images that previews built.
    pub share_images: bool,
}
