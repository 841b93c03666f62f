//! `stepAdjustments`: intervals that ascend without gap or overlap. Application Auto Scaling API
//! reference, `StepAdjustment` and `StepScalingPolicyConfiguration`.

use super::Document;
use crate::config::{
    problem::Problem,
    schema::{AdjustmentType, StepAdjustment, StepPolicy},
    tree::{Path, Span},
};

/// Of one policy.
const MOST_STEPS: usize = 20;

pub(super) fn check(
    document: &Document<'_>,
    path: &Path,
    policy: &StepPolicy,
    problems: &mut Vec<Problem>,
) {
    let steps = &policy.step_adjustments;
    if steps.len() > MOST_STEPS {
        problems.push(
            Problem::error(document.key_span(path), "there are too many steps").label(format!(
                "{} steps; a policy takes {MOST_STEPS}",
                steps.len()
            )),
        );
    }
    let mut previous = None;
    for (index, step) in steps.iter().enumerate() {
        let at = path.index(index);
        problems.extend(alone(document, &at, step, policy.adjustment_type));
        let span = document.span(&at);
        if let (Some(lower), Some((before, end))) = (step.metric_interval_lower_bound, previous) {
            let upper = path.index(before).key("metricIntervalUpperBound");
            problems.extend(neighbours((lower, span), (end, document.span(&upper))));
        }
        previous = step.metric_interval_upper_bound.map(|end| (index, end));
    }
    problems.extend(ends(document, path, steps));
}

fn alone(
    document: &Document<'_>,
    at: &Path,
    step: &StepAdjustment,
    kind: AdjustmentType,
) -> Option<Problem> {
    let StepAdjustment {
        metric_interval_lower_bound: lower,
        metric_interval_upper_bound: upper,
        scaling_adjustment,
    } = step;
    let error = |fact| Problem::error(document.span(at), fact);
    match (lower, upper) {
        (None, None) => {
            return Some(error("the step has no bound").help(
                "write `metricIntervalLowerBound: 0` for all above the threshold, or \
                 `metricIntervalUpperBound: 0` for all below",
            ));
        }
        (Some(lower), Some(upper)) if upper <= lower => {
            return Some(
                error("the step ends before it begins").help(
                    "`metricIntervalUpperBound` must be more than `metricIntervalLowerBound`",
                ),
            );
        }
        _ => {}
    }
    let is_negative = kind == AdjustmentType::ExactCapacity && *scaling_adjustment < 0;
    is_negative.then(|| {
        Problem::error(
            document.span(&at.key("scalingAdjustment")),
            "no service has less than no tasks",
        )
        .label("`ExactCapacity` is a number of tasks")
    })
}

fn neighbours((lower, span): (f64, Span), (end, before): (f64, Span)) -> Option<Problem> {
    let (fact, label) = if lower < end {
        ("the step overlaps the one before", "begins too low")
    } else if lower > end {
        ("there is a gap before this step", "begins too high")
    } else {
        return None;
    };
    Some(
        Problem::error(span, fact)
            .label(label)
            .also(before, "the one before ends here")
            .help("let it begin where the one before ends; steps ascend"),
    )
}

/// Steps below the threshold go down without end, steps above it up without end: the alarm has
/// fired, and something must follow.
fn ends(document: &Document<'_>, path: &Path, steps: &[StepAdjustment]) -> Vec<Problem> {
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else {
        return Vec::new();
    };
    let problem = |index: usize, key, fact: &str, help| {
        let at = path.index(index).key(key);
        Problem::error(document.span(&at), fact.to_owned()).help(help)
    };
    let mut problems = Vec::new();
    if first.metric_interval_lower_bound.is_some_and(|it| it < 0.0) {
        problems.push(problem(
            0,
            "metricIntervalLowerBound",
            "no step follows below this one",
            "leave `metricIntervalLowerBound` of the first step out",
        ));
    }
    if last.metric_interval_upper_bound.is_some_and(|it| it > 0.0) {
        problems.push(problem(
            steps.len() - 1,
            "metricIntervalUpperBound",
            "no step follows above this one",
            "leave `metricIntervalUpperBound` of the last step out",
        ));
    }
    problems
}
