//! Words and advice that the sentences are made of.

use jsonschema::JsonType;
use serde_json::Value;

use crate::config::tree::{Node, Origin, Value as TreeValue};

/// What people usually meant who wrote a value of another type.
pub(super) fn type_advice(node: &Node, expected: &[JsonType]) -> Option<&'static str> {
    let wants = |kind| expected.contains(&kind);
    let number = wants(JsonType::Integer) || wants(JsonType::Number);
    match &node.value {
        TreeValue::Null if wants(JsonType::String) => {
            Some("write a value, `\"\"` for empty text, or remove the key")
        }
        TreeValue::Null => Some("write its keys below it, indented, or remove it"),
        _ if matches!(node.origin, Origin::Variable | Origin::Secret) => {
            Some("the value comes from a variable")
        }
        TreeValue::Text(text) if number && text.parse::<f64>().is_ok() => {
            Some("write it without quotes")
        }
        TreeValue::Text(text)
            if wants(JsonType::Boolean)
                && matches!(text.to_lowercase().as_str(), "yes" | "no" | "on" | "off") =>
        {
            Some("write `true` or `false`: in YAML 1.2 `yes`, `no`, `on` and `off` are text")
        }
        TreeValue::Number(_) | TreeValue::Bool(_) if wants(JsonType::String) => {
            Some("put it in quotes")
        }
        TreeValue::List(_) if wants(JsonType::Object) => {
            Some("write `key: value` lines, without `-`")
        }
        _ => None,
    }
}

/// A JSON type as people call it.
pub(super) fn type_name(kind: JsonType) -> &'static str {
    match kind {
        JsonType::Null => "empty",
        JsonType::Boolean => "`true` or `false`",
        JsonType::Integer => "a whole number",
        JsonType::Number => "a number",
        JsonType::String => "text",
        JsonType::Array => "a list",
        JsonType::Object => "a map",
    }
}

/// What stands there instead.
pub(super) fn found(value: &TreeValue) -> &'static str {
    match value {
        TreeValue::Null => "nothing is written here",
        TreeValue::Bool(_) => "this is a truth value",
        TreeValue::Number(_) => "this is a number",
        TreeValue::Text(_) => "this is text",
        TreeValue::List(_) => "this is a list",
        TreeValue::Map(_) => "this is a map",
    }
}

/// a, b or c.
pub(super) fn alternatives(words: &[&str]) -> String {
    match words {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        words => words.concat(),
    }
}

/// A value as it is written on one line.
pub(super) fn yaml(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(yaml).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(map) => {
            let pairs = map
                .iter()
                .map(|(key, value)| format!("{key}: {}", yaml(value)));
            format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// The first sentence of a description, without its full stop.
pub(super) fn first_sentence(text: &str) -> String {
    let text = text.replace('\n', " ");
    text.split_once(". ")
        .map_or(text.trim_end_matches('.'), |(first, _)| first)
        .to_owned()
}
