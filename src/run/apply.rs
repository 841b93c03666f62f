//! Applies a plan under a lease, with a journal: the same for every command that changes something.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::{RunError, Session, stage::LocalStage};
use crate::{
    apply::{Execution, Journal, Observer, Outcome, Progress, execute},
    cli::RunArgs,
    error::{Class, Diagnose, Failure, Result},
    image::Builder,
    local::{Context, Document, EdgeStore, LocalProcesses, Settings, process_identity},
    plan::{GraphError, Plan},
    resource::local::Step,
    state::{
        Objects, StoreError, Versioned,
        lease::{Holder, Lease, Times},
        v1::Run,
    },
};

/// Steps that must not be torn get this long after a signal: with the rest of the way out it stays
/// under the 8 s after which a runner kills the client (`github-facts.md`).
const GRACE: Duration = Duration::from_secs(5);

/// Steps failed.
#[derive(Debug)]
pub struct ApplyError {
    /// What failed, by the name of its step.
    failed: Vec<(String, Failure)>,
    skipped: usize,
}

impl std::fmt::Display for ApplyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.failed.as_slice() {
            [(step, failure)] => write!(f, "{step}: {failure}"),
            failed => write!(f, "{} steps failed", failed.len()),
        }
    }
}

impl std::error::Error for ApplyError {}

impl Diagnose for ApplyError {
    /// That of the first failure.
    fn class(&self) -> Class {
        self.failed
            .first()
            .map_or(Class::Internal, |(_, failure)| failure.class())
    }

    fn hint(&self) -> Option<String> {
        match self.failed.as_slice() {
            [(_, failure)] => failure.hint(),
            _ => Some(
                "mend what is named above, then run the command again: what was done stays done"
                    .into(),
            ),
        }
    }

    fn detail(&self) -> Option<String> {
        let mut text = String::new();
        let several = self.failed.len() > 1;
        for (step, failure) in &self.failed {
            if let Some(detail) = failure.detail() {
                let _ = writeln!(text, "{detail}");
            }
            if several {
                let _ = writeln!(text, "{step}: {failure}");
                if let Some(hint) = failure.hint() {
                    let _ = writeln!(text, "  hint: {hint}");
                }
            }
        }
        if self.skipped > 0 {
            let _ = writeln!(
                text,
                "{} steps that depend on it were not begun",
                self.skipped
            );
        }
        (!text.is_empty()).then(|| text.trim_end().to_owned())
    }
}

impl Diagnose for GraphError {
    fn class(&self) -> Class {
        Class::Internal
    }
}

/// Takes the lease of the stage.
///
/// # Errors
/// Somebody else has it.
pub async fn lease(
    stage: &LocalStage,
    command: &str,
    args: &RunArgs,
    session: &Session,
) -> Result<(Lease, String)> {
    let mut bytes = [0; 6];
    getrandom::fill(&mut bytes).map_err(super::gather::GatherError::from)?;
    let run = crate::plan::hex(&bytes);
    let holder = Holder {
        run: run.clone(),
        command: command.to_owned(),
        host: rustix::system::uname()
            .nodename()
            .to_string_lossy()
            .into_owned(),
        process: process_identity(),
        since: Timestamp::now(),
    };
    let times = Times {
        duration: args.lease,
        heartbeat: args.heartbeat,
        wait: args.lock_timeout,
    };
    let objects: Arc<dyn Objects> = stage.objects.clone();
    let lease = Lease::acquire(objects, holder, times, &LocalProcesses, &session.cancel).await?;
    Ok((lease, run))
}

/// Everything that a run needs besides its plan.
pub struct Applied<'a> {
    /// The stage.
    pub stage: &'a LocalStage,
    /// Held.
    pub lease: &'a Lease,
    /// Id of the run.
    pub run: String,
    /// Its command.
    pub command: &'static str,
    /// Its options.
    pub args: &'a RunArgs,
    /// How long a task that it starts may take until it is healthy.
    pub health_deadline: Duration,
    /// What the edge knows now.
    pub document: Document,
}

