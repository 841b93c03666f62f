//! `pattern`: event patterns as EventBridge reads them. EventBridge user guide, "Creating event
//! patterns"; API reference, `PutRule`.

use serde_json::{Map, Value};

use super::Document;
use crate::config::{problem::Problem, tree::Path};

/// Characters of a pattern as JSON.
const MOST_CHARACTERS: usize = 4096;

pub(super) fn check(
    document: &Document<'_>,
    path: &Path,
    pattern: &Map<String, Value>,
    problems: &mut Vec<Problem>,
) {
    let size = Value::Object(pattern.clone()).to_string().chars().count();
    if size > MOST_CHARACTERS {
        problems.push(
            Problem::error(document.key_span(path), "the event pattern is too large")
                .label(format!(
                    "{size} characters as JSON; EventBridge takes {MOST_CHARACTERS}"
                ))
                .help("match by fewer values, or by `prefix` and `wildcard`"),
        );
    }
    for (key, value) in pattern {
        field(document, &path.key(key), value, problems);
    }
}

/// A field is a list of values and matchers, or a map of fields.
fn field(document: &Document<'_>, path: &Path, value: &Value, problems: &mut Vec<Problem>) {
    let problem = |label: &str, help: String| {
        Problem::error(document.span(path), format!("`{path}` matches nothing"))
            .label(label)
            .help(help)
    };
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (key, value) in fields {
                field(document, &path.key(key), value, problems);
            }
        }
        Value::Array(values) if !values.is_empty() => {}
        Value::Object(_) | Value::Array(_) => problems.push(problem(
            "must not be empty",
            "write the values that it may have, or `[{ exists: true }]`".to_owned(),
        )),
        _ => problems.push(problem(
            "must be a list of values, or a map of fields",
            "put the value in a list: `[value]`".to_owned(),
        )),
    }
}
