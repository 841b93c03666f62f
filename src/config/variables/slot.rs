//! The values of the file that hold variables, and which of them wait for which.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError, atomic::AtomicBool},
};

use tokio::sync::SetOnce;

use super::{
    syntax::{self, Piece, SyntaxError, Template},
    value::Resolved,
};
use crate::config::tree::{Node, Path, Span, Step, Value};

/// A value of the file in which `${` stands.
pub(super) struct Slot {
    pub path: Path,
    pub span: Span,
    pub text: String,
    pub template: Result<Template, SyntaxError>,
    /// Resolved only when something refers to it: what another stage needs may not exist here.
    pub lazy: bool,
    pub started: AtomicBool,
    /// Nothing when it failed.
    pub settled: SetOnce<Option<Resolved>>,
}

/// Which values are resolved without anything referring to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::config) enum Extent {
    /// All but those that belong to one stage only.
    All,
    /// The name of the stack alone.
    Name,
}

impl Slot {
    fn of(path: Path, span: Span, text: &str, extent: Extent) -> Self {
        let template = syntax::parse(text);
        let lazy = match extent {
            // A slip in the syntax is one in every stage.
            Extent::All => is_of_a_stage(&path) && template.is_ok(),
            Extent::Name => ![Path::of(&["name"]), Path::of(&["namespace"])].contains(&path),
        };
        Self {
            lazy,
            path,
            span,
            template,
            text: text.to_owned(),
            started: AtomicBool::new(false),
            settled: SetOnce::new(),
        }
    }

    /// Whether there is a variable in it, rather than only `${NAME}` or an escaped one.
    pub fn has_variable(&self) -> bool {
        let is_variable = |piece: &Piece| matches!(piece, Piece::Variable { .. });
        self.template
            .as_ref()
            .is_ok_and(|template| template.iter().any(is_variable))
    }
}

/// Whether it belongs to one stage only: parameters and sources.
fn is_of_a_stage(path: &Path) -> bool {
    let is = |step: &Step, key: &str| matches!(step, Step::Key(it) if it == key);
    matches!(path.steps(), [stages, _, of_stage, ..]
        if is(stages, "stages") && (is(of_stage, "params") || is(of_stage, "resolvers")))
}

/// All slots in the order of the file, and by JSON Pointer.
pub(super) fn slots(root: &Node, extent: Extent) -> (Vec<Slot>, BTreeMap<String, usize>) {
    let mut found = Vec::new();
    collect(root, &Path::default(), extent, &mut found);
    let pointer = |(index, slot): (usize, &Slot)| (slot.path.pointer(), index);
    let by_pointer = found.iter().enumerate().map(pointer).collect();
    (found, by_pointer)
}

fn collect(node: &Node, path: &Path, extent: Extent, found: &mut Vec<Slot>) {
    match &node.value {
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, &path.index(index), extent, found);
            }
        }
        Value::Map(entries) => {
            for entry in entries {
                collect(&entry.node, &path.key(&entry.key), extent, found);
            }
        }
        Value::Text(text) if text.contains("${") => {
            found.push(Slot::of(path.clone(), node.span.clone(), text, extent));
        }
        _ => {}
    }
}

/// Which slot waits for which. Waits are only ever added: one that is over cannot be part of a
/// cycle, since it ended.
#[derive(Default)]
pub(super) struct Waits(Mutex<BTreeMap<usize, BTreeSet<usize>>>);

impl Waits {
    /// Notes that `from` waits for `to`; an error, the way back from `to` to `from`, when that
    /// could never end.
    pub fn add(&self, from: usize, to: usize) -> Result<(), Vec<usize>> {
        let mut waits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(way) = way(&waits, to, from) {
            return Err(way);
        }
        waits.entry(from).or_default().insert(to);
        Ok(())
    }
}

/// The slots from `start` to `end`, both included, along waits.
fn way(waits: &BTreeMap<usize, BTreeSet<usize>>, start: usize, end: usize) -> Option<Vec<usize>> {
    let mut reached_from = BTreeMap::from([(start, start)]);
    let mut open = vec![start];
    while let Some(at) = open.pop() {
        if at == end {
            let mut way = vec![at];
            let mut at = at;
            while at != start {
                at = *reached_from.get(&at)?;
                way.push(at);
            }
            way.reverse();
            return Some(way);
        }
        for next in waits.get(&at).into_iter().flatten() {
            if !reached_from.contains_key(next) {
                reached_from.insert(*next, at);
                open.push(*next);
            }
        }
    }
    None
}
