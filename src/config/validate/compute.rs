//! `compute`: one service at a time, sizes that Fargate sells, one source of permissions.

use super::{Document, scale};
use crate::config::{
    problem::Problem,
    schema::{AwsFargateEcs, AwsIam, Compute, ComputeKind, Scale, Statement},
    suggest::one_of,
    tree::Path,
};

pub(super) fn check(document: &Document<'_>, compute: &Path, problems: &mut Vec<Problem>) {
    if !document.has(compute) {
        return;
    }
    let fargate = compute.key("awsFargateEcs");
    foreign_block(document, compute, problems);
    if let Some(size) = document.typed::<AwsFargateEcs>(&fargate) {
        memory(document, &fargate, &size, problems);
    }
    let entries = fargate.key("scale");
    if let Some(scale) = document.typed::<Vec<Scale>>(&entries) {
        scale::check(document, &entries, &scale, problems);
    }
    iam(document, &compute.key("awsIam"), problems);
}

fn foreign_block(document: &Document<'_>, compute: &Path, problems: &mut Vec<Problem>) {
    // Only `type` is needed: a mistake elsewhere in the block must not silence this.
    let kind = match document.value(&compute.key("type")) {
        None => Some(Compute::default().kind),
        Some(_) => document.typed::<ComputeKind>(&compute.key("type")),
    };
    let (Some(kind), true) = (kind, !document.broken.contains(compute)) else {
        return;
    };
    let other = match kind {
        ComputeKind::AwsLambda => ComputeKind::AwsFargateEcs,
        ComputeKind::AwsFargateEcs => ComputeKind::AwsLambda,
    };
    let block = compute.key(other.as_str());
    if document.has(&block) {
        problems.push(
            Problem::error(document.key_span(&block), format!("`{block}` has no use"))
                .label(format!("this container runs on `{}`", kind.as_str()))
                .help(format!("remove it, or write `type: {}`", other.as_str())),
        );
    }
}

fn memory(
    document: &Document<'_>,
    fargate: &Path,
    size: &AwsFargateEcs,
    problems: &mut Vec<Problem>,
) {
    let allowed = AwsFargateEcs::memory_sizes(size.cpu);
    if allowed.contains(&size.memory) {
        return;
    }
    let sizes: Vec<String> = allowed.iter().map(u32::to_string).collect();
    let help = match sizes.as_slice() {
        [first, second, .., last] if sizes.len() > 8 => {
            format!("write `memory: {first}`, `{second}`, … up to `{last}`")
        }
        sizes => format!("write one of {}", one_of(sizes)),
    };
    let written = fargate.key("memory");
    let (at, label) = if document.has(&written) {
        (written, "not a size".to_owned())
    } else {
        let label = format!("`memory` is {} when not given", size.memory);
        (fargate.key("cpu"), label)
    };
    let title = format!("Fargate has no such `memory` for {} CPU units", size.cpu);
    problems.push(
        Problem::error(document.span(&at), title)
            .label(label)
            .help(help),
    );
}

fn iam(document: &Document<'_>, iam: &Path, problems: &mut Vec<Problem>) {
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
    for (index, statement) in custom.statement.iter().enumerate() {
        let at = if is_list {
            statements.index(index)
        } else {
            statements.clone()
        };
        one_each(document, &at, statement, problems);
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
