//! The types of the config file. Their doc comments are the descriptions of the JSON Schema.
//!
//! serde reads only what the schema has accepted, so the types themselves let unknown keys pass;
//! `schemars(deny_unknown_fields)` is what refuses them, all at once and with their places.

mod build;
mod compute;
mod container;
mod deployment;
mod iam;
mod integrations;
mod json;
mod routing;
mod scale;
mod secret;
mod stages;
mod text;
mod ttl;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

pub use self::{
    build::Build,
    compute::{AwsFargateEcs, AwsLambda, Compute, ComputeKind},
    container::{Container, Dev, DevHooks, FunctionAuth},
    deployment::{Alb, Deployment, DeploymentType, ExecutionRole, Role, Slack, Vpc},
    iam::{AwsIam, Effect, Policy, Statement},
    integrations::{
        EventBridgeIntegration, Integration, ScheduleIntegration, SlackCredentials,
        SlackIntegration,
    },
    json::json_schema,
    routing::Routing,
    scale::{
        AdjustmentType, ComparisonOperator, Dimension, MetricAggregation, Scale, StepAdjustment,
        StepPolicy, TargetMetric, TargetPolicy,
    },
    stages::{Preview, StageSettings},
    text::OneOrMany,
    ttl::Ttl,
};
pub(super) use json::{Compiled, EXPECT, compiled};
pub(super) use text::{split_words, text_of};

use crate::names::{ContainerName, StackName, Stage};

/// A `serverless.containers.yml`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields, transform = json::name_or_namespace)]
pub struct Config {
    /// Name of the stack: the first part of every resource name, so keep it short.
    #[serde(alias = "namespace")]
    #[schemars(example = &"my-app")]
    pub name: StackName,
    /// Cloud and region.
    pub provider: Option<Provider>,
    /// What is deployed around the containers.
    #[schemars(example = example_deployment())]
    pub deployment: Deployment,
    /// The containers, by name.
    #[serde(default)]
    pub containers: BTreeMap<ContainerName, Container>,
    /// Settings of stages, by name.
    #[serde(default)]
    pub stages: BTreeMap<Stage, StageSettings>,
    /// Preview stages of pull requests; the defaults apply without it.
    pub preview: Option<Preview>,
    /// Accepted from SCF's files, without effect.
    pub org: Option<String>,
    /// Accepted from SCF's files, without effect.
    pub framework_version: Option<String>,
}

/// Cloud and region.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Provider {
    /// The cloud.
    #[serde(default)]
    pub name: Cloud,
    /// Region of everything that is not global.
    #[schemars(
        regex(pattern = "^[a-z]{2}(-[a-z]+)+-[0-9]$"),
        example = &"eu-central-1",
        extend("x-expect" = "a region such as `eu-central-1`")
    )]
    pub region: Option<String>,
}

/// A cloud.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Cloud {
    /// Amazon Web Services.
    #[default]
    Aws,
}

fn example_deployment() -> serde_json::Value {
    serde_json::json!({ "type": "aws@1.0" })
}
