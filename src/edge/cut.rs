//! Cuts a host's routes into values that the store takes: one table, or an index and leaves.

use serde::Serialize;

use super::{
    entries::{MAX_VALUE, json},
    leaves::{Cutter, Leaf, MAX_PARTS},
    order::HostRoutes,
    routes_error::RoutesError,
};
use crate::names::Stage;

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
    ) -> Result<String, RoutesError> {
        let table = Table {
            s: self.stage,
            v: self.version,
            p: self.previews.then_some(1),
            r,
            i,
        };
        json(&table)
    }
}

/// Cuts into as few parts a leaf as the index allows.
pub(super) fn cut(head: &Head<'_>, routes: &HostRoutes) -> Result<Cut, RoutesError> {
    let table = head.table(Some(&routes.routes), None)?;
    if table.len() <= MAX_VALUE {
        return Ok(Cut {
            table,
            leaves: Vec::new(),
        });
    }
    let cutter = Cutter::new(routes);
    let mut smallest = usize::MAX;
    for parts in 1..=MAX_PARTS {
        let leaves = cutter.leaves(parts)?;
        let index = leaves
            .iter()
            .enumerate()
            .map(|(n, leaf)| (leaf.separator, n, leaf.parts.len()))
            .collect();
        let table = head.table(None, Some(index))?;
        if table.len() <= MAX_VALUE {
            let leaves: Result<_, _> = leaves.iter().map(|leaf| values(routes, leaf)).collect();
            return Ok(Cut {
                table,
                leaves: leaves?,
            });
        }
        smallest = smallest.min(table.len());
    }
    Err(RoutesError::IndexTooLarge {
        host: routes.host.clone(),
        routes: routes.routes.len(),
        bytes: smallest,
    })
}

/// The values of a leaf, one a part.
fn values(routes: &HostRoutes, leaf: &Leaf<'_>) -> Result<Vec<String>, RoutesError> {
    let value = |part: &Vec<usize>| {
        let part: Vec<_> = part
            .iter()
            .map(|position| &routes.routes[*position])
            .collect();
        json(&part)
    };
    leaf.parts.iter().map(value).collect()
}
