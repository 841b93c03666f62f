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
            Scalar::Integer(it) => Value::Number(it.into()),
            Scalar::FloatingPoint(it) => number(*it).map_or(Value::Text(raw), Value::Number),
            Scalar::String(it) => Value::Text(it.into_owned()),
        },
    )
}

/// A float as JSON has it. `1024.0` is the whole number that JSON Schema takes it for; infinity
/// and not-a-number have no JSON form.
#[allow(clippy::cast_possible_truncation)] // Exact below 2^53.
fn number(float: f64) -> Option<Number> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if float.fract() == 0.0 && float.abs() < EXACT {
        return Some((float as i64).into());
    }
    Number::from_f64(float)
}
