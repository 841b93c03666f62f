//! `stages`: overrides of containers that exist, with the rules of any compute.

use super::{Document, compute};
use crate::config::{
    problem::Problem,
    suggest::{closest, one_of},
    tree::{Path, Step},
};

pub(super) fn check(document: &Document<'_>, problems: &mut Vec<Problem>) {
    let containers = document.children(&Path::of(&["containers"]));
    let names: Vec<&str> = containers.iter().filter_map(last_key).collect();
    for stage in document.children(&Path::of(&["stages"])) {
        for path in document.children(&stage.key("compute")) {
            compute::check(document, &path, problems);
            let Some(name) = last_key(&path).filter(|name| !names.contains(name)) else {
                continue;
            };
            let problem = Problem::error(
                document.key_span(&path),
                format!("there is no container `{name}`"),
            );
            problems.push(match closest(name, names.iter().copied()) {
                Some(similar) => problem.help(format!("did you mean `{similar}`?")),
                None => problem.help(format!("the containers are {}", one_of(&names))),
            });
        }
    }
}

fn last_key(path: &Path) -> Option<&str> {
    match path.steps().last()? {
        Step::Key(key) => Some(key),
        Step::Index(_) => None,
    }
}
