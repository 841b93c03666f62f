//! `containers.<name>.compute.awsFargateEcs.scale`: fixed size, or autoscaling policies as
//! Application Auto Scaling has them.

use schemars::JsonSchema;
use serde::Deserialize;

/// One entry of `scale`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub enum Scale {
    /// A fixed number of tasks.
    Desired {
        /// Tasks that run.
        #[serde(default = "default_desired")]
        desired: u32,
    },
    /// Autoscaling's lower bound.
    Min {
        /// Fewest tasks that run.
        #[schemars(range(min = 1), example = 1)]
        min: u32,
    },
    /// Autoscaling's upper bound.
    Max {
        /// Most tasks that run.
        #[schemars(range(min = 1), example = 10)]
        max: u32,
    },
    /// Keep a metric at a value.
    Target(TargetPolicy),
    /// Add or remove tasks in steps when an alarm fires.
    Step(StepPolicy),
}

/// A target tracking policy.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct TargetPolicy {
    /// The metric.
    pub target: TargetMetric,
    /// Its value: percent for `cpu` and `memory`, requests a task and minute otherwise.
    #[serde(default = "default_target_value")]
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub value: f64,
    /// Whether tasks are removed when the metric is below the value.
    #[serde(default = "yes")]
    pub scale_in: bool,
    /// Seconds to wait after tasks were removed.
    #[schemars(range(min = 1, max = 100), example = 60)]
    pub scale_in_cooldown: Option<u32>,
    /// Seconds to wait after tasks were added.
    #[schemars(range(min = 1, max = 100), example = 60)]
    pub scale_out_cooldown: Option<u32>,
}

/// A metric that target tracking knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum TargetMetric {
    /// `ECSServiceAverageCPUUtilization`.
    Cpu,
    /// `ECSServiceAverageMemoryUtilization`.
    Memory,
    /// `ALBRequestCountPerTarget`.
    AlbRequestsPerTarget,
}

impl TargetMetric {
    /// As it is written in the config.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::AlbRequestsPerTarget => "albRequestsPerTarget",
        }
    }
}

/// A step scaling policy and the alarm that drives it.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct StepPolicy {
    /// What the adjustments count in.
    pub adjustment_type: AdjustmentType,
    /// The steps, in ascending order, without overlap.
    #[schemars(length(min = 1))]
    pub step_adjustments: Vec<StepAdjustment>,
    /// Seconds to wait after an adjustment.
    #[serde(default = "default_cooldown")]
    pub cooldown: u32,
    /// How data points are aggregated.
    #[serde(default)]
    pub metric_aggregation_type: MetricAggregation,
    /// Metric of the alarm.
    #[schemars(length(min = 1), example = &"CPUUtilization")]
    pub metric_name: String,
    /// Namespace of the metric.
    #[schemars(length(min = 1), example = &"AWS/ECS")]
    pub namespace: String,
    /// Dimensions of the metric; those of the service without this.
    #[serde(default)]
    pub dimensions: Vec<Dimension>,
    /// Value at which the alarm fires.
    #[schemars(example = 75)]
    pub threshold: f64,
    /// How the metric is compared with the threshold.
    pub comparison_operator: ComparisonOperator,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct StepAdjustment {
    /// From here, counted from the threshold; without end below when absent.
    #[schemars(example = 0)]
    pub metric_interval_lower_bound: Option<f64>,
    /// Up to here; without end above when absent.
    #[schemars(example = 20)]
    pub metric_interval_upper_bound: Option<f64>,
    /// Tasks or percent to add; negative removes.
    #[schemars(example = 1)]
    pub scaling_adjustment: i32,
}

/// `AdjustmentType` of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[allow(missing_docs)] // The API's own words.
pub enum AdjustmentType {
    ChangeInCapacity,
    PercentChangeInCapacity,
    ExactCapacity,
}

/// `MetricAggregationType` of the API.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[allow(missing_docs)] // The API's own words.
pub enum MetricAggregation {
    #[default]
    Average,
    Minimum,
    Maximum,
}

/// `ComparisonOperator` of CloudWatch alarms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[allow(missing_docs)] // The API's own words.
pub enum ComparisonOperator {
    GreaterThanOrEqualToThreshold,
    GreaterThanThreshold,
    LessThanThreshold,
    LessThanOrEqualToThreshold,
}

/// A dimension of a metric.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Dimension {
    /// Its name.
    #[schemars(example = &"ClusterName")]
    pub name: String,
    /// Its value.
    #[schemars(example = &"my-cluster")]
    pub value: String,
}

/// What SCF took for `type: desired` without a number.
fn default_desired() -> u32 {
    5
}

fn default_target_value() -> f64 {
    70.0
}

fn default_cooldown() -> u32 {
    60
}

fn yes() -> bool {
    true
}
