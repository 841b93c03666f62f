//! Routes of a stage become the keys that the function reads.

use std::{collections::BTreeSet, fmt};

use super::{
    cut,
    digest::{hex, sha256},
    domain,
    entries::Entries,
    order::{self, HostRoutes},
    pattern,
    preview::PreviewKey,
    routes_error::RoutesError,
};
use crate::names::{ContainerName, Stage};

/// Names a target in keys, header values and cache keys: ten lower-case hexadecimal digits.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Tid(String);

impl Tid {
    /// The target of a container; the same for the same name, for ever.
    pub fn of(container: &ContainerName) -> Self {
        Self(hex(&sha256(container.as_str().as_bytes())[..5]))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One container's routing.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Route {
    /// `*` is any run of characters, `/` included; `?` is one; case counts.
    pub pattern: String,
    /// The host that it is for; without one it is for every host of the stage.
    pub domain: Option<String>,
    /// Where it leads.
    pub tid: Tid,
}

/// How requests at the distribution's own host come to a stage.
#[derive(Debug, Clone)]
pub enum Selection {
    /// All that carry no preview cookie. The key lets previews be selected there; none for a stage without them.
    Host(Option<PreviewKey>),
    /// Those that carry a signed preview cookie: the stage is a preview and shares the edge of its base.
    Cookie,
}

/// All routes of a stage.
#[derive(Debug, Clone)]
pub struct RouteTable {
    /// The stage.
    pub stage: Stage,
    /// The distribution's own host, or `localhost`: it serves the routes that have no domain.
    pub default_host: String,
    /// How the stage is reached there.
    pub selection: Selection,
    /// Whether the stage is protected: then no preview is ever selected at its host.
    pub protected: bool,
    /// To be raised whenever the routes change: leaves are never written twice.
    pub version: u64,
    /// The routes, in any order.
    pub routes: Vec<Route>,
}

/// The entries of a stage's tables; those of its targets come from [`super::OriginTarget::entry`].
///
/// A host's table has the routes of that domain and the routes without one. The first route that matches wins, in
/// the one order of `docs/adr/0003-routing-order-and-encoded-paths.md`: exact before wildcard, then the longer
/// literal prefix, then more literal characters, more `?`, fewer `*`, then the domain's own route, then the pattern
/// as text. A route without a domain whose pattern the domain has itself is left out.
///
/// # Errors
/// What [`RoutesError`] names, for the first route or host that is wrong.
pub fn compile(table: &RouteTable) -> Result<Entries, RoutesError> {
    let default_host = domain::normalise(&table.default_host)?;
    let hosts = domains(table, &default_host)?;
    let key = match &table.selection {
        Selection::Host(Some(key)) if !table.protected => Some(key),
        _ => None,
    };
    let mut entries = Entries::default();
    if let Some(key) = key {
        entries.insert("k|mac".to_owned(), key.text().to_owned())?;
    }
    let own = match table.selection {
        Selection::Host(_) => format!("h|{default_host}"),
        Selection::Cookie => format!("x|{}|{default_host}", table.stage),
    };
    let routes = order::of_host(&table.routes, &default_host)?;
    add_host(&mut entries, table, own, &routes, key.is_some())?;
    for host in hosts {
        let routes = order::of_host(&table.routes, &host)?;
        add_host(&mut entries, table, format!("h|{host}"), &routes, false)?;
    }
    Ok(entries)
}

/// The domains of a table, after all patterns and domains were checked.
fn domains(table: &RouteTable, default_host: &str) -> Result<BTreeSet<String>, RoutesError> {
    let mut hosts = BTreeSet::new();
    for route in &table.routes {
        pattern::check(&route.pattern)?;
        let Some(domain) = &route.domain else {
            continue;
        };
        let host = domain::normalise(domain)?;
        if host == default_host {
            let rule = "is the edge's own host, which routes without a domain have anyway";
            return Err(RoutesError::BadDomain {
                domain: domain.clone(),
                rule,
            });
        }
        hosts.insert(host);
    }
    Ok(hosts)
}

fn add_host(
    entries: &mut Entries,
    table: &RouteTable,
    key: String,
    routes: &HostRoutes,
    previews: bool,
) -> Result<(), RoutesError> {
    let head = cut::Head {
        stage: &table.stage,
        version: table.version,
        previews,
    };
    let cut = cut::cut(&head, routes)?;
    entries.insert(key, cut.table)?;
    for (leaf, parts) in cut.leaves.into_iter().enumerate() {
        for (part, value) in parts.into_iter().enumerate() {
            let (stage, host, version) = (&table.stage, &routes.host, table.version);
            entries.insert(format!("l|{stage}|{host}|{version}|{leaf}.{part}"), value)?;
        }
    }
    Ok(())
}
