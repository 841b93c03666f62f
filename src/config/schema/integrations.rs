//! `containers.<name>.integrations`: each posts to a path of its container.

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use super::secret;

/// Something that posts to a container.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub enum Integration {
    /// A clock.
    Schedule(ScheduleIntegration),
    /// Events of the account's default bus.
    AwsEventBridge(EventBridgeIntegration),
    /// A Slack app.
    Slack(SlackIntegration),
}

impl Integration {
    /// Path that it posts to: the one that is set, else `/integrations/<name>/<kind>`.
    pub fn webhook_path(&self, name: &str) -> String {
        let (path, kind) = match self {
            Self::Schedule(it) => (&it.webhook_path, "schedule"),
            Self::AwsEventBridge(it) => (&it.webhook_path, "eventbridge"),
            Self::Slack(it) => (&it.webhook_path, "slack"),
        };
        path.clone()
            .unwrap_or_else(|| format!("/integrations/{name}/{kind}"))
    }
}

/// A clock.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct ScheduleIntegration {
    /// When: `rate(…)` or `cron(…)`, as EventBridge Scheduler has them.
    #[schemars(
        regex(pattern = r"^(rate|cron)\(.+\)$"),
        example = &"rate(5 minutes)",
        extend("x-expect" = "`rate(5 minutes)` or `cron(0 12 * * ? *)`")
    )]
    pub schedule: String,
    /// Path that it posts to; `/integrations/<name>/schedule` without this.
    #[schemars(regex(pattern = r"^/\S*$"), example = &"/hooks/schedule", extend("x-expect" = "a path that begins with `/`"))]
    pub webhook_path: Option<String>,
}

/// Events of the account's default bus.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct EventBridgeIntegration {
    /// Which events: an EventBridge event pattern.
    #[schemars(extend("minProperties" = 1), example = example_pattern())]
    pub pattern: serde_json::Map<String, serde_json::Value>,
    /// Path that it posts to; `/integrations/<name>/eventbridge` without this.
    #[schemars(regex(pattern = r"^/\S*$"), example = &"/hooks/eventbridge", extend("x-expect" = "a path that begins with `/`"))]
    pub webhook_path: Option<String>,
}

/// A Slack app.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct SlackIntegration {
    /// Name of the app, as people see it.
    #[schemars(length(min = 1), example = &"Orders")]
    pub name: String,
    /// Whether the app connects to Slack instead of Slack posting to it.
    #[serde(default)]
    pub socket_mode: bool,
    /// Path that Slack posts to; `/integrations/<name>/slack` without this.
    #[schemars(regex(pattern = r"^/\S*$"), example = &"/hooks/slack", extend("x-expect" = "a path that begins with `/`"))]
    pub webhook_path: Option<String>,
    /// Credentials; `SLACK_SIGNING_SECRET`, `SLACK_BOT_TOKEN` and `SLACK_APP_TOKEN` without this.
    pub credentials: Option<SlackCredentials>,
}

/// Credentials of a Slack app.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct SlackCredentials {
    /// Proves that a request comes from Slack.
    #[serde(deserialize_with = "secret::text")]
    #[schemars(with = "String", example = &"${env:SLACK_SIGNING_SECRET}")]
    pub signing_secret: SecretString,
    /// Lets the app act.
    #[serde(deserialize_with = "secret::text")]
    #[schemars(with = "String", example = &"${env:SLACK_BOT_TOKEN}")]
    pub bot_token: SecretString,
    /// Lets the app connect; needed with `socketMode`.
    #[serde(default, deserialize_with = "secret::optional")]
    #[schemars(with = "Option<String>", example = &"${env:SLACK_APP_TOKEN}")]
    pub app_token: Option<SecretString>,
}

fn example_pattern() -> serde_json::Value {
    serde_json::json!({ "source": ["my.orders"] })
}
