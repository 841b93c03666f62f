//! `awsIam`: one source of permissions, statements that are whole.

use super::{Document, statements};
use crate::config::{
    problem::Problem,
    schema::{AwsIam, Statement},
    tree::Path,
};

pub(super) fn check(document: &Document<'_>, iam: &Path, problems: &mut Vec<Problem>) {
    let (role, policy) = (iam.key("roleArn"), iam.key("customPolicy"));
    if document.has(&role) && document.has(&policy) {
        problems.push(
            Problem::error(
                document.key_span(&policy),
                "both a role and a policy are given",
            )
            .label("for a role that is made")
            .also(
                document.key_span(&role),
                "an existing role, which is never changed",
            )
            .help("keep `roleArn` or `customPolicy`"),
        );
    }
    let Some(AwsIam {
        custom_policy: Some(custom),
        ..
    }) = document.typed::<AwsIam>(iam)
    else {
        return;
    };
    let statements = policy.key("Statement");
    let is_list = document
        .value(&statements)
        .is_some_and(serde_json::Value::is_array);
    let at = |index| {
        if is_list {
            statements.index(index)
        } else {
            statements.clone()
        }
    };
    let all = custom.statement.iter().enumerate();
    let all: Vec<(Path, &Statement)> = all.map(|(index, it)| (at(index), it)).collect();
    statements::size(document, &policy, problems);
    statements::names(document, &all, problems);
    for (at, statement) in &all {
        one_each(document, at, statement, problems);
        statements::check(document, at, statement, problems);
    }
}

fn one_each(
    document: &Document<'_>,
    at: &Path,
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
        condition: _,
    } = statement;
    let pairs = [
        ("Action", action.is_some(), not_action.is_some()),
        ("Resource", resource.is_some(), not_resource.is_some()),
    ];
    for (key, direct, inverted) in pairs {
        if direct != inverted {
            continue;
        }
        let fact = if direct {
            "both are here"
        } else {
            "neither is here"
        };
        problems.push(
            Problem::error(
                document.span(at),
                format!("a statement has either `{key}` or `Not{key}`"),
            )
            .label(fact),
        );
    }
}
