//! Merge keys: `<<: *base` (YAML 1.1, and what SCF's parser did).

use crate::config::tree::{Entry, Node, Value};

/// Replaces `<<` entries by what they name; a map's own keys win over merged ones, and earlier
/// merged maps over later ones. A `<<` that names no map is left for the schema to refuse.
pub(super) fn expand(entries: Vec<Entry>) -> Vec<Entry> {
    let (merges, mut own): (Vec<_>, Vec<_>) = entries.into_iter().partition(is_merge);
    for merge in merges {
        for entry in merged(merge.node) {
            if !own.iter().any(|known| known.key == entry.key) {
                own.push(entry);
            }
        }
    }
    own
}

fn is_merge(entry: &Entry) -> bool {
    let is_map = |node: &Node| matches!(node.value, Value::Map(_));
    entry.key == "<<"
        && match &entry.node.value {
            Value::List(items) => items.iter().all(is_map),
            _ => is_map(&entry.node),
        }
}

fn merged(node: Node) -> Vec<Entry> {
    match node.value {
        Value::Map(entries) => entries,
        Value::List(items) => items.into_iter().flat_map(merged).collect(),
        _ => Vec::new(),
    }
}
