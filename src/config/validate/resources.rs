//! Names as they end up in AWS. Functions and roles are named `<name>-<stage>-<container>`, which is
//! what people look for in consoles and logs, so it is never cut. Load balancers and target groups,
//! which take 32 characters, have names that are cut; nobody has to know those.

use std::collections::BTreeMap;

use super::Document;
use crate::config::{
    problem::Problem,
    tree::{Path, Step},
};

/// Lambda API reference, `CreateFunction`; IAM API reference, `CreateRole`.
const MOST_CHARACTERS: usize = 64;

pub(super) fn check(document: &Document<'_>, problems: &mut Vec<Problem>) {
    let mut lower: BTreeMap<String, Path> = BTreeMap::new();
    for path in document.children(&Path::of(&["containers"])) {
        let Some(Step::Key(container)) = path.steps().last() else {
            continue;
        };
        problems.extend(length(document, &path, container));
        if let Some(first) = lower.insert(container.to_ascii_lowercase(), path.clone()) {
            problems.push(
                Problem::error(
                    document.key_span(&path),
                    "two containers differ only in case",
                )
                .label("its images would be those of the other")
                .also(document.key_span(&first), "the other")
                .help("names of image repositories are lower-case: give one another name"),
            );
        }
    }
}

fn length(document: &Document<'_>, path: &Path, container: &str) -> Option<Problem> {
    let key = |key: &str| document.value(&Path::of(&[key]))?.as_str();
    let stack = key("name").or(key("namespace"))?;
    let name = format!("{stack}-{}-{container}", document.stage.as_str());
    let length = name.chars().count();
    (length > MOST_CHARACTERS).then(|| {
        Problem::error(
            document.key_span(path),
            format!("the resources of `{path}` have too long a name"),
        )
        .label(format!(
            "{length} characters with the names of stack and stage"
        ))
        .help(format!(
            "functions and roles of AWS take {MOST_CHARACTERS} characters, and these are named \
             `<name>-{}-{container}`: shorten one of the three",
            document.stage.as_str()
        ))
    })
}
