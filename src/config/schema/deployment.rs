//! `deployment`: what is deployed around the containers, and what of it is brought along.

use schemars::JsonSchema;
use serde::Deserialize;

use super::iam;

/// What is deployed around the containers.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct Deployment {
    /// The architecture.
    #[serde(rename = "type")]
    #[schemars(example = &"aws@1.0")]
    pub kind: DeploymentType,
    /// An existing network: checked, never changed. All keys or none.
    pub aws_vpc: Option<Vpc>,
    /// For the load balancer.
    pub aws_alb: Option<Alb>,
    /// For Fargate tasks.
    pub aws_fargate_ecs: Option<ExecutionRole>,
    /// For all containers without their own.
    pub aws_iam: Option<Role>,
    /// For Slack integrations.
    pub slack: Option<Slack>,
}

/// An architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum DeploymentType {
    /// Lambda and Fargate side by side behind CloudFront.
    #[serde(rename = "aws@1.0")]
    Aws,
    /// SCF's first one, behind a load balancer alone; deployed as `aws@1.0`.
    #[serde(rename = "awsApi@1.0")]
    AwsApi,
}

/// An existing network.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct Vpc {
    /// The VPC.
    #[schemars(example = &"vpc-0123456789abcdef0")]
    pub id: String,
    /// Subnets of the load balancer, in different zones.
    #[schemars(length(min = 1), example = ["subnet-1", "subnet-2"])]
    pub public_subnets: Vec<String>,
    /// Subnets of the tasks and functions.
    #[schemars(length(min = 1), example = ["subnet-3", "subnet-4"])]
    pub private_subnets: Vec<String>,
    /// Group by which load balancer and tasks reach each other.
    #[schemars(example = &"sg-1")]
    pub s2s_security_group_id: String,
    /// Group that lets the internet reach the load balancer.
    #[schemars(example = &"sg-2")]
    pub load_balancer_security_group_id: String,
}

/// For the load balancer.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct Alb {
    /// Web ACL that guards it.
    #[schemars(
        regex(pattern = "^arn:aws[a-z-]*:wafv2:[a-z0-9-]+:[0-9]+:regional/webacl/.+$"),
        example = &"arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/name/id",
        extend("x-expect" = "the ARN of a regional WAFv2 web ACL: `arn:aws:wafv2:<region>:<account>:regional/webacl/<name>/<id>`")
    )]
    pub waf_acl_arn: String,
}

/// For Fargate tasks.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct ExecutionRole {
    /// Role that starts the tasks.
    #[schemars(
        regex(pattern = iam::ROLE_ARN),
        example = iam::ROLE_ARN_EXAMPLE,
        extend("x-expect" = iam::ROLE_ARN_EXPECT)
    )]
    pub execution_role_arn: String,
}

/// For containers without their own.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct Role {
    /// Role of the containers.
    #[schemars(
        regex(pattern = iam::ROLE_ARN),
        example = iam::ROLE_ARN_EXAMPLE,
        extend("x-expect" = iam::ROLE_ARN_EXPECT)
    )]
    pub role_arn: String,
}

/// For Slack integrations.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Slack {
    /// SSM parameter that holds Slack's app configuration token.
    #[serde(rename = "appConfigTokenSSMParameterPath")]
    #[schemars(example = &"/slack/app-config-token")]
    pub app_config_token_ssm_parameter_path: Option<String>,
}
