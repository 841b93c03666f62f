//! Cuts a host's routes into values that the store takes: one table, or an index and leaves.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{entries::MAX_VALUE, error::RoutesError, order::HostRoutes, pattern::literal_prefix};
use crate::names::Stage;

/// Most bytes of a leaf's part.
const MAX_PART: usize = 1000;
/// Most parts that a look-up may have to read.
const MAX_PARTS: usize = 4;

/// What a table says beside its routes.
pub(super) struct Head<'a> {
    pub stage: &'a Stage,
    pub version: u64,
    pub previews: bool,
}

/// The values of one host.
pub(super) struct Cut {
    /// Value of the host's own key.
    pub table: String,
    /// Values of its leaves' parts, empty when the table holds the routes itself.
    pub leaves: Vec<Vec<String>>,
}

#[derive(Serialize)]
struct Table<'a> {
    s: &'a Stage,
    v: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    p: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r: Option<&'a [(String, String)]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    i: Option<Vec<(&'a str, usize, usize)>>,
}

impl Head<'_> {
    fn table<'a>(
        &'a self,
        r: Option<&'a [(String, String)]>,
        i: Option<Vec<(&'a str, usize, usize)>>,
    ) -> String {
        let table = Table {
            s: self.stage,
            v: self.version,
            p: self.previews.then_some(1),
            r,
            i,
        };
        serde_json::to_string(&table).unwrap_or_default()
    }
}

/// Routes that share a literal prefix, as positions in the order of the host.
type Group<'a> = (&'a str, Vec<usize>);

/// Paths from `separator` up to the next leaf's are looked up here.
struct Leaf<'a> {
    separator: &'a str,
    parts: Vec<Vec<usize>>,
}

/// Cuts into as few parts a leaf as the index allows.
pub(super) fn cut(head: &Head<'_>, routes: &HostRoutes) -> Result<Cut, RoutesError> {
    let table = head.table(Some(&routes.routes), None);
    if table.len() <= MAX_VALUE {
        return Ok(Cut {
            table,
            leaves: Vec::new(),
        });
    }
    let mut smallest = usize::MAX;
    for parts in 1..=MAX_PARTS {
        let leaves = Cutter::new(routes).leaves(parts)?;
        let index = leaves
            .iter()
            .enumerate()
            .map(|(n, leaf)| (leaf.separator, n, leaf.parts.len()))
            .collect();
        let table = head.table(None, Some(index));
        if table.len() <= MAX_VALUE {
            let leaves = leaves.iter().map(|leaf| values(routes, leaf)).collect();
            return Ok(Cut { table, leaves });
        }
        smallest = smallest.min(table.len());
    }
    Err(RoutesError::IndexTooLarge {
        host: routes.host.clone(),
        routes: routes.routes.len(),
        bytes: smallest,
    })
}

fn values(routes: &HostRoutes, leaf: &Leaf<'_>) -> Vec<String> {
    let value = |part: &Vec<usize>| {
        let part: Vec<_> = part
            .iter()
            .map(|position| &routes.routes[*position])
            .collect();
        serde_json::to_string(&part).unwrap_or_default()
    };
    leaf.parts.iter().map(value).collect()
}

struct Cutter<'a> {
    routes: &'a HostRoutes,
    /// Bytes of each route in a leaf, its comma included.
    sizes: Vec<usize>,
    /// Sorted by prefix.
    groups: Vec<Group<'a>>,
}

impl<'a> Cutter<'a> {
    fn new(routes: &'a HostRoutes) -> Self {
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
    fn leaves(&self, wanted: usize) -> Result<Vec<Leaf<'a>>, RoutesError> {
        let mut leaves: Vec<Leaf<'a>> = Vec::new();
        let mut begin = 0;
        while begin < self.groups.len() {
            let separator = match begin.checked_sub(1) {
                None => "",
                Some(last) => shortest_between(self.groups[last].0, self.groups[begin].0),
            };
            let mut parts = self.parts(separator, begin, begin + 1);
            self.check(separator, &parts)?;
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

    fn check(&self, separator: &str, parts: &[Vec<usize>]) -> Result<(), RoutesError> {
        if parts.len() <= MAX_PARTS {
            return Ok(());
        }
        Err(RoutesError::TooManyParts {
            host: self.routes.host.clone(),
            prefix: separator.to_owned(),
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
