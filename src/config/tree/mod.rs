//! The config file as a tree in which every value knows where it was written.

mod parse;
mod path;
mod place;

use std::ops::Range;

use serde_json::{Map, Number};

pub(super) use parse::{parse, parse_value};
pub(super) use path::{Path, Step};
pub(super) use place::Place;

/// Byte range in the text of the file.
pub(super) type Span = Range<usize>;

/// Who wrote a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// It stands in the file as it is.
    File,
    /// A variable gave it: it may be a secret, so no message may repeat it.
    Variable,
    /// A variable gave it and it is a secret: it may only go where secrets are kept.
    Secret,
    /// A variable should have given it and failed; that is reported already.
    Failed,
}

/// A value and its place.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub span: Span,
    pub origin: Origin,
    pub value: Value,
}

/// What YAML 1.2 (core schema) makes of a piece of text.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key of a map with its value.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub key: String,
    pub key_span: Span,
    pub node: Node,
}

impl Value {
    /// A number; `1024.0` becomes the whole number that JSON Schema takes it for.
    #[allow(clippy::cast_possible_truncation)] // Exact below 2^53.
    fn number(number: Number) -> Self {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let whole = |float: &f64| float.fract() == 0.0 && float.abs() < EXACT;
        match number.as_f64().filter(whole) {
            Some(float) => Self::Number((float as i64).into()),
            None => Self::Number(number),
        }
    }
}

impl Node {
    /// A value as the file has it.
    pub fn new(span: Span, value: Value) -> Self {
        Self {
            span,
            origin: Origin::File,
            value,
        }
    }

    /// A value that a variable gave; all of it stands where the variable stands.
    pub fn from_variable(span: &Span, value: serde_json::Value, origin: Origin) -> Self {
        let nested = |value| Self::from_variable(span, value, origin);
        let value = match value {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(it) => Value::Bool(it),
            serde_json::Value::Number(it) => Value::number(it),
            serde_json::Value::String(it) => Value::Text(it),
            serde_json::Value::Array(items) => Value::List(items.into_iter().map(nested).collect()),
            serde_json::Value::Object(map) => Value::Map(
                map.into_iter()
                    .map(|(key, value)| Entry {
                        key,
                        key_span: span.clone(),
                        node: nested(value),
                    })
                    .collect(),
            ),
        };
        Self {
            span: span.clone(),
            origin,
            value,
        }
    }

    /// The plain value, positions dropped.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(it) => (*it).into(),
            Value::Number(it) => it.clone().into(),
            Value::Text(it) => it.clone().into(),
            Value::List(items) => items.iter().map(Self::to_json).collect(),
            Value::Map(entries) => {
                let pairs = entries
                    .iter()
                    .map(|entry| (entry.key.clone(), entry.node.to_json()));
                serde_json::Value::Object(pairs.collect::<Map<_, _>>())
            }
        }
    }

    /// Drops all entries of a map but these.
    pub fn keep(&mut self, keys: &[&str]) {
        if let Value::Map(entries) = &mut self.value {
            entries.retain(|entry| keys.contains(&entry.key.as_str()));
        }
    }

    /// Adds an entry, which stands nowhere, to a map.
    pub fn set(&mut self, key: &str, value: serde_json::Value) {
        if let Value::Map(entries) = &mut self.value {
            entries.push(Entry {
                key: key.to_owned(),
                key_span: 0..0,
                node: Self::from_variable(&(0..0), value, Origin::File),
            });
        }
    }

    /// The entries of a map; nothing for any other value.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }
}
