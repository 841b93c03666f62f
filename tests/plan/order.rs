//! The order of a plan's steps, and the laws that every plan keeps.

use std::collections::BTreeSet;

use scf::{
    edge::Tid,
    plan::{Action, Address, Node, Plan, StepId, local::Observed},
    resource::local::{Step, image, routes, service},
};

use crate::fixture::Shop;

/// The plan as it is read, and the order in which it runs; the laws are checked on the way.
pub fn read(shop: &Shop) -> (String, String) {
    let plan = shop.plan();
    assert_lawful(&plan, &shop.have);
    (shop.text(), order(&plan))
}

/// Every step with what it needs, one a line.
pub fn order(plan: &Plan<Step>) -> String {
    let nodes = plan.graph.nodes().iter();
    let lines = nodes.map(|(step, node)| {
        let needs: Vec<&str> = node.needs.iter().map(StepId::as_str).collect();
        match needs.as_slice() {
            [] => format!("{step}\n"),
            needs => format!("{step} <- {}\n", needs.join(", ")),
        }
    });
    lines.collect()
}

/// All steps that end before `step` begins.
pub fn before(plan: &Plan<Step>, step: &StepId) -> BTreeSet<StepId> {
    let mut all = BTreeSet::new();
    let mut open = vec![step.clone()];
    while let Some(step) = open.pop() {
        for need in &plan.graph.nodes()[&step].needs {
            if all.insert(need.clone()) {
                open.push(need.clone());
            }
        }
    }
    all
}

/// What holds for every plan, whatever it does.
pub fn assert_lawful(plan: &Plan<Step>, have: &Observed) {
    plan.graph.check().expect("acyclic and closed");
    assert_eq!(plan.is_empty(), plan.graph.nodes().is_empty());
    for change in &plan.changes {
        assert!(!change.reasons.is_empty(), "{change} has no reason");
        let steps = plan.graph.nodes().values();
        assert!(
            steps.into_iter().any(|node| node.change == change.address),
            "{change} has no step"
        );
    }
    for (id, node) in plan.graph.nodes() {
        assert!(
            plan.changes
                .iter()
                .any(|change| change.address == node.change),
            "{id} belongs to no change"
        );
        let before = before(plan, id);
        let comes_before = |step: &StepId| !plan.graph.contains(step) || before.contains(step);
        let own = |verb: &str| StepId::new(&node.change, verb);
        match &node.step {
            Step::Service(service::Step::Start { spec, .. }) => {
                let image = StepId::new(&image::address(&spec.container), "build");
                assert!(comes_before(&image), "{id} does not wait for its image");
                for kind in ["network/create", "proxy/start", "proxy/reload"] {
                    assert!(
                        comes_before(&step_id(kind)),
                        "{id} does not wait for {kind}"
                    );
                }
            }
            Step::Service(service::Step::Healthy { .. }) => assert!(comes_before(&own("start"))),
            Step::Service(service::Step::Switch { .. }) => {
                assert!(before.contains(&own("healthy")));
            }
            Step::Service(service::Step::Drain { .. }) => {
                assert!(
                    comes_before(&own("switch")),
                    "{id} drains what still serves"
                );
                if !plan.graph.contains(&own("switch")) && !serves_itself(plan, &node.change) {
                    assert!(comes_before(&step_id("routes/publish")), "{id}");
                }
            }
            Step::Service(service::Step::Remove { .. }) => {
                assert!(comes_before(&own("drain")) && comes_before(&step_id("proxy/stop")));
            }
            Step::Routes(routes::Step::Publish(table)) => {
                for route in &table.routes {
                    let known = have.document.as_ref();
                    if known.is_none_or(|document| !document.groups.contains_key(&route.tid)) {
                        let switch = switch_of(plan, &route.tid);
                        assert!(before.contains(&switch), "{id} does not wait for {switch}");
                    }
                }
            }
            Step::Network(_) | Step::Image(_) | Step::Proxy(_) => {}
        }
    }
}

/// Whether the container stays: its surplus tasks go while its others serve.
fn serves_itself(plan: &Plan<Step>, address: &Address) -> bool {
    plan.changes
        .iter()
        .any(|change| change.address == *address && change.action == Action::Update)
}

fn switch_of(plan: &Plan<Step>, tid: &Tid) -> StepId {
    let switches = |node: &Node<Step>| match &node.step {
        Step::Service(service::Step::Switch { spec, .. }) => spec.tid() == *tid,
        _ => false,
    };
    let found = plan.graph.nodes().iter().find(|(_, node)| switches(node));
    found.expect("a new target is switched to").0.clone()
}

pub fn step_id(text: &str) -> StepId {
    serde_json::from_value(text.into()).unwrap()
}
