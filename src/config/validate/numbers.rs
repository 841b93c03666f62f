//! Numbers where text is meant: YAML reads `1.10` as 1.1 and `007` as 7, and the container would
//! get that.

use super::Document;
use crate::config::{
    problem::Problem,
    tree::{Origin, Path, Value},
};

pub(super) fn check(document: &Document<'_>, map: &Path, problems: &mut Vec<Problem>) {
    for path in document.children(map) {
        let node = document.place(&path).node;
        let Value::Number(number) = &node.value else {
            continue;
        };
        let (written, read) = (&document.text[node.span.clone()], number.to_string());
        if node.origin == Origin::File && written != read {
            problems.push(
                Problem::warning(node.span.clone(), format!("`{path}` will be `{read}`"))
                    .label("read as a number")
                    .help(format!("write \"{written}\" to keep it as it stands")),
            );
        }
    }
}