/// Runs the plan and records it. The state that is returned is the one in the store.
///
/// # Errors
/// A step's, the lease's, the store's, or the cancellation.
pub async fn apply(
    plan: &Plan<Step>,
    applied: Applied<'_>,
    state: Versioned,
    session: &Session,
) -> Result<Versioned> {
    plan.graph.check()?;
    let Applied {
        stage,
        lease,
        run,
        command,
        args,
        health_deadline,
        document,
    } = applied;
    let context = Context {
        stage: plan.stage.clone(),
        engine: stage.engine.clone(),
        builder: builder(session),
        keychain: session.keychain.clone(),
        edge: EdgeStore::new(
            &stage.identity.state_folder(),
            document,
            stage.proxy.clone(),
        ),
        proxy: stage.proxy.clone(),
        place: stage.place.clone(),
        key: state.state.key.clone(),
        settings: Settings {
            health_deadline,
            drain: args.drain,
            stop_seconds: 10,
        },
        cancel: session.cancel.clone(),
        log: session.display.clone(),
    };
    let record = Run {
        id: run,
        command: command.to_owned(),
        started: Timestamp::now(),
        ended: None,
        plan: plan.digest().to_string(),
        journal: Vec::new(),
    };
    let observer: Arc<dyn Observer> = session.display.clone();
    let journal = Journal::begin(stage.objects.clone(), state, record, observer.clone()).await?;
    let told = tell_when_stopping(session.cancel.clone(), observer.clone());
    let outcome = execute(
        &plan.graph,
        Execution {
            runner: &context,
            concurrency: args.concurrency.get(),
            lease,
            journal: &journal,
            cancel: session.cancel.clone(),
            grace: GRACE,
            observer,
        },
    )
    .await;
    told.abort();
    finish(outcome, journal, stage, session).await
}

/// `DOCKER_BUILDKIT=0` asks for the classic builder, as it does of the Docker CLI.
fn builder(session: &Session) -> Builder {
    match session
        .environment
        .get("DOCKER_BUILDKIT")
        .map(String::as_str)
    {
        Some("0") => Builder::Classic,
        _ => Builder::Newest,
    }
}

fn tell_when_stopping(
    cancel: CancellationToken,
    observer: Arc<dyn Observer>,
) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        cancel.cancelled().await;
        observer.progress(&Progress::Stopping {
            because: "a signal came",
        });
    })
}

async fn finish(
    outcome: Outcome,
    journal: Journal,
    stage: &LocalStage,
    session: &Session,
) -> Result<Versioned> {
    let complete = outcome.is_complete();
    let Outcome {
        failed,
        skipped,
        stopped,
        ..
    } = outcome;
    // What a step says of its failure is not lost when the run cannot be recorded or goes on no more.
    let (unrecorded, state) = match record_end(journal, stage, complete).await {
        Ok(state) => (None, Some(state)),
        Err(error) => (Some(Failure::from(error)), None),
    };
    if let (true, Some(state)) = (complete, state) {
        return Ok(state);
    }
    let of_the_run = [("run", stopped), ("journal", unrecorded)];
    let mut of_the_run = of_the_run
        .into_iter()
        .filter_map(|(name, failure)| Some((name.to_owned(), failure?)));
    if failed.is_empty() {
        return Err(match of_the_run.next() {
            Some((_, failure)) => failure,
            None if session.cancel.is_cancelled() => RunError::Cancelled.into(),
            None => RunError::Incomplete.into(),
        });
    }
    let steps = failed
        .into_iter()
        .map(|(step, error)| (step.to_string(), error));
    Err(ApplyError {
        failed: steps.chain(of_the_run).collect(),
        skipped: skipped.values().filter(|because| because.is_some()).count(),
    }
    .into())
}

async fn record_end(
    journal: Journal,
    stage: &LocalStage,
    complete: bool,
) -> Result<Versioned, StoreError> {
    let mut state = journal.end().await?;
    state.state.end_run(Timestamp::now(), complete);
    crate::state::save(stage.objects.as_ref(), &mut state).await?;
    Ok(state)
}
