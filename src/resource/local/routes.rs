//! The routing table: which host and path goes to which container.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    apply::StepError,
    edge::{Route, RouteTable, Tid, compile},
    local::{Context, Document},
    plan::{Action, Address, Change, Graph, Reason, StepId},
};

/// The host under which a stage without domains is served.
pub const DEFAULT_HOST: &str = "localhost";

/// What can be done to the table.
#[derive(Debug, Clone)]
pub enum Step {
    /// Publish this table in place of whatever is there.
    Publish(RouteTable),
}

/// The step that publishes the table, in a plan that has it.
pub fn publish_step() -> StepId {
    StepId::new(&address(), "publish")
}

/// The address of the table in plans.
pub fn address() -> Address {
    Address::of("routes")
}

/// Adds the publication, if the table differs; `needs` are the targets that are new in it.
pub fn plan(
    want: &RouteTable,
    have: Option<&Document>,
    needs: Vec<StepId>,
    changes: &mut Vec<Change>,
    graph: &mut Graph<super::Step>,
) -> Option<StepId> {
    let routes_now = have
        .map(|document| document.routes.as_slice())
        .unwrap_or_default();
    if routes_now == want.routes.as_slice() {
        return None;
    }
    let action = if routes_now.is_empty() {
        Action::Create
    } else {
        Action::Update
    };
    let reasons = if routes_now.is_empty() {
        vec![Reason::New]
    } else {
        differences(routes_now, &want.routes)
    };
    let what = super::counted(want.routes.len(), "route");
    changes.push(Change {
        address: address(),
        action,
        what,
        reasons,
    });
    Some(graph.add(
        &address(),
        "publish",
        needs,
        super::Step::Routes(Step::Publish(want.clone())),
    ))
}

fn differences(now: &[Route], want: &[Route]) -> Vec<Reason> {
    let place = |route: &Route| {
        let Route {
            pattern,
            domain,
            tid: _,
        } = route;
        format!("{}{pattern}", domain.as_deref().unwrap_or_default())
    };
    let has =
        |routes: &[Route], wanted: &Route| routes.iter().any(|route| place(route) == place(wanted));
    let added = want.iter().filter(|route| !has(now, route));
    let moved = want
        .iter()
        .filter(|route| has(now, route) && !now.contains(route));
    let removed = now.iter().filter(|route| !has(want, route));
    let told =
        |how: &'static str| move |route: &Route| Reason::Follows(format!("{how} {}", place(route)));
    added
        .map(told("added"))
        .chain(moved.map(told("another container for")))
        .chain(removed.map(told("removed")))
        .collect()
}

impl Step {
    pub(super) fn describe(&self) -> String {
        let Self::Publish(table) = self;
        format!("publish {}", super::counted(table.routes.len(), "route"))
    }

    pub(super) fn public(&self) -> Value {
        let Self::Publish(table) = self;
        let routes: Vec<Value> = table
            .routes
            .iter()
            .map(
                |Route {
                     pattern,
                     domain,
                     tid,
                 }| json!([domain, pattern, tid.as_str()]),
            )
            .collect();
        json!({ "routes": routes })
    }

    pub(super) async fn run(&self, cx: &Context) -> Result<(), StepError> {
        let Self::Publish(table) = self;
        cx.edge
            .update(|document| {
                let version = document.version + 1;
                let keys = compile(&RouteTable {
                    version,
                    ..table.clone()
                })?;
                document.version = version;
                document.routes.clone_from(&table.routes);
                // Targets that the table no longer names go with it, in the same write.
                let named: BTreeSet<&Tid> = table.routes.iter().map(|route| &route.tid).collect();
                document.groups.retain(|tid, _| named.contains(tid));
                document
                    .keys
                    .retain(|key, _| !is_table_key(key) && names_any(key, &named));
                document.keys.extend(
                    keys.iter()
                        .map(|(key, value)| (key.to_owned(), value.to_owned())),
                );
                Ok(())
            })
            .await
    }
}

/// Whether a key of a target (`t|<stage>|<tid>`) is of one of these; other keys are kept.
fn names_any(key: &str, named: &BTreeSet<&Tid>) -> bool {
    match key
        .strip_prefix("t|")
        .and_then(|rest| rest.rsplit_once('|'))
    {
        Some((_, tid)) => named.iter().any(|known| known.as_str() == tid),
        None => true,
    }
}

/// Keys of the table itself (`h|`, `x|`, `l|`), in distinction to targets (see `edge.md`: layout).
fn is_table_key(key: &str) -> bool {
    ["h|", "x|", "l|"]
        .iter()
        .any(|prefix| key.starts_with(prefix))
}
