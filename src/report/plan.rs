//! A plan as text and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::plan::{Counts, Plan, PlannedStep};

/// The plan as a person reads it.
pub fn plan_text<S: PlannedStep>(plan: &Plan<S>) -> String {
    let target = match plan.target {
        crate::plan::Target::Local => "local",
    };
    let mut text = format!("{}, stage {}, target {target}\n\n", plan.stack, plan.stage);
    if plan.is_empty() {
        let _ = writeln!(text, "No changes: everything is deployed as configured.");
        return text;
    }
    let addresses = plan
        .changes
        .iter()
        .map(|change| change.address.as_str().len())
        .max()
        .unwrap_or(0);
    for change in &plan.changes {
        let reasons: Vec<String> = change.reasons.iter().map(ToString::to_string).collect();
        let _ = writeln!(
            text,
            "  {} {:addresses$}  {}",
            change.action.sign(),
            change.address,
            change.what
        );
        let _ = writeln!(
            text,
            "    {:addresses$}  because: {}",
            "",
            reasons.join("; ")
        );
    }
    let Counts {
        add,
        change,
        destroy,
    } = plan.counts();
    let _ = writeln!(
        text,
        "\nPlan: {add} to create, {change} to change, {destroy} to destroy."
    );
    let _ = writeln!(text, "Digest: {}", plan.digest());
    text
}

/// The plan as a program reads it. The format is versioned: `scf.plan/v1`.
pub fn plan_json<S: PlannedStep>(plan: &Plan<S>) -> Value {
    json!({
        "format": "scf.plan/v1",
        "name": plan.stack,
        "stage": plan.stage,
        "target": plan.target,
        "changes": plan.changes,
        "counts": plan.counts(),
        "digest": plan.digest(),
    })
}
