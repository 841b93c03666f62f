//! The rules, as plainly as they can be written: no tables, no leaves, no look-ups.

use std::cmp::Ordering;

use scf::edge::{Route, Tid};

/// Whether `pattern` matches all of `path`, decided by trying everything.
pub fn matches(pattern: &str, path: &str) -> bool {
    let path: Vec<char> = path.chars().collect();
    // reachable[n]: the pattern so far can match the first n characters.
    let mut reachable = vec![false; path.len() + 1];
    reachable[0] = true;
    for c in pattern.chars() {
        let before = reachable.clone();
        for n in 0..=path.len() {
            reachable[n] = match c {
                '*' => before[..=n].contains(&true),
                '?' => n > 0 && before[n - 1],
                _ => n > 0 && before[n - 1] && path[n - 1] == c,
            };
        }
    }
    reachable[path.len()]
}

fn count(pattern: &str, wanted: impl Fn(char) -> bool) -> usize {
    pattern.chars().filter(|c| wanted(*c)).count()
}

/// `Less` when `a` is tried before `b`. `true` stands for a route of the domain itself.
fn order(a: (&str, bool), b: (&str, bool)) -> Ordering {
    let is_wild = |c: char| c == '*' || c == '?';
    let exact = |p: &str| !p.contains(is_wild);
    let prefix = |p: &str| p.find(is_wild).unwrap_or(p.len());
    exact(b.0)
        .cmp(&exact(a.0))
        .then(prefix(b.0).cmp(&prefix(a.0)))
        .then(count(b.0, |c| !is_wild(c)).cmp(&count(a.0, |c| !is_wild(c))))
        .then(count(b.0, |c| c == '?').cmp(&count(a.0, |c| c == '?')))
        .then(count(a.0, |c| c == '*').cmp(&count(b.0, |c| c == '*')))
        .then(b.1.cmp(&a.1))
        .then(a.0.cmp(b.0))
}

/// The route that a path of `host` has.
pub fn find<'a>(routes: &'a [Route], host: &str, path: &str) -> Option<&'a Tid> {
    routes
        .iter()
        .filter(|route| route.domain.as_deref().is_none_or(|domain| domain == host))
        .filter(|route| matches(&route.pattern, path))
        .min_by(|a, b| {
            order(
                (&a.pattern, a.domain.is_some()),
                (&b.pattern, b.domain.is_some()),
            )
        })
        .map(|route| &route.tid)
}

/// Whether the stage answers at `host` at all.
pub fn has_host(routes: &[Route], host: &str, default_host: &str) -> bool {
    host == default_host
        || routes
            .iter()
            .any(|route| route.domain.as_deref() == Some(host))
}
