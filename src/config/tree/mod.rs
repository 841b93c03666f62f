//! The config file as a tree in which every value knows where it was written.

mod parse;
mod path;

use std::ops::Range;

use serde_json::{Map, Number};

pub(super) use parse::parse;
pub(super) use path::{Path, Step};

/// Byte range in the text of the file.
pub(super) type Span = Range<usize>;

/// Who wrote a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// It stands in the file as it is.
    File,
    /// A variable gave it: it may be a secret, so no message may repeat it.
    Variable,
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

/// Where a path leads to.
pub(super) struct Place<'a> {
    /// The key under which the value stands; none for the root and for items of a list.
    pub key: Option<&'a Entry>,
    pub node: &'a Node,
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
    pub fn from_variable(span: &Span, value: serde_json::Value) -> Self {
        let nested = |value| Self::from_variable(span, value);
        let value = match value {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(it) => Value::Bool(it),
            serde_json::Value::Number(it) => Value::Number(it),
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
            origin: Origin::Variable,
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

    /// The entries of a map; nothing for any other value.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The place of `path`, or of the longest part of it that exists.
    pub fn locate(&self, path: &Path) -> Place<'_> {
        let mut place = Place {
            key: None,
            node: self,
        };
        for step in path.steps() {
            let next = match (&place.node.value, step) {
                (Value::Map(entries), Step::Key(key)) => entries
                    .iter()
                    .find(|entry| entry.key == *key)
                    .map(|entry| Place {
                        key: Some(entry),
                        node: &entry.node,
                    }),
                (Value::List(items), Step::Index(index)) => {
                    items.get(*index).map(|node| Place { key: None, node })
                }
                _ => None,
            };
            match next {
                Some(next) => place = next,
                None => break,
            }
        }
        place
    }

    /// Reads text that a variable gave as the number or truth value that it spells. Whether there
    /// was any at `path`.
    pub fn retype(&mut self, path: &Path) -> bool {
        let mut node = self;
        for step in path.steps() {
            let next = match (&mut node.value, step) {
                (Value::Map(entries), Step::Key(key)) => entries
                    .iter_mut()
                    .find(|entry| entry.key == *key)
                    .map(|entry| &mut entry.node),
                (Value::List(items), Step::Index(index)) => items.get_mut(*index),
                _ => None,
            };
            let Some(next) = next else { return false };
            node = next;
        }
        let (Origin::Variable, Value::Text(text)) = (node.origin, &node.value) else {
            return false;
        };
        node.value = match serde_json::from_str(text.trim()) {
            Ok(serde_json::Value::Number(number)) => Value::Number(number),
            Ok(serde_json::Value::Bool(it)) => Value::Bool(it),
            _ => return false,
        };
        true
    }

    /// Whether a variable failed here or anywhere below.
    pub fn has_failed(&self) -> bool {
        match &self.value {
            _ if self.origin == Origin::Failed => true,
            Value::List(items) => items.iter().any(Self::has_failed),
            Value::Map(entries) => entries.iter().any(|entry| entry.node.has_failed()),
            _ => false,
        }
    }
}

impl Place<'_> {
    /// What to underline: a simple value itself, the key of anything larger.
    pub fn highlight(&self) -> Span {
        let simple = !matches!(self.node.value, Value::List(_) | Value::Map(_));
        match (self.key, self.node.entries().first()) {
            _ if simple && !self.node.span.is_empty() => self.node.span.clone(),
            (Some(entry), _) => entry.key_span.clone(),
            (None, Some(first)) => first.key_span.clone(),
            (None, None) => self.node.span.clone(),
        }
    }
}
