//! Templates to values.

use std::ops::Range;

use serde_json::Value as Json;

use super::{
    Context,
    provider::{Missing, provider},
    syntax::{Piece, Source, Template},
};

/// Why a variable has no value, with its place in the text of the value.
pub(super) struct Failure {
    pub at: Range<usize>,
    pub fact: String,
    pub advice: String,
}

/// A variable alone keeps the type of its value; within text all values become text.
pub(super) fn evaluate(template: &Template, context: &Context) -> Result<Json, Failure> {
    if let [Piece::Variable { sources, at }] = template.as_slice() {
        return first_value(sources, at, context);
    }
    let mut text = String::new();
    for piece in template {
        match piece {
            Piece::Text(literal) => text.push_str(literal),
            Piece::Variable { sources, at } => match first_value(sources, at, context)? {
                Json::String(value) => text.push_str(&value),
                value @ (Json::Number(_) | Json::Bool(_)) => text.push_str(&value.to_string()),
                Json::Null | Json::Array(_) | Json::Object(_) => {
                    return Err(Failure {
                        at: at.clone(),
                        fact: "this variable is no text and cannot stand within text".to_owned(),
                        advice: "let it be the whole value, or give a default that is text"
                            .to_owned(),
                    });
                }
            },
        }
    }
    Ok(Json::String(text))
}

/// The value of the first source that has one; else why the first of them has none.
fn first_value(sources: &[Source], at: &Range<usize>, context: &Context) -> Result<Json, Failure> {
    let mut first_failure = None;
    for source in sources {
        let value = match source {
            Source::Literal(value) => return Ok(value.clone()),
            Source::Text(template) => evaluate(template, context),
            Source::Lookup {
                provider,
                address,
                at,
            } => match look_up(provider, address, at, context)? {
                Ok(value) => Ok(value),
                Err(missing) => Err(missing.at(at)),
            },
        };
        match value {
            Ok(value) => return Ok(value),
            Err(failure) => first_failure = first_failure.or(Some(failure)),
        }
    }
    let nothing = Missing {
        fact: "this variable has no source".to_owned(),
        advice: "write `${env:NAME}`".to_owned(),
    };
    Err(first_failure.unwrap_or_else(|| nothing.at(at)))
}

/// Asks a provider. A provider that cannot be asked is more than a missing value: no default may
/// hide it, so that is the outer error.
fn look_up(
    name: &str,
    address: &Template,
    at: &Range<usize>,
    context: &Context,
) -> Result<Result<Json, Missing>, Failure> {
    let provider = provider(name, context).map_err(|missing| missing.at(at))?;
    let text = match evaluate(address, context)? {
        Json::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    };
    let value = provider.get(&text);
    // An address that came from a variable may be a secret itself.
    if matches!(address.as_slice(), [Piece::Text(_)]) {
        return Ok(value);
    }
    Ok(value.map_err(|_| Missing {
        fact: "there is no value at this address".to_owned(),
        advice: "the address comes from a variable; check its value, or give a default".to_owned(),
    }))
}

impl Missing {
    fn at(self, at: &Range<usize>) -> Failure {
        let Self { fact, advice } = self;
        Failure {
            at: at.clone(),
            fact,
            advice,
        }
    }
}
