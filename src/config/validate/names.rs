//! Keys that become names of resources and variables.

use super::Document;
use crate::{
    config::{problem::Problem, tree::Path},
    names::{ContainerName, InvalidName, Stage},
};

pub(super) fn check(document: &Document<'_>, problems: &mut Vec<Problem>) {
    let container = |key: &str| key.parse::<ContainerName>().map(drop);
    let stage = |key: &str| key.parse::<Stage>().map(drop);
    keys(document, &Path::of(&["containers"]), container, problems);
    keys(document, &Path::of(&["stages"]), stage, problems);
    for settings in document.children(&Path::of(&["stages"])) {
        keys(document, &settings.key("compute"), container, problems);
    }
    for container in document.children(&Path::of(&["containers"])) {
        environment(document, &container.key("environment"), problems);
    }
}

fn keys(
    document: &Document<'_>,
    map: &Path,
    rule: impl Fn(&str) -> Result<(), InvalidName>,
    problems: &mut Vec<Problem>,
) {
    for entry in document
        .place(map)
        .node
        .entries()
        .iter()
        .filter(|_| document.has(map))
    {
        if let Err(error) = rule(&entry.key) {
            problems.push(Problem::error(entry.key_span.clone(), error.to_string()));
        }
    }
}

/// POSIX: neither `=` nor an empty name; everything else is the container's own business.
fn environment(document: &Document<'_>, map: &Path, problems: &mut Vec<Problem>) {
    for entry in document
        .place(map)
        .node
        .entries()
        .iter()
        .filter(|_| document.has(map))
    {
        if entry.key.is_empty() || entry.key.contains(['=', '\0']) {
            problems.push(
                Problem::error(
                    entry.key_span.clone(),
                    "this cannot be the name of a variable",
                )
                .label("must not be empty or contain `=`")
                .help("write `NAME: value`"),
            );
        }
    }
}
