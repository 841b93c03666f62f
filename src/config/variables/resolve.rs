//! Puts the values of variables into the tree.

use std::ops::Range;

use serde_json::Value as Json;

use super::{
    Context,
    provider::provider,
    syntax::{self, Piece, Source, Template},
};
use crate::config::{
    problem::Problem,
    tree::{Node, Origin, Span, Value},
};

/// Why a variable has no value, with its place in the text of the value.
struct Failure {
    at: Range<usize>,
    fact: String,
    advice: String,
}

/// Resolves every variable of the tree. A value whose variable fails is left empty and marked, so
/// that nothing further is said about it.
pub(in crate::config) fn resolve(root: &mut Node, text: &str, context: &Context) -> Vec<Problem> {
    let mut problems = Vec::new();
    visit(root, text, context, &mut problems);
    problems
}

fn visit(node: &mut Node, text: &str, context: &Context, problems: &mut Vec<Problem>) {
    match &mut node.value {
        Value::List(items) => {
            for item in items {
                visit(item, text, context, problems);
            }
        }
        Value::Map(entries) => {
            for entry in entries {
                visit(&mut entry.node, text, context, problems);
            }
        }
        Value::Text(value) if value.contains("${") => {
            let value = value.clone();
            match resolve_text(&value, context) {
                Ok(None) => problems.extend(no_variable(&value, &node.span)),
                Ok(Some(Json::String(unescaped))) if !has_variable(&value) => {
                    node.value = Value::Text(unescaped);
                }
                Ok(Some(resolved)) => *node = Node::from_variable(&node.span, resolved),
                Err(failure) => {
                    let span = place(&node.span, &failure.at, &value, text);
                    problems.push(Problem::error(span, failure.fact).help(failure.advice));
                    (node.value, node.origin) = (Value::Null, Origin::Failed);
                }
            }
        }
        _ => {}
    }
}

/// The value of a text; nothing when it is only itself.
fn resolve_text(value: &str, context: &Context) -> Result<Option<Json>, Failure> {
    let template = syntax::parse(value).map_err(|error| Failure {
        at: error.at,
        fact: error.fact.to_owned(),
        advice: "write `${env:NAME}` or `${env:NAME, 'default'}`".to_owned(),
    })?;
    match template.as_slice() {
        [Piece::Text(text)] if text == value => Ok(None),
        _ => evaluate(&template, context).map(Some),
    }
}

fn has_variable(value: &str) -> bool {
    let is_variable = |piece: &Piece| matches!(piece, Piece::Variable { .. });
    syntax::parse(value).is_ok_and(|template| template.iter().any(is_variable))
}

/// A variable alone keeps the type of its value; within text all values become text.
fn evaluate(template: &Template, context: &Context) -> Result<Json, Failure> {
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
        match source {
            Source::Literal(value) => return Ok(value.clone()),
            Source::Text(template) => match evaluate(template, context) {
                Ok(value) => return Ok(value),
                Err(failure) => first_failure = first_failure.or(Some(failure)),
            },
            Source::Lookup {
                provider: name,
                address,
                at,
            } => {
                let place = |missing: super::provider::Missing| Failure {
                    at: at.clone(),
                    fact: missing.fact,
                    advice: missing.advice,
                };
                // A provider that cannot be asked is no missing value: a default must not hide it.
                let provider = provider(name, context).map_err(place)?;
                let address = match evaluate(address, context)? {
                    Json::String(address) => address.trim().to_owned(),
                    other => other.to_string(),
                };
                match provider.get(&address) {
                    Ok(value) => return Ok(value),
                    Err(missing) => first_failure = first_failure.or(Some(place(missing))),
                }
            }
        }
    }
    Err(first_failure.unwrap_or_else(|| Failure {
        at: at.clone(),
        fact: "this variable has no source".to_owned(),
        advice: "write `${env:NAME}`".to_owned(),
    }))
}

/// The part of the file that `at`, a part of the value, was read from; all of the value where
/// quoting makes that unclear.
fn place(span: &Span, at: &Range<usize>, value: &str, text: &str) -> Span {
    match text[span.clone()].find(value) {
        Some(offset) => span.start + offset + at.start..span.start + offset + at.end,
        None => span.clone(),
    }
}

/// `${NAME}` stays text, as it did in SCF; who writes nothing else wants the environment.
fn no_variable(value: &str, span: &Span) -> Option<Problem> {
    let name = value.strip_prefix("${")?.strip_suffix('}')?;
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    plain.then(|| {
        Problem::warning(span.clone(), format!("`${{{name}}}` is kept as it stands"))
            .label("a variable names its provider")
            .help(format!(
                "write `${{env:{name}}}`, or `\\${{{name}}}` for this very text"
            ))
    })
}
