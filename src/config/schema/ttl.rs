//! How long a preview lives: `12h`, `7d`.

use std::{borrow::Cow, time::Duration};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error};

/// A time to live; 7 days unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ttl(pub Duration);

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

impl Default for Ttl {
    fn default() -> Self {
        Self(Duration::from_secs(7 * DAY))
    }
}

impl Ttl {
    /// Reads a number of minutes, hours or days: `90m`, `12h`, `7d`.
    pub fn parse(text: &str) -> Option<Self> {
        let unit = match text.chars().last()? {
            'm' => MINUTE,
            'h' => HOUR,
            'd' => DAY,
            _ => return None,
        };
        let number: u32 = text[..text.len() - 1].parse().ok()?;
        (number > 0).then(|| Self(Duration::from_secs(u64::from(number) * unit)))
    }
}

impl<'de> Deserialize<'de> for Ttl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("not a time to live"))
    }
}

impl JsonSchema for Ttl {
    fn schema_name() -> Cow<'static, str> {
        "Ttl".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^[1-9][0-9]{0,5}[mhd]$",
            "x-expect": "a number of minutes, hours or days: `90m`, `12h`, `7d`",
        })
    }
}
