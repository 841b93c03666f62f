//! Puts the values of variables into the tree.

use std::ops::Range;

use serde_json::Value as Json;

use super::{
    Context,
    evaluate::{Failure, evaluate},
    syntax::{self, Piece},
};
use crate::config::{
    problem::Problem,
    tree::{Node, Origin, Span, Value},
};

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
    let template = syntax::parse(value).map_err(|error| {
        let advice = "write `${env:NAME}` or `${env:NAME, 'default'}`";
        Failure::new(&error.at, error.fact, advice)
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
