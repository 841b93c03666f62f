//! `containers.<name>.compute`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AwsIam, Scale, iam};

/// What a container runs on.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(deny_unknown_fields)]
pub struct Compute {
    /// The service.
    #[serde(rename = "type")]
    pub kind: ComputeKind,
    /// Settings of `awsLambda`.
    pub aws_lambda: AwsLambda,
    /// Settings of `awsFargateEcs`.
    pub aws_fargate_ecs: AwsFargateEcs,
    /// What the container may do in AWS.
    pub aws_iam: Option<AwsIam>,
}

/// A compute service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ComputeKind {
    /// AWS Lambda, from an image, behind a function URL.
    #[default]
    AwsLambda,
    /// Amazon ECS on Fargate, behind a load balancer.
    AwsFargateEcs,
}

impl ComputeKind {
    /// As it is written in the config and in `SERVERLESS_COMPUTE_TYPE`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AwsLambda => "awsLambda",
            Self::AwsFargateEcs => "awsFargateEcs",
        }
    }
}

/// Settings of a Lambda function. Limits: AWS Lambda API reference, `CreateFunction`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct AwsLambda {
    /// Memory in MiB.
    #[schemars(range(min = 128, max = 10240))]
    pub memory: u32,
    /// Longest time a request may take, in seconds.
    #[schemars(range(min = 1, max = 900))]
    pub timeout: u32,
    /// Whether it runs inside the VPC.
    pub vpc: bool,
}

impl Default for AwsLambda {
    fn default() -> Self {
        Self {
            memory: 1024,
            timeout: 6,
            vpc: false,
        }
    }
}

/// Settings of a Fargate service.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(deny_unknown_fields)]
pub struct AwsFargateEcs {
    /// CPU units; 1024 are one vCPU.
    #[schemars(extend("enum" = [256, 512, 1024, 2048, 4096, 8192, 16384]))]
    pub cpu: u32,
    /// Memory in MiB. Each `cpu` allows its own sizes.
    #[schemars(range(min = 512, max = 122_880))]
    pub memory: u32,
    /// Role that starts the tasks; one is made without this.
    #[schemars(regex(pattern = iam::ROLE_ARN), example = iam::ROLE_ARN_EXAMPLE, extend("x-expect" = iam::ROLE_ARN_EXPECT))]
    pub execution_role_arn: Option<String>,
    /// How many tasks run.
    pub scale: Vec<Scale>,
}

impl Default for AwsFargateEcs {
    fn default() -> Self {
        Self {
            cpu: 256,
            memory: 512,
            execution_role_arn: None,
            scale: Vec::new(),
        }
    }
}

impl AwsFargateEcs {
    /// Memory sizes in MiB that Fargate allows for a number of CPU units; none for a number that
    /// it does not know. Amazon ECS developer guide, "Task definition parameters", task size.
    pub fn memory_sizes(cpu: u32) -> Vec<u32> {
        const GIB: u32 = 1024;
        match cpu {
            256 => vec![512, GIB, 2 * GIB],
            512 => sizes(1, 4, 1),
            1024 => sizes(2, 8, 1),
            2048 => sizes(4, 16, 1),
            4096 => sizes(8, 30, 1),
            8192 => sizes(16, 60, 4),
            16384 => sizes(32, 120, 8),
            _ => Vec::new(),
        }
    }
}

/// From `first` to `last` GiB, in steps of `step` GiB, as MiB.
fn sizes(first: u32, last: u32, step: usize) -> Vec<u32> {
    (first..=last).step_by(step).map(|gib| gib * 1024).collect()
}
