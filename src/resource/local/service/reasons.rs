//! Why tasks are replaced, started or removed: what a reviewer reads behind `because:`.

use super::{
    Recorded, Task,
    compare::{Comparison, Standing},
};
use crate::{
    config::ComputeKind,
    plan::{Reason, names_that_differ, printable},
};

/// At least one reason for what [`super::plan`] does.
pub(super) fn of(comparison: &Comparison<'_>, standing: &Standing<'_>) -> Vec<Reason> {
    if comparison.tasks.is_empty() {
        return vec![match comparison.group {
            Some(_) => Reason::ChangedOutside("its tasks are gone".into()),
            None => Reason::New,
        }];
    }
    let mut reasons = Vec::new();
    if comparison.force {
        reasons.push(Reason::Forced);
    }
    if standing.current.is_empty() {
        reasons.extend(since_the_last_revision(comparison, standing));
    } else {
        let missing = missing(comparison, standing);
        reasons.extend(surplus(comparison, standing, missing.is_none()));
        reasons.extend(missing);
    }
    if reasons.is_empty() {
        reasons.push(Reason::ChangedOutside("the addresses of its tasks".into()));
    }
    reasons
}

fn serves(comparison: &Comparison<'_>, task: &Task) -> bool {
    let members = comparison.group.map(|group| group.members.as_slice());
    members
        .unwrap_or_default()
        .iter()
        .any(|member| member.id == task.id)
}

/// No task is of the wanted revision: what differs from the one that serves now.
fn since_the_last_revision(comparison: &Comparison<'_>, standing: &Standing<'_>) -> Vec<Reason> {
    let stale = &standing.stale;
    let serving = stale.iter().find(|task| serves(comparison, task));
    let Some(before) = serving.or_else(|| stale.first()) else {
        return Vec::new();
    };
    match &before.recorded {
        Some(recorded) => differences(
            recorded,
            &comparison.want.recorded(comparison.key),
            comparison.moved,
        ),
        None => vec![Reason::ChangedOutside("its label is not readable".into())],
    }
}

/// Wanted tasks that are there, but not as they should be.
fn missing(comparison: &Comparison<'_>, standing: &Standing<'_>) -> Option<Reason> {
    let current = &standing.current;
    let serving = current
        .iter()
        .filter(|task| serves(comparison, task))
        .count();
    let wanted = comparison.want.tasks as usize;
    let recorded = comparison.group.map_or(0, |group| group.members.len());
    if serving > 0 && standing.running < wanted {
        return Some(if recorded < wanted {
            tasks_changed(recorded, wanted)
        } else {
            let running = standing.running;
            Reason::ChangedOutside(format!("{running} of {wanted} tasks running"))
        });
    }
    (serving < current.len())
        .then(|| Reason::Unfinished("tasks were started, but get no requests".into()))
}

/// Tasks that are not wanted any more beside those that are: old ones serve until the wanted ones do.
fn surplus(
    comparison: &Comparison<'_>,
    standing: &Standing<'_>,
    is_switched: bool,
) -> Option<Reason> {
    let Standing { current, stale, .. } = standing;
    let revision = &current.first()?.revision;
    if stale.is_empty() {
        None
    } else if stale.iter().all(|task| task.revision == *revision) {
        let now = current.len() + stale.len();
        Some(tasks_changed(now, comparison.want.tasks as usize))
    } else {
        is_switched.then(|| Reason::Unfinished("old tasks are still there".into()))
    }
}

fn tasks_changed(from: usize, to: usize) -> Reason {
    Reason::Field {
        name: "tasks".into(),
        from: from.to_string(),
        to: to.to_string(),
    }
}

/// What differs between the label of a running task and what is wanted; `moved` says it of the image.
fn differences(from: &Recorded, to: &Recorded, moved: &[Reason]) -> Vec<Reason> {
    let is_lambda = |recorded: &Recorded| recorded.compute == ComputeKind::AwsLambda;
    // The CPU of a function follows from its memory.
    let follows = |name| name == "cpu" && is_lambda(from) && is_lambda(to);
    let fields = shown(from).into_iter().zip(shown(to));
    let changed = fields.filter(|((name, from), (_, to))| from != to && !follows(*name));
    let changed = changed.map(|((name, from), (_, to))| Reason::Field {
        name: name.to_owned(),
        from,
        to,
    });
    let image: &[Reason] = match moved {
        _ if from.image == to.image => &[],
        [] => &[Reason::ImageChanged],
        moved => moved,
    };
    image
        .iter()
        .cloned()
        .chain(changed)
        .chain(environment_differences(from, to))
        .collect()
}

/// The fields that a reviewer may read, as they stand in the config.
fn shown(recorded: &Recorded) -> [(&'static str, String); 6] {
    let Recorded {
        image: _,
        compute,
        environment: _,
        plain_environment: _,
        port,
        health_path,
        cpu_millis,
        memory_mib,
        timeout_seconds,
        forced: _,
    } = recorded;
    [
        ("compute.type", compute.as_str().to_owned()),
        ("port", port.to_string()),
        ("pathHealthCheck", health_path.clone()),
        ("cpu", format!("{} vCPU", f64::from(*cpu_millis) / 1000.0)),
        ("memory", format!("{memory_mib} MiB")),
        ("timeout", format!("{timeout_seconds} s")),
    ]
}

/// Names of variables, with the values that may be shown. One that is no secret any more, or has
/// become one, is named only.
fn environment_differences(from: &Recorded, to: &Recorded) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for (how, names) in names_that_differ(&from.environment, &to.environment) {
        let (mut named, mut shown) = (Vec::new(), Vec::new());
        for name in names {
            let values = (
                from.plain_environment.get(&name),
                to.plain_environment.get(&name),
            );
            match values {
                (Some(from), Some(to)) => shown.push(Reason::Field {
                    from: shortened(from),
                    to: shortened(to),
                    name,
                }),
                (None, Some(value)) if how == "added" => {
                    named.push(format!("{name}={}", shortened(value)));
                }
                _ => named.push(name),
            }
        }
        if !named.is_empty() {
            reasons.push(Reason::Environment { how, names: named });
        }
        reasons.extend(shown);
    }
    reasons
}

/// Values may be documents; a reviewer needs to see which one it is.
fn shortened(value: &str) -> String {
    const SHOWN: usize = 60;
    let mut text: String = printable(value).chars().take(SHOWN).collect();
    if printable(value).chars().count() > SHOWN {
        text.push('…');
    }
    text
}
