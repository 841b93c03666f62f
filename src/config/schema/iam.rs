//! `containers.<name>.compute.awsIam`: a role, or a policy for the role that is made.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{OneOrMany, text};

pub(super) const ROLE_ARN: &str = "^arn:aws[a-z-]*:iam::[0-9]+:role/.+$";
pub(super) const ROLE_ARN_EXAMPLE: &str = "arn:aws:iam::123456789012:role/name";
pub(super) const ROLE_ARN_EXPECT: &str = "the ARN of a role: `arn:aws:iam::123456789012:role/name`";

/// What a container may do in AWS: `roleArn` or `customPolicy`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct AwsIam {
    /// An existing role.
    #[schemars(regex(pattern = ROLE_ARN), example = ROLE_ARN_EXAMPLE, extend("x-expect" = ROLE_ARN_EXPECT))]
    pub role_arn: Option<String>,
    /// A policy for the role that is made.
    pub custom_policy: Option<Policy>,
}

/// An identity-based policy. IAM user guide, "IAM JSON policy element reference".
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
pub struct Policy {
    /// Version of the policy language.
    #[schemars(extend("enum" = ["2012-10-17", "2008-10-17"]), example = &"2012-10-17")]
    pub version: String,
    /// Any text.
    #[schemars(example = &"what this is for")]
    pub id: Option<String>,
    /// The statements.
    #[serde(deserialize_with = "text::one_or_many")]
    #[schemars(with = "OneOrMany<Statement>")]
    pub statement: Vec<Statement>,
}

/// One statement. It has `Action` or `NotAction`, and `Resource` or `NotResource`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
pub struct Statement {
    /// A name for it.
    #[schemars(example = &"ReadOrders")]
    pub sid: Option<String>,
    /// What it does.
    pub effect: Effect,
    /// Actions that it is about.
    pub action: Option<OneOrMany<String>>,
    /// All actions but these.
    pub not_action: Option<OneOrMany<String>>,
    /// Resources that it is about.
    pub resource: Option<OneOrMany<String>>,
    /// All resources but these.
    pub not_resource: Option<OneOrMany<String>>,
    /// When it holds: operator, key, values.
    #[schemars(extend("type" = "object"), example = example_condition())]
    pub condition: Option<serde_json::Value>,
}

/// Effect of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Effect {
    /// The actions are allowed.
    Allow,
    /// The actions are denied, whatever else allows them.
    Deny,
}

fn example_condition() -> serde_json::Value {
    serde_json::json!({ "StringEquals": { "aws:SourceAccount": "123456789012" } })
}
