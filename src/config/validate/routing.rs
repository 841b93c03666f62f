//! `routing`: no two containers for the same requests.

use std::collections::BTreeMap;

use super::Document;
use crate::config::{problem::Problem, schema::Routing, tree::Path};

pub(super) fn check(document: &Document<'_>, problems: &mut Vec<Problem>) {
    let mut routes: BTreeMap<(Option<String>, String), Path> = BTreeMap::new();
    for container in document.children(&Path::of(&["containers"])) {
        let path = container.key("routing");
        let Some(routing) = document.typed::<Routing>(&path) else {
            continue;
        };
        // Host names are the same in any case, paths are not.
        let domain = routing.domain.map(|domain| domain.to_lowercase());
        let pattern = path.key("pathPattern");
        match routes.get(&(domain.clone(), routing.path_pattern.clone())) {
            Some(first) => problems.push(
                Problem::error(
                    document.span(&pattern),
                    "two containers have the same route",
                )
                .label(format!("the route of `{container}`"))
                .also(document.span(first), "the same route")
                .help("give one of them another `pathPattern` or `domain`"),
            ),
            None => {
                routes.insert((domain, routing.path_pattern), pattern);
            }
        }
    }
}
