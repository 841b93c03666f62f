//! `build`: one Dockerfile, flags that can be honoured, nothing said twice.

use super::{Document, flags};
use crate::config::{problem::Problem, tree::Path};

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
    flags::check(document, build, problems);
}
