//! Where a secret may go: only where it is kept as one. Anything else ends up in a plan, a
//! resource name, a label or an image.

use super::Document;
use crate::config::{
    problem::Problem,
    tree::{Node, Origin, Path, Step, Value},
};

/// Places whose values are never shown and are compared by keyed hash; `*` is any key.
const KEPT: [&[&str]; 5] = [
    &["containers", "*", "environment"],
    &["containers", "*", "build", "secrets"],
    &["containers", "*", "integrations", "*", "credentials"],
    &["stages", "*", "params"],
    &["stages", "*", "resolvers"],
];

pub(super) fn check(document: &Document<'_>, problems: &mut Vec<Problem>) {
    visit(document, document.tree, &Path::default(), problems);
}

fn visit(document: &Document<'_>, node: &Node, path: &Path, problems: &mut Vec<Problem>) {
    // What is broken is reported already.
    if document.broken.contains(path) {
        return;
    }
    if KEPT.iter().any(|place| is_at(path, place)) {
        return;
    }
    // A value that is larger than such a place would need each of its parts judged: it holds
    // secrets and names in one, and is refused as a whole.
    if node.origin == Origin::Secret {
        let is_argument = is_at(path, &["containers", "*", "build", "args", "*"]);
        let label = if is_argument {
            "build arguments stay readable in the image"
        } else {
            "this is shown in plans, names or images"
        };
        problems.push(
            Problem::error(node.span.clone(), format!("`{path}` cannot be a secret"))
                .label(label)
                .help("a secret may be a value of `environment`, `build.secrets` or `credentials`"),
        );
        return;
    }
    match &node.value {
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                visit(document, item, &path.index(index), problems);
            }
        }
        Value::Map(entries) => {
            for entry in entries {
                visit(document, &entry.node, &path.key(&entry.key), problems);
            }
        }
        _ => {}
    }
}

fn is_at(path: &Path, place: &[&str]) -> bool {
    let fits = |(step, key): (&Step, &&str)| match step {
        Step::Key(it) => *key == "*" || it == key,
        Step::Index(_) => false,
    };
    path.steps().len() == place.len() && path.steps().iter().zip(place).all(fits)
}
