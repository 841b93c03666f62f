//! The routing table: which host and path goes to which container.

use serde_json::{Value, json};

use crate::{
    apply::StepError,
    edge::{Route, RouteTable},
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

/// Whether the document has targets that the wanted table does not name: of a container that was new
/// in a run that was cut off, and has left the config since.
fn has_leftovers(have: Option<&Document>, want: &RouteTable) -> bool {
    let mut groups = have.iter().flat_map(|document| document.groups.keys());
    groups.any(|tid| want.routes.iter().all(|route| route.tid != *tid))
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
    let is_unchanged = routes_now == want.routes.as_slice();
    if is_unchanged && !has_leftovers(have, want) {
        return None;
    }
    let action = if routes_now.is_empty() {
        Action::Create
    } else {
        Action::Update
    };
    let reasons = if is_unchanged {
        vec![Reason::Unfinished(
            "targets without a route are left".into(),
        )]
    } else if routes_now.is_empty() {
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
            .update(|document| Ok(document.publish(table)?))
            .await
    }
}
