//! `schedule`: expressions as EventBridge reads them. EventBridge user guide, "Rate expressions
//! reference"; for the others see `cron`.

use super::{Document, cron};
use crate::config::{
    problem::Problem,
    tree::{Origin, Path},
};

pub(super) fn check(
    document: &Document<'_>,
    path: &Path,
    schedule: &str,
    problems: &mut Vec<Problem>,
) {
    let inner = |name| schedule.strip_prefix(name)?.strip_suffix(')');
    let fault = match (inner("rate("), inner("cron(")) {
        (Some(rate), _) => rate_fault(rate),
        (_, Some(fields)) => {
            // What a variable gave is not repeated.
            let is_shown = document.place(path).node.origin == Origin::File;
            cron::fault(fields, is_shown)
        }
        // The schema says it.
        (None, None) => None,
    };
    let Some((label, help)) = fault else { return };
    problems.push(
        Problem::error(
            document.span(path),
            "EventBridge does not know this schedule",
        )
        .label(label)
        .help(help),
    );
}

/// What to say at the place, and what to write instead.
pub(super) type Fault = (String, &'static str);

fn rate_fault(rate: &str) -> Option<Fault> {
    const HELP: &str = "write a number and `minutes`, `hours` or `days`: `rate(5 minutes)`";
    let mut words = rate.split_whitespace();
    let value = words.next().unwrap_or_default();
    let unit = words.next().unwrap_or_default();
    let number = value.parse::<u32>().unwrap_or_default();
    if number == 0 || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        let label = "must begin with a whole number of 1 or more";
        return Some((label.to_owned(), HELP));
    }
    let unit = unit.strip_suffix('s').unwrap_or(unit);
    let fits = matches!(unit, "minute" | "hour" | "day") && words.next().is_none();
    let label = "must have one unit: `minutes`, `hours` or `days`";
    (!fits).then(|| (label.to_owned(), HELP))
}
