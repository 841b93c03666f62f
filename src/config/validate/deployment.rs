//! Keys of SCF that are accepted and mean something else, or nothing, here.

use serde_json::Value;

use super::Document;
use crate::config::{problem::Problem, tree::Path};

pub(super) fn check(document: &Document<'_>, problems: &mut Vec<Problem>) {
    let kind = Path::of(&["deployment", "type"]);
    if document
        .value(&kind)
        .is_some_and(|value| value == "awsApi@1.0")
    {
        problems.push(
            Problem::warning(
                document.span(&kind),
                "`awsApi@1.0` is deployed as `aws@1.0`",
            )
            .label("SCF's first architecture")
            .help(
                "what changes: CloudFront routes in front of the load balancer, and Lambda \
                     containers are reached by function URL; write `aws@1.0` once that is fine",
            ),
        );
    }
    let unused = ["org", "frameworkVersion"]
        .map(|key| Path::of(&[key]))
        .into_iter();
    let stages = document.children(&Path::of(&["stages"])).into_iter();
    let sources = stages.flat_map(|stage| document.children(&stage.key("resolvers")));
    for path in unused.chain(sources.filter(|source| !is_read(document, source))) {
        if document.has(&path) {
            problems.push(
                Problem::warning(document.key_span(&path), format!("`{path}` has no effect"))
                    .label("a key of SCF")
                    .help("remove it"),
            );
        }
    }
}

/// Whether a source of variables is of a kind that is built; others give credentials, which here
/// come from the job.
fn is_read(document: &Document<'_>, source: &Path) -> bool {
    let kind = document.value(&source.key("type")).and_then(Value::as_str);
    matches!(kind, Some("vault" | "terraform"))
}
