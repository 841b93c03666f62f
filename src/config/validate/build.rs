//! `build`: one Dockerfile, flags that can be split.

use super::Document;
use crate::{
    config::{problem::Problem, schema::split_words, tree::Path},
    image::registry::Reference,
};

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
    let builder = build.key("builder");
    if document.has(&builder) {
        for key in [
            "dockerfile",
            "dockerFileString",
            "options",
            "target",
            "cache",
            "secrets",
            "ssh",
        ] {
            let key = build.key(key);
            if document.has(&key) {
                problems.push(
                    Problem::error(
                        document.key_span(&key),
                        format!("`{key}` needs a Dockerfile"),
                    )
                    .label("for builds with a Dockerfile")
                    .also(document.key_span(&builder), "builds without one")
                    .help("keep one of the two"),
                );
            }
        }
    }
    let cache = build.key("cache");
    if let Some(Err(error)) = document
        .typed::<String>(&cache)
        .map(|name| name.parse::<Reference>())
    {
        problems.push(
            Problem::error(document.span(&cache), error.to_string())
                .help("write `registry/repository:tag`, as in `ghcr.io/org/app:cache`"),
        );
    }
    let options = build.key("options");
    if document
        .typed::<String>(&options)
        .is_some_and(|text| split_words(&text).is_none())
    {
        problems.push(
            Problem::error(
                document.span(&options),
                format!("`{options}` cannot be split"),
            )
            .label("a quote is not closed")
            .help("write a list, one flag an item: `- --label=version=1`"),
        );
    }
}
