//! `stepAdjustments`: intervals that ascend and do not overlap.

use super::Document;
use crate::config::{problem::Problem, schema::StepAdjustment, tree::Path};

pub(super) fn check(
    document: &Document<'_>,
    path: &Path,
    steps: &[StepAdjustment],
    problems: &mut Vec<Problem>,
) {
    let upper_key = |index| path.index(index).key("metricIntervalUpperBound");
    let mut previous = None;
    for (index, step) in steps.iter().enumerate() {
        let StepAdjustment {
            metric_interval_lower_bound: lower,
            metric_interval_upper_bound: upper,
            scaling_adjustment: _,
        } = step;
        let span = document.span(&path.index(index));
        if matches!((lower, upper), (Some(lower), Some(upper)) if upper <= lower) {
            problems.push(
                Problem::error(span.clone(), "the step ends before it begins").help(
                    "`metricIntervalUpperBound` must be more than `metricIntervalLowerBound`",
                ),
            );
        }
        if let (Some(lower), Some((before, end))) = (lower, previous)
            && lower < end
        {
            problems.push(
                Problem::error(span, "the step overlaps the one before")
                    .label("begins too low")
                    .also(
                        document.span(&upper_key(before)),
                        "the one before ends here",
                    )
                    .help("let it begin where the one before ends; steps ascend"),
            );
        }
        previous = upper.as_ref().map(|upper| (index, upper));
    }
}
