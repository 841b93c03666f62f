//! `routing`: no two containers for the same requests, health checks that viewers could make too.

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
        if let Some(health) = &routing.path_health_check
            && !matches(&routing.path_pattern, health)
        {
            problems.push(
                Problem::warning(
                    document.span(&path.key("pathHealthCheck")),
                    "the health check is outside of the container's own paths",
                )
                .label("asked of the container all the same")
                .also(document.span(&pattern), "does not match it")
                .help("nothing is wrong with it when the container answers there"),
            );
        }
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

/// Whether a pattern matches a path without its query: `*` is any run of characters, `?` is one.
fn matches(pattern: &str, path: &str) -> bool {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let (pattern, path) = (pattern.as_bytes(), path.as_bytes());
    let (mut at, mut read) = (0, 0);
    // The last `*`, and how far it has been tried.
    let mut run: Option<(usize, usize)> = None;
    while read < path.len() {
        match pattern.get(at) {
            Some(b'*') => {
                run = Some((at, read));
                at += 1;
            }
            Some(byte) if *byte == b'?' || *byte == path[read] => (at, read) = (at + 1, read + 1),
            _ => {
                let Some((star, tried)) = run else {
                    return false;
                };
                run = Some((star, tried + 1));
                (at, read) = (star + 1, tried + 1);
            }
        }
    }
    pattern
        .get(at..)
        .is_some_and(|rest| rest.iter().all(|byte| *byte == b'*'))
}
