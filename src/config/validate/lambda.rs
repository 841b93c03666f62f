//! Environments of functions: the names and the size that Lambda takes. Lambda developer guide,
//! "Working with Lambda environment variables"; API reference, `Environment`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Document;
use crate::config::{
    problem::Problem,
    schema::{ComputeKind, Routing, text_of},
    tree::{Path, Step},
};

/// Lambda sets them itself.
const RESERVED: [&str; 18] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

/// Of all variables together, as one JSON document: that is how Lambda measures.
const MOST_BYTES: usize = 4096;

pub(super) fn check(document: &Document<'_>, container: &Path, problems: &mut Vec<Problem>) {
    if document.compute(container) != Some(ComputeKind::AwsLambda) {
        return;
    }
    let map = container.key("environment");
    for path in document.children(&map) {
        problems.extend(name(document, &path));
    }
    problems.extend(size(document, container, &map));
}

fn name(document: &Document<'_>, path: &Path) -> Option<Problem> {
    let Some(Step::Key(key)) = path.steps().last() else {
        return None;
    };
    let problem = |fact| Problem::error(document.key_span(path), format!("Lambda {fact} `{key}`"));
    if RESERVED.contains(&key.as_str()) {
        let problem = problem("does not let anyone set");
        return Some(
            problem
                .label("reserved: Lambda sets it itself")
                .help("give it another name, or remove it"),
        );
    }
    let fits = key.starts_with(|c: char| c.is_ascii_alphabetic())
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    // Those that no system takes are reported already.
    let is_reported = key.is_empty() || key.contains(['=', '\0']);
    (!fits && !is_reported).then(|| {
        problem("knows no variable named")
            .label("must be letters, digits and `_`, the first a letter")
            .help("give it another name; Fargate takes any")
    })
}

fn size(document: &Document<'_>, container: &Path, map: &Path) -> Option<Problem> {
    let own: BTreeMap<String, Value> = document.typed(map)?;
    let own = own
        .into_iter()
        .map(|(key, value)| (key, text_of(value).into()));
    let mut all: BTreeMap<String, Value> = added(document, container).into_iter().collect();
    all.extend(own);
    let size = json!(all).to_string().len();
    (size > MOST_BYTES).then(|| {
        Problem::error(
            document.key_span(map),
            format!("`{map}` is too large for Lambda"),
        )
        .label(format!("{size} bytes; Lambda takes {MOST_BYTES}"))
        .help(
            "names and values count, those of the variables that every container gets too: let \
                 the container read large values from SSM or from a file of its image",
        )
    })
}

/// What every function gets besides its own variables: ours, and the web adapter's.
fn added(document: &Document<'_>, container: &Path) -> Vec<(String, Value)> {
    let routing = document.typed::<Routing>(&container.key("routing"));
    let pattern = routing.as_ref().map(|it| it.path_pattern.clone());
    let health = routing.as_ref().map(Routing::health_check_path);
    let name = document.value(&Path::of(&["name"])).and_then(Value::as_str);
    let key = match container.steps().last() {
        Some(Step::Key(key)) => key.as_str(),
        _ => "",
    };
    let pairs = [
        ("SERVERLESS_NAMESPACE", name.unwrap_or_default()),
        ("SERVERLESS_STAGE", document.stage.as_str()),
        ("SERVERLESS_CONTAINER_NAME", key),
        ("SERVERLESS_COMPUTE_TYPE", ComputeKind::AwsLambda.as_str()),
        (
            "SERVERLESS_ROUTING_PATH_PATTERN",
            pattern.as_deref().unwrap_or_default(),
        ),
        ("SERVERLESS_LOCAL", "false"),
        ("PORT", "8080"),
        ("AWS_LWA_PORT", "8080"),
        ("AWS_LWA_INVOKE_MODE", "response_stream"),
        (
            "AWS_LWA_READINESS_CHECK_PATH",
            health.as_deref().unwrap_or_default(),
        ),
    ];
    let pairs = pairs.into_iter();
    pairs
        .map(|(key, value)| (key.to_owned(), value.into()))
        .collect()
}
