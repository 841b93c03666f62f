//! Resolves all variables of the file at once and puts their values in place.

use std::{
    ops::Range,
    sync::{Mutex, PoisonError, atomic::Ordering},
};

use futures::{StreamExt as _, stream::FuturesUnordered};
use serde_json::Value as Json;

use super::{
    Context,
    evaluate::{Failure, evaluate},
    provider::Refusal,
    resolution::Resolution,
    scope::Scope,
    slot::{Extent, Slot},
    value::{Exposure, Resolved},
};
use crate::config::{
    problem::Problem,
    tree::{Node, Origin, Span, Value},
};

/// Resolves every variable of the tree. A value whose variable fails is left empty and marked, so
/// that nothing further is said about it. What is beyond `extent` is resolved only where something
/// refers to it; else it stays as it is written.
pub(in crate::config) async fn resolve(
    root: &mut Node,
    text: &str,
    context: &Context,
    extent: Extent,
) -> Vec<Problem> {
    let (resolution, mut asked) = Resolution::of(root, context, extent);
    let problems = Mutex::default();
    let settle = |index| settle(&resolution, index, text, &problems);
    let mut running = FuturesUnordered::new();
    for (index, slot) in resolution.slots.iter().enumerate() {
        if !slot.lazy {
            slot.started.store(true, Ordering::Relaxed);
            running.push(settle(index));
        }
    }
    loop {
        tokio::select! {
            biased;
            Some(index) = asked.recv() => running.push(settle(index)),
            done = running.next() => if done.is_none() { break },
        }
    }
    drop(running);
    let slots = resolution.slots;
    let mut problems = problems
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    put(root, &mut slots.into_iter(), &mut problems);
    problems
}

/// Makes the value of one slot.
async fn settle(
    resolution: &Resolution<'_>,
    index: usize,
    text: &str,
    problems: &Mutex<Vec<Problem>>,
) {
    let Some(slot) = resolution.slots.get(index) else {
        return;
    };
    let scope = Scope {
        resolution,
        slot: index,
        files: 0,
    };
    let value = match &slot.template {
        Ok(template) => evaluate(template, &scope).await,
        Err(error) => Err(Failure::new(&error.at, error.clone().into())),
    };
    let value = match value {
        Ok(value) => Some(value),
        Err(failure) => {
            let problem = problem(slot, failure, text);
            let mut problems = problems.lock().unwrap_or_else(PoisonError::into_inner);
            problems.extend(problem);
            None
        }
    };
    // Each slot is started once, so nothing has settled it before.
    let _ = slot.settled.set(value);
}

/// Nothing when the failure is that of another value, which is said there.
fn problem(slot: &Slot, failure: Failure, text: &str) -> Option<Problem> {
    let (fact, advice) = match failure.refusal {
        Refusal::Absent { fact, advice } | Refusal::Broken { fact, advice } => (fact, advice),
        Refusal::Reported => return None,
    };
    let span = place(&slot.span, &failure.at, &slot.text, text);
    Some(Problem::error(span, fact).help(advice))
}

/// Puts values in the place of slots, in the order in which those were collected.
fn put(node: &mut Node, slots: &mut impl Iterator<Item = Slot>, problems: &mut Vec<Problem>) {
    match &mut node.value {
        Value::List(items) => {
            for item in items {
                put(item, slots, problems);
            }
        }
        Value::Map(entries) => {
            for entry in entries {
                put(&mut entry.node, slots, problems);
            }
        }
        Value::Text(text) if text.contains("${") => {
            if let Some(slot) = slots.next() {
                put_one(node, slot, problems);
            }
        }
        _ => {}
    }
}

fn put_one(node: &mut Node, slot: Slot, problems: &mut Vec<Problem>) {
    let has_variable = slot.has_variable();
    if !has_variable {
        problems.extend(no_variable(&slot.text, &slot.span));
    }
    match slot.settled.into_inner() {
        None => {}
        Some(None) => (node.value, node.origin) = (Value::Null, Origin::Failed),
        Some(Some(Resolved {
            json: Json::String(unescaped),
            ..
        })) if !has_variable => node.value = Value::Text(unescaped),
        Some(Some(Resolved { json, exposure })) => {
            let origin = match exposure {
                Exposure::Secret => Origin::Secret,
                Exposure::Quiet | Exposure::Open => Origin::Variable,
            };
            *node = Node::from_variable(&node.span, json, origin);
        }
    }
}

/// The part of the file that `at`, a part of the value, was read from; all of the value where
/// quoting makes that unclear.
fn place(span: &Span, at: &Range<usize>, value: &str, text: &str) -> Span {
    match text[span.clone()].find(value) {
        Some(offset) if !at.is_empty() => {
            span.start + offset + at.start..span.start + offset + at.end
        }
        _ => span.clone(),
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
