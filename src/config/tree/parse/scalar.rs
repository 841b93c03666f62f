//! What YAML 1.2 (core schema) makes of a simple value.

use std::borrow::Cow;

use saphyr::Scalar;
use saphyr_parser::{ScalarStyle, Tag};
use serde_json::Number;

use crate::config::tree::Value;

/// The value of a scalar; nothing when it does not fit its own tag (`!!int x`).
pub(super) fn resolve(
    text: Cow<'_, str>,
    style: ScalarStyle,
    tag: Option<&Cow<'_, Tag>>,
) -> Option<Value> {
    let raw = text.to_string();
    Some(
        match Scalar::parse_from_cow_and_metadata(text, style, tag)? {
            Scalar::Null => Value::Null,
            Scalar::Boolean(it) => Value::Bool(it),
            Scalar::Integer(it) => Value::number(it.into()),
            // Infinity and not-a-number have no JSON form.
            Scalar::FloatingPoint(it) => match Number::from_f64(*it) {
                Some(number) => Value::number(number),
                None => Value::Text(raw),
            },
            Scalar::String(it) => Value::Text(it.into_owned()),
        },
    )
}
