//! The sentences: fact, label and advice for each way in which a value misses the schema.

use jsonschema::{JsonType, ValidationError};
use serde_json::Value;

use super::words::{alternatives, first_sentence, found, type_advice, type_name, yaml};
use crate::config::{
    problem::Problem,
    suggest::{closest, one_of},
    tree::{Node, Origin, Path, Span, Value as TreeValue},
};

/// A value, and the schema object whose rule it breaks.
pub(super) struct Subject<'a> {
    pub tree: &'a Node,
    pub schema: &'a Value,
    pub path: &'a Path,
}

impl Subject<'_> {
    fn node(&self) -> &Node {
        self.tree.locate(self.path).node
    }

    fn span(&self) -> Span {
        self.tree.locate(self.path).highlight()
    }

    /// `containers.api` in backticks, or what the root is called.
    fn name(&self) -> String {
        if self.path.is_root() {
            "the file".to_owned()
        } else {
            format!("`{}`", self.path)
        }
    }

    fn known_keys(&self) -> Vec<&str> {
        let properties = self.schema.get("properties").and_then(Value::as_object);
        properties
            .into_iter()
            .flatten()
            .map(|(key, _)| key.as_str())
            .collect()
    }

    pub fn unknown_key(&self, key: &str) -> Problem {
        let node = self.node();
        let entry = node.entries().iter().find(|entry| entry.key == key);
        let span = entry.map_or_else(|| self.span(), |entry| entry.key_span.clone());
        let known = self.known_keys();
        let problem = Problem::error(span, format!("unknown key `{key}`"))
            .label(format!("{} has no such key", self.name()));
        match closest(key, known.iter().copied()) {
            Some(similar) => problem.help(format!("did you mean `{similar}`?")),
            None => match known.as_slice() {
                [] => problem.help("remove it"),
                [only] => problem.help(format!("its only key is `{only}`")),
                known => problem.help(format!("write one of {}", one_of(known))),
            },
        }
    }

    /// Nothing when an unknown key is there that is this one misspelt: that is said already.
    pub fn missing_key(&self, key: &str) -> Option<Problem> {
        if self.misspelt(key).is_some() {
            return None;
        }
        let property = self.schema.pointer(&format!("/properties/{key}"));
        let example = property.and_then(|it| it.pointer("/examples/0").or(it.get("const")));
        let problem = Problem::error(self.span(), format!("missing key `{key}`"))
            .label(format!("{} needs it", self.name()));
        Some(match example {
            Some(value) => problem.help(format!("for example `{key}: {}`", yaml(value))),
            None => problem,
        })
    }

    /// The key that is there and that was meant to be this one.
    pub fn misspelt(&self, key: &str) -> Option<&str> {
        let known = self.known_keys();
        let is_meant = |given: &&str| {
            !known.contains(given) && closest(given, known.iter().copied()) == Some(key)
        };
        let mut given = self.node().entries().iter().map(|entry| entry.key.as_str());
        given.find(is_meant)
    }

    pub fn wrong_type(&self, expected: &[JsonType]) -> Problem {
        let node = self.node();
        let wanted: Vec<&str> = expected.iter().map(|kind| type_name(*kind)).collect();
        let title = match node.value {
            TreeValue::Null => format!("{} is empty", self.name()),
            _ => format!("{} must be {}", self.name(), alternatives(&wanted)),
        };
        let problem = Problem::error(self.span(), title).label(found(&node.value));
        match type_advice(node, expected) {
            Some(advice) => problem.help(advice),
            None => problem,
        }
    }

    pub fn not_an_option(&self, options: &[String]) -> Problem {
        let problem = Problem::error(self.span(), format!("{} has no such value", self.name()))
            .label(format!("must be {}", one_of(options)));
        match &self.node().value {
            TreeValue::Text(given) if self.node().origin == Origin::File => {
                match closest(given, options.iter().map(String::as_str)) {
                    Some(similar) => problem.help(format!("did you mean `{similar}`?")),
                    None => problem,
                }
            }
            _ => problem,
        }
    }

    pub fn out_of_range(&self, fact: &str, bound: &str, limit: &Value) -> Problem {
        let problem = Problem::error(self.span(), format!("{} is {fact}", self.name()))
            .label(format!("must be {bound} {limit}"));
        match self.schema.get("description").and_then(Value::as_str) {
            Some(description) => problem.help(first_sentence(description)),
            None => problem,
        }
    }

    pub fn malformed(&self, expect: Option<&str>) -> Problem {
        let problem = Problem::error(self.span(), format!("{} is malformed", self.name()));
        match expect {
            Some(expect) => problem.label(format!("must be {expect}")),
            None if matches!(&self.node().value, TreeValue::Text(text) if text.is_empty()) => {
                problem.label("must not be empty")
            }
            None => problem,
        }
    }

    pub fn empty(&self) -> Problem {
        Problem::error(self.span(), format!("{} is empty", self.name()))
            .label("needs one entry or more")
    }

    pub fn name_and_namespace(&self) -> Problem {
        let entries = self.tree.entries();
        let key = |key| entries.iter().find(|entry| entry.key == key);
        let span = |key_name| key(key_name).map_or(0..0, |entry| entry.key_span.clone());
        Problem::error(span("namespace"), "both `name` and `namespace` are given")
            .label("the older spelling of `name`")
            .also(span("name"), "given here")
            .help("keep `name`")
    }

    /// Keywords that the schema does not use today. The crate's own words, without the value.
    pub fn other(&self, error: &ValidationError<'_>) -> Problem {
        Problem::error(self.span(), format!("{} does not fit", self.name()))
            .label(error.masked_with("it").to_string())
    }
}
