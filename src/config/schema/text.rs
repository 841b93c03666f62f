//! Values that people write in more than one form.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error};

use crate::image::{BuildFlags, flags::SshFlag};

/// One value, or a list of them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OneOrMany<T> {
    /// A value by itself.
    One(T),
    /// A list.
    Many(Vec<T>),
}

impl<T> From<OneOrMany<T>> for Vec<T> {
    fn from(values: OneOrMany<T>) -> Self {
        match values {
            OneOrMany::One(value) => vec![value],
            OneOrMany::Many(values) => values,
        }
    }
}

/// A map of text that may be written as numbers or truth values.
pub(super) fn scalars(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "additionalProperties": { "type": ["string", "number", "boolean"] },
    })
}

/// Words: a list, or text that is split.
pub(super) type Words = OneOrMany<String>;

pub(super) fn one_or_many<'de, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    OneOrMany::deserialize(deserializer).map(Into::into)
}

pub(super) fn flags<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BuildFlags, D::Error> {
    let words = match Words::deserialize(deserializer)? {
        OneOrMany::One(text) => {
            split_words(&text).ok_or_else(|| D::Error::custom("a quote is not closed"))?
        }
        OneOrMany::Many(words) => words,
    };
    // The rules of the config have reported every misuse with its place.
    BuildFlags::parse(&words).map_err(|_| D::Error::custom("a flag is misused"))
}

pub(super) fn ssh<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<SshFlag>, D::Error> {
    let items: Vec<String> = one_or_many(deserializer)?;
    let parsed = items.iter().map(|item| SshFlag::parse(item));
    parsed.collect::<Result<_, _>>().map_err(D::Error::custom)
}

pub(super) fn map<'de, D>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error>
where
    D: Deserializer<'de>,
{
    let values = BTreeMap::<String, serde_json::Value>::deserialize(deserializer)?;
    Ok(values
        .into_iter()
        .map(|(key, value)| (key, text_of(value)))
        .collect())
}

/// Text as it is; everything else as JSON.
pub(in crate::config) fn text_of(value: serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    }
}

/// Splits as a POSIX shell does (quotes and backslashes, no expansion); nothing when a quote is
/// not closed or a backslash has nothing to escape.
pub(in crate::config) fn split_words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => {
                let escaped = characters.next()?;
                let word = word.get_or_insert_default();
                // Within double quotes a backslash stays before anything but these.
                if quote.is_some() && !matches!(escaped, '"' | '\\' | '$' | '`') {
                    word.push('\\');
                }
                word.push(escaped);
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}
