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
    /// Whether a default may stand in. Not for a provider that cannot be asked: that would hide
    /// what the file says.
    absent: bool,
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
                    return Err(Failure::new(
                        at,
                        "this variable is no text and cannot stand within text",
                        "let it be the whole value, or give a default that is text",
                    ));
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
            } => look_up(provider, address, at, context),
        };
        match value {
            Err(failure) if failure.absent => first_failure = first_failure.or(Some(failure)),
            settled => return settled,
        }
    }
    Err(first_failure.unwrap_or_else(|| {
        let advice = "write `${env:NAME}`";
        Failure::new(at, "this variable has no source", advice)
    }))
}

fn look_up(
    name: &str,
    address: &Template,
    at: &Range<usize>,
    context: &Context,
) -> Result<Json, Failure> {
    let provider = provider(name, context)
        .map_err(|Missing { fact, advice }| Failure::new(at, fact, advice))?;
    let text = match evaluate(address, context)? {
        Json::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    };
    provider.get(&text).map_err(|Missing { fact, advice }| {
        let absent = true;
        // An address that came from a variable may be a secret itself.
        let failure = match address.as_slice() {
            [Piece::Text(_)] => Failure::new(at, fact, advice),
            _ => Failure::new(
                at,
                "there is no value at this address",
                "the address comes from a variable: check that, or give a default",
            ),
        };
        Failure { absent, ..failure }
    })
}

impl Failure {
    /// A failure that no default may hide.
    pub fn new(at: &Range<usize>, fact: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            at: at.clone(),
            fact: fact.into(),
            advice: advice.into(),
            absent: false,
        }
    }
}
