//! Groups a host's routes into leaves: for any path, one leaf has every route that may match it.

use std::collections::BTreeMap;

use super::{order::HostRoutes, pattern::literal_prefix, routes_error::RoutesError};

/// Most bytes of a leaf's part.
const MAX_PART: usize = 1000;
/// Most parts that a look-up may have to read.
pub(super) const MAX_PARTS: usize = 4;

/// Routes that share a literal prefix, as positions in the order of the host.
type Group<'a> = (&'a str, Vec<usize>);

/// Paths from `separator` up to the next leaf's are looked up here.
pub(super) struct Leaf<'a> {
    pub separator: &'a str,
    /// Positions of its routes, part by part.
    pub parts: Vec<Vec<usize>>,
}

/// Cuts the routes of one host.
pub(super) struct Cutter<'a> {
    routes: &'a HostRoutes,
    /// Bytes of each route in a leaf, its comma included.
    sizes: Vec<usize>,
    /// Sorted by prefix.
    groups: Vec<Group<'a>>,
}

impl<'a> Cutter<'a> {
    pub fn new(routes: &'a HostRoutes) -> Self {
        let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (position, (pattern, _)) in routes.routes.iter().enumerate() {
            groups
                .entry(literal_prefix(pattern))
                .or_default()
                .push(position);
        }
        let size =
            |(pattern, tid): &(String, String)| pattern.len() + tid.len() + r#"["",""],"#.len();
        Self {
            routes,
            sizes: routes.routes.iter().map(size).collect(),
            groups: groups.into_iter().collect(),
        }
    }

    /// Fills leaf after leaf with groups, each up to `wanted` parts, or to as many as its first group needs.
    pub fn leaves(&self, wanted: usize) -> Result<Vec<Leaf<'a>>, RoutesError> {
        let mut leaves: Vec<Leaf<'a>> = Vec::new();
        let mut begin = 0;
        while begin < self.groups.len() {
            let separator = match begin.checked_sub(1) {
                None => "",
                Some(last) => shortest_between(self.groups[last].0, self.groups[begin].0),
            };
            let mut parts = self.parts(separator, begin, begin + 1);
            self.check(self.groups[begin].0, &parts)?;
            let limit = parts.len().max(wanted);
            let mut end = begin + 1;
            while end < self.groups.len() {
                let more = self.parts(separator, begin, end + 1);
                if more.len() > limit {
                    break;
                }
                parts = more;
                end += 1;
            }
            leaves.push(Leaf { separator, parts });
            begin = end;
        }
        Ok(leaves)
    }

    /// The routes of groups `begin..end` and those before them that a path from `separator` on can match, in the
    /// order of the host, cut to size.
    fn parts(&self, separator: &str, begin: usize, end: usize) -> Vec<Vec<usize>> {
        let carried = self.groups[..begin]
            .iter()
            .filter(|(prefix, _)| separator.starts_with(prefix));
        let groups = carried.chain(&self.groups[begin..end]);
        let mut positions: Vec<usize> = groups
            .flat_map(|(_, positions)| positions)
            .copied()
            .collect();
        positions.sort_unstable();
        let mut parts = vec![Vec::new()];
        let mut size = 0;
        for position in positions {
            // The brackets of the list are two bytes, of which the last comma is one.
            if size + self.sizes[position] + 1 > MAX_PART {
                parts.push(Vec::new());
                size = 0;
            }
            size += self.sizes[position];
            if let Some(part) = parts.last_mut() {
                part.push(position);
            }
        }
        parts
    }

    fn check(&self, prefix: &str, parts: &[Vec<usize>]) -> Result<(), RoutesError> {
        if parts.len() <= MAX_PARTS {
            return Ok(());
        }
        Err(RoutesError::TooManyParts {
            host: self.routes.host.clone(),
            prefix: prefix.to_owned(),
            routes: parts.iter().map(Vec::len).sum(),
            parts: parts.len(),
        })
    }
}

/// The shortest beginning of `next` that sorts after `last`, which sorts before `next`. A short separator keeps the
/// index small. It still divides: what begins with `next` or later sorts from it on, and a prefix of a path that
/// lies before the separator while the path does not is a prefix of the separator too, hence carried.
fn shortest_between<'a>(last: &str, next: &'a str) -> &'a str {
    let common = last
        .bytes()
        .zip(next.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    &next[..=common]
}
