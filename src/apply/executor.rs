//! Runs a graph: as much at once as is allowed, nothing before what it needs.
//!
//! A failed step takes its dependents with it, and only them. From the first signal on no new step
//! is begun; those that run are dropped if they are long waits, or given a moment to end.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    sync::Arc,
    time::Duration,
};

use futures::stream::{FuturesUnordered, StreamExt as _};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::{Journal, Observer, Progress, StepError};
use crate::{
    plan::{Graph, Node, PlannedStep, StepId},
    state::{lease::Lease, v1::Event},
};

/// Carries out single steps.
pub trait Runner<S>: Send + Sync {
    /// Carries out one step. Must be idempotent: a run that was killed is repeated.
    fn run(&self, step: &S) -> impl Future<Output = Result<(), StepError>> + Send;
}

/// Everything around the graph.
pub struct Execution<'a, R> {
    /// Carries out the steps.
    pub runner: &'a R,
    /// Most steps at once.
    pub concurrency: usize,
    /// Verified before each step.
    pub lease: &'a Lease,
    /// Gets each start and end.
    pub journal: &'a Journal,
    /// Triggered by the first signal.
    pub cancel: CancellationToken,
    /// How long steps that must not be torn may go on after that.
    pub grace: Duration,
    /// Watches.
    pub observer: Arc<dyn Observer>,
}

/// What became of the steps.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Ended well, with the time that each took.
    pub succeeded: BTreeMap<StepId, Duration>,
    /// Ended with an error.
    pub failed: Vec<(StepId, StepError)>,
    /// Not begun, because of this failed step or because the run was stopped.
    pub skipped: BTreeMap<StepId, Option<StepId>>,
    /// Given up in the middle.
    pub cancelled: BTreeSet<StepId>,
    /// Why the run stopped before its end, if it is not a step's failure.
    pub stopped: Option<StepError>,
}

impl Outcome {
    /// Everything was done.
    pub fn is_complete(&self) -> bool {
        let Self {
            succeeded: _,
            failed,
            skipped,
            cancelled,
            stopped,
        } = self;
        failed.is_empty() && skipped.is_empty() && cancelled.is_empty() && stopped.is_none()
    }
}

/// Runs every step of `graph` that can be run.
pub async fn execute<S: PlannedStep, R: Runner<S>>(
    graph: &Graph<S>,
    execution: Execution<'_, R>,
) -> Outcome {
    let mut outcome = Outcome::default();
    let mut waiting: BTreeMap<&StepId, BTreeSet<&StepId>> = graph
        .nodes()
        .iter()
        .map(|(id, node)| (id, node.needs.iter().collect()))
        .collect();
    let mut running = FuturesUnordered::new();
    loop {
        while running.len() < execution.concurrency {
            let Some(id) = next_ready(&waiting) else {
                break;
            };
            if let Err(stop) = may_begin(&execution, &outcome) {
                outcome.stopped = outcome.stopped.or(stop);
                skip_all(&mut waiting, None, &mut outcome, &execution);
                break;
            }
            waiting.remove(id);
            if let Some(node) = graph.nodes().get(id) {
                running.push(run_one(id, node, &execution));
            }
        }
        let Some((id, result, took)) = running.next().await else {
            break;
        };
        let event = settle(id, result, took, &mut outcome);
        execution.journal.record(id, event.clone());
        execution.observer.progress(&Progress::Ended {
            step: id,
            event: &event,
            took,
        });
        if event == Event::Succeeded {
            for needs in waiting.values_mut() {
                needs.remove(id);
            }
        } else {
            skip_dependents(id, &mut waiting, &mut outcome, &execution);
        }
    }
    // Only a graph with a cycle leaves steps here; `Graph::check` refuses it before.
    skip_all(&mut waiting, None, &mut outcome, &execution);
    outcome
}

fn next_ready<'g>(waiting: &BTreeMap<&'g StepId, BTreeSet<&'g StepId>>) -> Option<&'g StepId> {
    waiting
        .iter()
        .find(|(_, needs)| needs.is_empty())
        .map(|(id, _)| *id)
}

/// `Err(None)`: the run was stopped before, for a reason that is already known.
fn may_begin<R>(execution: &Execution<'_, R>, outcome: &Outcome) -> Result<(), Option<StepError>> {
    if execution.cancel.is_cancelled() || outcome.stopped.is_some() || execution.journal.is_broken()
    {
        return Err(None);
    }
    execution.lease.verify().map_err(|error| Some(error.into()))
}

/// `None`: it was given up.
type StepResult = Option<Result<(), StepError>>;

async fn run_one<'g, S: PlannedStep, R: Runner<S>>(
    id: &'g StepId,
    node: &'g Node<S>,
    execution: &Execution<'_, R>,
) -> (&'g StepId, StepResult, Duration) {
    let does = node.step.describe();
    execution.journal.record(id, Event::Started);
    execution.observer.progress(&Progress::Started {
        step: id,
        does: &does,
    });
    let began = Instant::now();
    let mut work = std::pin::pin!(execution.runner.run(&node.step));
    let result = tokio::select! {
        biased;
        result = &mut work => Some(result),
        () = execution.cancel.cancelled() => {
            let grace = if node.step.interruptible() { Duration::ZERO } else { execution.grace };
            timeout(grace, work).await.ok()
        }
    };
    (id, result, began.elapsed())
}

fn settle(id: &StepId, result: StepResult, took: Duration, outcome: &mut Outcome) -> Event {
    match result {
        Some(Ok(())) => {
            outcome.succeeded.insert(id.clone(), took);
            Event::Succeeded
        }
        Some(Err(error)) if error.class() == crate::error::Class::Cancelled => {
            outcome.cancelled.insert(id.clone());
            Event::Cancelled
        }
        Some(Err(error)) => {
            let event = Event::Failed {
                error: error.to_string(),
            };
            outcome.failed.push((id.clone(), error));
            event
        }
        None => {
            outcome.cancelled.insert(id.clone());
            Event::Cancelled
        }
    }
}

fn skip_dependents<R>(
    failed: &StepId,
    waiting: &mut BTreeMap<&StepId, BTreeSet<&StepId>>,
    outcome: &mut Outcome,
    execution: &Execution<'_, R>,
) {
    let mut lost: BTreeSet<&StepId> = BTreeSet::from([failed]);
    loop {
        let next: Vec<&StepId> = waiting
            .iter()
            .filter(|(_, needs)| needs.iter().any(|need| lost.contains(need)))
            .map(|(id, _)| *id)
            .collect();
        if next.is_empty() {
            return;
        }
        for id in next {
            waiting.remove(id);
            skip(id, Some(failed), outcome, execution);
            lost.insert(id);
        }
    }
}

fn skip_all<R>(
    waiting: &mut BTreeMap<&StepId, BTreeSet<&StepId>>,
    because: Option<&StepId>,
    outcome: &mut Outcome,
    execution: &Execution<'_, R>,
) {
    while let Some((id, _)) = waiting.pop_first() {
        skip(id, because, outcome, execution);
    }
}

fn skip<R>(
    id: &StepId,
    because: Option<&StepId>,
    outcome: &mut Outcome,
    execution: &Execution<'_, R>,
) {
    let event = Event::Skipped {
        because: because.cloned(),
    };
    execution.journal.record(id, event.clone());
    execution.observer.progress(&Progress::Ended {
        step: id,
        event: &event,
        took: Duration::ZERO,
    });
    outcome.skipped.insert(id.clone(), because.cloned());
}
