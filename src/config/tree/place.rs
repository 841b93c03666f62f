//! From paths to values.

use super::{Entry, Node, Origin, Path, Span, Step, Value};

/// Where a path leads to.
pub(in crate::config) struct Place<'a> {
    /// The key under which the value stands; none for the root and for items of a list.
    pub key: Option<&'a Entry>,
    pub node: &'a Node,
}

impl Node {
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
        let (Origin::Variable | Origin::Secret, Value::Text(text)) = (node.origin, &node.value)
        else {
            return false;
        };
        node.value = match serde_json::from_str(text.trim()) {
            Ok(serde_json::Value::Number(number)) => Value::number(number),
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
