//! `integrations`: names and expressions that AWS takes, credentials that Slack's socket mode needs.

use super::{Document, events, schedule};
use crate::config::{
    problem::Problem,
    schema::{EventBridgeIntegration, Integration, ScheduleIntegration, SlackIntegration},
    tree::{Path, Step},
};

pub(super) fn check(document: &Document<'_>, map: &Path, problems: &mut Vec<Problem>) {
    for path in document.children(map) {
        problems.extend(name(document, &path));
        match document.typed(&path) {
            Some(Integration::Schedule(ScheduleIntegration { schedule, .. })) => {
                schedule::check(document, &path.key("schedule"), &schedule, problems);
            }
            Some(Integration::AwsEventBridge(EventBridgeIntegration { pattern, .. })) => {
                events::check(document, &path.key("pattern"), &pattern, problems);
            }
            Some(Integration::Slack(slack)) => problems.extend(token(document, &path, &slack)),
            None => {}
        }
    }
}

/// They are part of the names of rules and schedules, and of the default `webhookPath`.
fn name(document: &Document<'_>, path: &Path) -> Option<Problem> {
    let Some(Step::Key(key)) = path.steps().last() else {
        return None;
    };
    let fits = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
    (key.is_empty() || !key.chars().all(fits)).then(|| {
        Problem::error(document.key_span(path), "AWS takes no rule of this name")
            .label("must be letters, digits, `.`, `-` and `_`")
    })
}

fn token(document: &Document<'_>, path: &Path, slack: &SlackIntegration) -> Option<Problem> {
    let credentials = slack.credentials.as_ref().filter(|_| slack.socket_mode)?;
    credentials.app_token.is_none().then(|| {
        Problem::error(
            document.key_span(&path.key("credentials")),
            "missing key `appToken`",
        )
        .label("socket mode connects with it")
        .also(document.key_span(&path.key("socketMode")), "on here")
        .help("add `appToken: ${env:SLACK_APP_TOKEN}`")
    })
}
