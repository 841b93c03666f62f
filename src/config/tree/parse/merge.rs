//! Merge keys: `<<: *base` (YAML 1.1, and what SCF's parser did).

use crate::config::{
    problem::Problem,
    tree::{Entry, Node, Value},
};

/// The key of a merge.
pub(super) const KEY: &str = "<<";

/// Replaces `<<` entries by what they name; a map's own keys win over merged ones, and earlier
/// merged maps over later ones.
pub(super) fn expand(entries: Vec<Entry>) -> Vec<Entry> {
    let (merges, mut own): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|entry| entry.key == KEY);
    for merge in merges {
        for entry in merged(merge.node) {
            if !own.iter().any(|known| known.key == entry.key) {
                own.push(entry);
            }
        }
    }
    own
}

/// What is wrong with the value of a merge key.
pub(super) fn refuse(node: &Node) -> Option<Problem> {
    let is_map = |node: &Node| matches!(node.value, Value::Map(_));
    let is_fit = match &node.value {
        Value::List(items) => items.iter().all(is_map),
        _ => is_map(node),
    };
    (!is_fit).then(|| {
        Problem::error(node.span.clone(), "only maps can be merged")
            .label("must be a map, or a list of maps")
            .help("write `<<: *name`, where `&name` stands before a map")
    })
}

fn merged(node: Node) -> Vec<Entry> {
    match node.value {
        Value::Map(entries) => entries,
        Value::List(items) => items.into_iter().flat_map(merged).collect(),
        _ => Vec::new(),
    }
}
