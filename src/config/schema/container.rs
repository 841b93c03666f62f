//! `containers.<name>`.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use super::{Build, Compute, ComputeKind, Integration, Routing, Scale, secret};

/// One container.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct Container {
    /// Source folder, relative to the config file.
    #[schemars(with = "String", length(min = 1), example = &"./api", extend("x-expect" = "a folder such as `./api`"))]
    pub src: Utf8PathBuf,
    /// How the image is built.
    #[serde(default)]
    pub build: Build,
    /// What it runs on.
    #[serde(default)]
    pub compute: Compute,
    /// Which requests it gets.
    #[schemars(example = example_routing())]
    pub routing: Routing,
    /// Environment variables. Numbers, lists and maps become text (JSON).
    #[serde(default, deserialize_with = "secret::map")]
    #[schemars(schema_with = "secret::any_values")]
    pub environment: BTreeMap<String, SecretString>,
    /// Names of the variables of [`Self::environment`] whose values stand in the file as they are: they
    /// may be shown.
    #[serde(skip)]
    #[schemars(skip)]
    pub plain_environment: BTreeSet<String>,
    /// What else posts to it, by name.
    #[serde(default)]
    pub integrations: BTreeMap<String, Integration>,
    /// Local development.
    pub dev: Option<Dev>,
    /// Port that it listens on, 8080 or the one that its Dockerfile exposes; it finds it in `PORT`.
    #[schemars(range(min = 1), example = 3000)]
    pub port: Option<u16>,
    /// Who may call the function's URL.
    pub auth: Option<FunctionAuth>,
    /// Whether it must answer its health check here before it is deployed.
    #[serde(default = "yes")]
    pub preflight: bool,
}

impl Container {
    /// How many replicas run: those desired, else the minimum of autoscaling, else 1. Always 1 on
    /// Lambda, which scales by itself.
    pub fn tasks(&self) -> u32 {
        if self.compute.kind == ComputeKind::AwsLambda {
            return 1;
        }
        let scale = &self.compute.aws_fargate_ecs.scale;
        let desired = scale.iter().find_map(|entry| match entry {
            Scale::Desired { desired } => Some(*desired),
            _ => None,
        });
        let minimum = scale.iter().find_map(|entry| match entry {
            Scale::Min { min } => Some(*min),
            _ => None,
        });
        desired.or(minimum).unwrap_or(1)
    }
}

/// Who may call a function's URL (`AuthType` of Lambda function URLs).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum FunctionAuth {
    /// Anyone who knows the URL.
    None,
    /// Only the stage's CloudFront distribution, by origin access control.
    Oac,
}

/// Local development.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct Dev {
    /// Commands to run on events.
    #[serde(default)]
    pub hooks: DevHooks,
    /// Folder to watch, relative to `src`; all of it without this.
    #[schemars(with = "Option<String>", example = &"src")]
    pub watch_path: Option<Utf8PathBuf>,
    /// File name endings to watch, such as `.js`; all without this.
    #[serde(default)]
    pub watch_extensions: Vec<String>,
    /// Folders not to watch.
    #[serde(default)]
    pub exclude_directories: Vec<String>,
}

/// Commands of the system's shell, by event.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DevHooks {
    /// Run when the container is reloaded.
    #[schemars(example = &"npm run build")]
    pub onreload: Option<String>,
}

fn yes() -> bool {
    true
}

fn example_routing() -> serde_json::Value {
    serde_json::json!({ "pathPattern": "/*" })
}
