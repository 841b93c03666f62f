//! `build`: one Dockerfile, flags that can be honoured, nothing said twice.

use super::{Document, flags};
use crate::{
    config::{problem::Problem, tree::Path},
    image::registry::Reference,
};

/// Keys of `build` that mean something to a Dockerfile only.
const FOR_DOCKERFILES: [&str; 7] = [
    "dockerfile",
    "dockerFileString",
    "options",
    "target",
    "cache",
    "secrets",
    "ssh",
];

pub(super) fn check(document: &Document<'_>, build: &Path, problems: &mut Vec<Problem>) {
    let (file, text) = (build.key("dockerfile"), build.key("dockerFileString"));
    if document.has(&file) && document.has(&text) {
        problems.push(
            Problem::error(document.key_span(&text), "two Dockerfiles are given")
                .label("the text of one")
                .also(document.key_span(&file), "the path of another")
                .help("keep `dockerfile` or `dockerFileString`"),
        );
    }
    without_dockerfile(document, build, problems);
    for (key, example) in [
        ("cache", "ghcr.io/org/app:cache"),
        ("builder", "heroku/builder:24"),
    ] {
        let key = build.key(key);
        let name = document.typed::<String>(&key);
        if let Some(Err(error)) = name.map(|name| name.parse::<Reference>()) {
            problems.push(
                Problem::error(document.span(&key), error.to_string())
                    .label(format!("an image is named like `{example}`")),
            );
        }
    }
    flags::check(document, build, problems);
}

/// `builder` builds without a Dockerfile: keys that are about one contradict it.
fn without_dockerfile(document: &Document<'_>, build: &Path, problems: &mut Vec<Problem>) {
    let builder = build.key("builder");
    if !document.has(&builder) {
        return;
    }
    let keys = FOR_DOCKERFILES.map(|key| build.key(key));
    for key in keys.iter().filter(|key| document.has(key)) {
        problems.push(
            Problem::error(
                document.key_span(key),
                format!("`{key}` needs a Dockerfile"),
            )
            .label("for builds with a Dockerfile")
            .also(document.key_span(&builder), "builds without one")
            .help("keep one of the two"),
        );
    }
}
