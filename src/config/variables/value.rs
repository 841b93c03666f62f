//! What a variable becomes, and how far that may be shown.

use serde_json::Value as Json;

/// How far a value may be shown. What is made of several values is as guarded as the most guarded
/// of them; so is what is looked up at an address that is made of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Exposure {
    /// It stands in the file or is said elsewhere: messages may repeat it.
    Open,
    /// It may be a secret (the environment knows no difference): no message repeats it.
    Quiet,
    /// A secret: it may only go where secrets are kept, and shows as `***`.
    Secret,
}

/// A value on its way into the file.
#[derive(Clone)]
pub(super) struct Resolved {
    pub json: Json,
    pub exposure: Exposure,
}

/// Characters and values that one variable may become. References to references double: without
/// a bound, thirty short lines fill the memory.
const MAX_WEIGHT: usize = 1 << 20;

impl Resolved {
    pub fn open(json: impl Into<Json>) -> Self {
        Self {
            json: json.into(),
            exposure: Exposure::Open,
        }
    }

    pub fn quiet(json: impl Into<Json>) -> Self {
        Self {
            json: json.into(),
            exposure: Exposure::Quiet,
        }
    }

    pub fn secret(json: impl Into<Json>) -> Self {
        Self {
            json: json.into(),
            exposure: Exposure::Secret,
        }
    }

    /// At least as guarded as `exposure`.
    #[must_use]
    pub fn guarded(mut self, exposure: Exposure) -> Self {
        self.exposure = self.exposure.max(exposure);
        self
    }

    /// The value as part of a text; nothing for lists, maps and null.
    pub fn as_text(&self) -> Option<String> {
        match &self.json {
            Json::String(text) => Some(text.clone()),
            Json::Number(_) | Json::Bool(_) => Some(self.json.to_string()),
            Json::Null | Json::Array(_) | Json::Object(_) => None,
        }
    }

    /// The value in a message: itself in backticks where that is allowed.
    pub fn shown(&self) -> String {
        match (self.exposure, self.as_text()) {
            (Exposure::Open, Some(text)) => format!("`{text}`"),
            _ => "`***`".to_owned(),
        }
    }

    /// Whether it is more than one variable may become.
    pub fn is_too_large(&self) -> bool {
        self.weight() > MAX_WEIGHT
    }

    /// Characters and values, about.
    pub fn weight(&self) -> usize {
        weight(&self.json)
    }
}

fn weight(json: &Json) -> usize {
    match json {
        Json::String(text) => 1 + text.len(),
        Json::Array(items) => items.iter().map(weight).sum::<usize>() + 1,
        Json::Object(map) => {
            let entries = map.iter().map(|(key, value)| key.len() + weight(value));
            entries.sum::<usize>() + 1
        }
        _ => 1,
    }
}
