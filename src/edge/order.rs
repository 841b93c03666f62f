//! The routes of one host, in the order in which they are tried.

use std::collections::BTreeSet;

use super::{Route, pattern::Specificity, routes_error::RoutesError};

/// Pattern and target of each route of a host, the one that wins first.
pub(super) struct HostRoutes {
    pub host: String,
    pub routes: Vec<(String, String)>,
}

/// Picks and sorts the routes of `host`, which is in lower case.
pub(super) fn of_host(routes: &[Route], host: &str) -> Result<HostRoutes, RoutesError> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for route in routes {
        let is_own = match &route.domain {
            Some(domain) if domain.eq_ignore_ascii_case(host) => true,
            Some(_) => continue,
            None => false,
        };
        if !seen.insert((route.pattern.as_str(), is_own)) {
            return Err(RoutesError::DuplicatePattern {
                pattern: route.pattern.clone(),
                host: host.to_owned(),
            });
        }
        found.push((route, is_own));
    }
    // The domain's own route with the same pattern would always win.
    found.retain(|(route, is_own)| *is_own || !seen.contains(&(route.pattern.as_str(), true)));
    found.sort_by_cached_key(|(route, is_own)| {
        (
            Specificity::of(&route.pattern),
            !is_own,
            route.pattern.clone(),
        )
    });
    let routes = found
        .into_iter()
        .map(|(route, _)| (route.pattern.clone(), route.tid.to_string()))
        .collect();
    Ok(HostRoutes {
        host: host.to_owned(),
        routes,
    })
}
