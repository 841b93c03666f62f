//! `compute`: one service at a time, sizes that Fargate sells.

use super::{Document, iam, scale};
use crate::config::{
    problem::Problem,
    schema::{AwsFargateEcs, Compute, ComputeKind, Scale},
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
    iam::check(document, &compute.key("awsIam"), problems);
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
