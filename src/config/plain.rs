//! Which values stand in the file as they are: those may be shown.

use std::collections::BTreeSet;

use super::tree::{Node, Origin, Value};

/// Names of the variables of a container's environment that no `${…}` is part of, by container.
pub(super) fn environments(tree: &Node) -> Vec<(String, BTreeSet<String>)> {
    let containers = child(tree, "containers").map_or(&[][..], Node::entries);
    let containers = containers.iter().map(|entry| {
        let environment = child(&entry.node, "environment").map_or(&[][..], Node::entries);
        let plain = environment.iter().filter(|entry| is_plain(&entry.node));
        let names = plain.map(|entry| entry.key.clone()).collect();
        (entry.key.clone(), names)
    });
    containers.collect()
}

fn child<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    let entry = node.entries().iter().find(|entry| entry.key == key);
    entry.map(|entry| &entry.node)
}

fn is_plain(node: &Node) -> bool {
    node.origin == Origin::File
        && match &node.value {
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => true,
            Value::List(items) => items.iter().all(is_plain),
            Value::Map(entries) => entries.iter().all(|entry| is_plain(&entry.node)),
        }
}
