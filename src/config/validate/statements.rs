//! Statements of `customPolicy`: what IAM refuses. IAM user guide, "IAM JSON policy element
//! reference" and "IAM and AWS STS quotas".

use std::collections::BTreeMap;

use serde_json::Value;

use super::Document;
use crate::config::{
    problem::Problem,
    schema::{OneOrMany, Statement},
    tree::Path,
};

/// Characters, without white space, of all inline policies of a role.
const MOST_CHARACTERS: usize = 10_240;

pub(super) fn size(document: &Document<'_>, policy: &Path, problems: &mut Vec<Problem>) {
    let Some(value) = document.value(policy) else {
        return;
    };
    let text = value.to_string();
    let size = text.chars().filter(|c| !c.is_whitespace()).count();
    if size > MOST_CHARACTERS {
        problems.push(
            Problem::error(document.key_span(policy), "the policy is too large")
                .label(format!("{size} characters; a role takes {MOST_CHARACTERS}"))
                .help("name resources by wildcard, or make a role of your own and write `roleArn`"),
        );
    }
}

/// No two statements of a policy may have the same name.
pub(super) fn names(
    document: &Document<'_>,
    statements: &[(Path, &Statement)],
    problems: &mut Vec<Problem>,
) {
    let mut first: BTreeMap<&str, &Path> = BTreeMap::new();
    for (path, statement) in statements {
        let Some(sid) = &statement.sid else { continue };
        let at = document.span(&path.key("Sid"));
        if !sid.chars().all(|c| c.is_ascii_alphanumeric()) {
            problems.push(
                Problem::error(at.clone(), format!("`{}` is malformed", path.key("Sid")))
                    .label("must be letters and digits"),
            );
        }
        if let Some(known) = first.insert(sid, path) {
            problems.push(
                Problem::error(at, "two statements have the same name")
                    .label("again here")
                    .also(document.span(&known.key("Sid")), "first here")
                    .help("a `Sid` may be left out"),
            );
        }
    }
}

pub(super) fn check(
    document: &Document<'_>,
    path: &Path,
    statement: &Statement,
    problems: &mut Vec<Problem>,
) {
    let Statement {
        sid: _,
        effect: _,
        action,
        not_action,
        resource,
        not_resource,
        condition,
    } = statement;
    for (key, values) in [("Action", action), ("NotAction", not_action)] {
        let help = "write `service:Action`, such as `s3:GetObject`, or `*`";
        each(
            document,
            &path.key(key),
            values.as_ref(),
            is_action,
            "no action",
            help,
            problems,
        );
    }
    for (key, values) in [("Resource", resource), ("NotResource", not_resource)] {
        let help = "write an ARN, such as `arn:aws:s3:::my-bucket/*`, or `*`";
        each(
            document,
            &path.key(key),
            values.as_ref(),
            is_resource,
            "no resource",
            help,
            problems,
        );
    }
    if let Some(Value::Object(operators)) = condition {
        for (operator, keys) in operators {
            let at = path.key("Condition").key(operator);
            let fits = keys
                .as_object()
                .is_some_and(|keys| keys.values().all(is_condition));
            if !fits {
                problems.push(
                    Problem::error(document.span(&at), format!("`{at}` is no condition"))
                        .label("must be a map of keys to a value or a list of values")
                        .help("for example `StringEquals: { \"aws:SourceAccount\": \"123456789012\" }`"),
                );
            }
        }
    }
}

fn each(
    document: &Document<'_>,
    path: &Path,
    values: Option<&OneOrMany<String>>,
    fits: fn(&str) -> bool,
    fact: &str,
    help: &str,
    problems: &mut Vec<Problem>,
) {
    let values = match values {
        None => Vec::new(),
        Some(OneOrMany::One(value)) => vec![(path.clone(), value)],
        Some(OneOrMany::Many(values)) if values.is_empty() => {
            let problem = Problem::error(document.span(path), format!("`{path}` is empty"));
            problems.push(problem.label("needs one entry or more").help(help));
            Vec::new()
        }
        Some(OneOrMany::Many(values)) => {
            let at = |(index, value)| (path.index(index), value);
            values.iter().enumerate().map(at).collect()
        }
    };
    for (at, _) in values.iter().filter(|(_, value)| !fits(value)) {
        let problem = Problem::error(document.span(at), format!("`{at}` is {fact}"));
        problems.push(problem.help(help));
    }
}

fn is_action(text: &str) -> bool {
    let Some((service, action)) = text.split_once(':') else {
        return text == "*";
    };
    let name = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let wild = |c: char| c.is_ascii_alphanumeric() || "*?_-".contains(c);
    !service.is_empty()
        && service.chars().all(name)
        && !action.is_empty()
        && action.chars().all(wild)
}

/// Six parts, of which the last may hold colons; wildcards may stand in any but the first.
fn is_resource(text: &str) -> bool {
    text == "*" || (text.starts_with("arn:") && text.splitn(6, ':').count() == 6)
}

fn is_condition(value: &Value) -> bool {
    let simple = |value: &Value| value.is_string() || value.is_number() || value.is_boolean();
    simple(value)
        || value
            .as_array()
            .is_some_and(|values| values.iter().all(simple))
}
