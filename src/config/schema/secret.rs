//! Maps whose values may be secrets: wrapped from the moment they are typed.

use std::collections::BTreeMap;

use schemars::{Schema, SchemaGenerator, json_schema};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

use super::text;

/// Values of any type but empty ones.
pub(super) fn any_values(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "additionalProperties": { "type": ["string", "number", "boolean", "array", "object"] },
    })
}

/// A map of values of any type, as text.
pub(super) fn map<'de, D>(deserializer: D) -> Result<BTreeMap<String, SecretString>, D::Error>
where
    D: Deserializer<'de>,
{
    let plain = text::map(deserializer)?;
    Ok(plain
        .into_iter()
        .map(|(key, value)| (key, value.into()))
        .collect())
}

/// Text.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(Into::into)
}

/// Text, if it is there.
pub(super) fn optional<'de, D>(deserializer: D) -> Result<Option<SecretString>, D::Error>
where
    D: Deserializer<'de>,
{
    Ok(Option::<String>::deserialize(deserializer)?.map(Into::into))
}
