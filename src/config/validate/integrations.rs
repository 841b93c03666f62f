//! `integrations`: credentials that Slack's socket mode needs.

use super::Document;
use crate::config::{
    problem::Problem,
    schema::{Integration, SlackIntegration},
    tree::Path,
};

pub(super) fn check(document: &Document<'_>, map: &Path, problems: &mut Vec<Problem>) {
    for path in document.children(map) {
        let Some(Integration::Slack(SlackIntegration {
            socket_mode: true,
            credentials: Some(credentials),
            ..
        })) = document.typed(&path)
        else {
            continue;
        };
        if credentials.app_token.is_none() {
            problems.push(
                Problem::error(
                    document.key_span(&path.key("credentials")),
                    "missing key `appToken`",
                )
                .label("socket mode connects with it")
                .also(document.key_span(&path.key("socketMode")), "on here")
                .help("add `appToken: ${env:SLACK_APP_TOKEN}`"),
            );
        }
    }
}
