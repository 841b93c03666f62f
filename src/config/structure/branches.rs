//! Alternatives of the schema (`oneOf`, `anyOf`): which of them was meant, and what is wrong with
//! that one.

use jsonschema::{
    JsonType, ValidationError,
    error::{TypeKind, ValidationErrorKind as Kind},
};
use serde_json::Value;

use crate::config::tree::Path;

/// What is to be said when no alternative fits.
pub(super) enum Verdict<'a> {
    /// All of them want another type.
    WrongType(Vec<JsonType>),
    /// All of them want another word, at that place.
    NotAnOption(Path, Vec<String>),
    /// All of them lack the key that tells them apart.
    MissingTag(&'a ValidationError<'a>),
    /// This one was meant; its errors.
    Branch(&'a [ValidationError<'a>]),
}

pub(super) fn verdict<'a>(path: &Path, branches: &'a [Vec<ValidationError<'a>>]) -> Verdict<'a> {
    let types = |branch: &'a Vec<ValidationError<'a>>| {
        branch.iter().find_map(|error| match error.kind() {
            Kind::Type { kind } if Path::from(error.instance_path()) == *path => Some(types(kind)),
            _ => None,
        })
    };
    if let Some(options) = branches
        .iter()
        .map(|branch| word(branch))
        .collect::<Option<Vec<_>>>()
        && let Some((at, _)) = options.first()
    {
        let at = at.clone();
        return Verdict::NotAnOption(at, options.into_iter().flat_map(|(_, it)| it).collect());
    }
    if let Some(expected) = branches.iter().map(types).collect::<Option<Vec<_>>>() {
        let mut expected = expected.concat();
        expected.dedup();
        return Verdict::WrongType(expected);
    }
    if let Some(missing) = shared_missing_key(branches) {
        return Verdict::MissingTag(missing);
    }
    let fitting = branches
        .iter()
        .filter(|branch| types(branch).is_none() && word(branch).is_none());
    let meant = fitting
        .min_by_key(|branch| branch.len())
        .or(branches.first());
    Verdict::Branch(meant.map_or(&[], Vec::as_slice))
}

/// The words that a branch wants in one place: its tag or, for a plain choice, the value itself.
fn word(branch: &[ValidationError<'_>]) -> Option<(Path, Vec<String>)> {
    branch.iter().find_map(|error| match error.kind() {
        Kind::Constant { expected_value } => {
            Some((Path::from(error.instance_path()), options(expected_value)))
        }
        _ => None,
    })
}

fn shared_missing_key<'a>(
    branches: &'a [Vec<ValidationError<'a>>],
) -> Option<&'a ValidationError<'a>> {
    let key = |error: &ValidationError<'_>| match error.kind() {
        Kind::Required { property } => Some(property.clone()),
        _ => None,
    };
    branches.first()?.iter().find(|candidate| {
        let wanted = key(candidate);
        wanted.is_some()
            && branches
                .iter()
                .all(|branch| branch.iter().any(|error| key(error) == wanted))
    })
}

/// The types of a `type` keyword.
pub(super) fn types(kind: &TypeKind) -> Vec<JsonType> {
    match kind {
        TypeKind::Single(one) => vec![*one],
        TypeKind::Multiple(many) => many.iter().collect(),
    }
}

/// The words of an `enum` or a `const`.
pub(super) fn options(allowed: &Value) -> Vec<String> {
    let word = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    match allowed {
        Value::Array(values) => values.iter().map(word).collect(),
        value => vec![word(value)],
    }
}
