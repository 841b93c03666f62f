//! The executor and its journal, on random graphs, with failures, signals and a lost lease.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "../support/mod.rs"]
mod support;

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use proptest::prelude::*;
use scf::{
    apply::{Execution, Journal, Outcome, Runner, StepError, execute},
    error::{Class, Diagnose},
    plan::{Address, Graph, GraphError, PlannedStep, StepId},
    state::{Objects, StoreError, v1::Event},
};
use serde_json::{Value, json};
use support::{MemoryObjects, Recorder};
use tokio_util::sync::CancellationToken;

/// A step that does as it is told.
#[derive(Debug, Clone)]
enum Act {
    Succeed,
    Fail,
    /// Signals that it began, then takes this long.
    Sleep {
        ms: u64,
        interruptible: bool,
    },
}

#[derive(Debug, Clone)]
struct Step(String, Act);

impl PlannedStep for Step {
    fn describe(&self) -> String {
        self.0.clone()
    }

    fn public(&self) -> Value {
        json!(self.0)
    }

    fn interruptible(&self) -> bool {
        matches!(
            self.1,
            Act::Sleep {
                interruptible: true,
                ..
            }
        )
    }
}

#[derive(Debug, thiserror::Error)]
#[error("it broke")]
struct Broke;

impl Diagnose for Broke {
    fn class(&self) -> Class {
        Class::Unhealthy
    }
}

#[derive(Default)]
struct Acts {
    running: AtomicUsize,
    most: AtomicUsize,
    begun: Mutex<Vec<String>>,
    ended: Mutex<Vec<String>>,
}

impl Runner<Step> for Acts {
    async fn run(&self, Step(name, act): &Step) -> Result<(), StepError> {
        self.begun.lock().unwrap().push(name.clone());
        let now = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        let result = match act {
            Act::Succeed => {
                tokio::task::yield_now().await;
                Ok(())
            }
            Act::Fail => Err(Broke.into()),
            Act::Sleep { ms, .. } => {
                tokio::time::sleep(Duration::from_millis(*ms)).await;
                Ok(())
            }
        };
        self.running.fetch_sub(1, Ordering::SeqCst);
        self.ended.lock().unwrap().push(name.clone());
        result
    }
}

fn name(index: usize) -> String {
    format!("s{index:03}")
}

fn id(index: usize) -> StepId {
    StepId::new(&Address::of(&name(index)), "run")
}

/// Steps with the indices of what each needs.
fn graph(steps: &[(Act, Vec<usize>)]) -> Graph<Step> {
    let mut graph = Graph::default();
    for (index, (act, needs)) in steps.iter().enumerate() {
        let step = Step(name(index), act.clone());
        graph.add(
            &Address::of(&name(index)),
            "run",
            needs.iter().map(|need| id(*need)),
            step,
        );
    }
    graph
}

struct Ran {
    outcome: Outcome,
    acts: Acts,
    recorded: Vec<(StepId, Event)>,
}

async fn run_with(
    graph: &Graph<Step>,
    concurrency: usize,
    cancel: CancellationToken,
    objects: Arc<MemoryObjects>,
    lease_times: scf::state::lease::Times,
    acts: Acts,
) -> Ran {
    let store: Arc<dyn Objects> = objects.clone();
    let lease = support::lease(store.clone(), "r1", lease_times).await;
    let recorder = Arc::new(Recorder::default());
    let journal = Journal::begin(
        store,
        support::new_state(),
        support::run_record("r1"),
        recorder.clone(),
    )
    .await
    .unwrap();
    let outcome = execute(
        graph,
        Execution {
            runner: &acts,
            concurrency,
            lease: &lease,
            journal: &journal,
            cancel,
            grace: Duration::from_millis(1_500),
            observer: recorder.clone(),
        },
    )
    .await;
    let state = journal.end().await.unwrap();
    let in_state: Vec<(StepId, Event)> = state
        .state
        .run
        .unwrap()
        .journal
        .into_iter()
        .map(|entry| (entry.step, entry.event))
        .collect();
    let recorded: Vec<(StepId, Event)> = recorder
        .0
        .lock()
        .unwrap()
        .iter()
        .map(|e| (e.step.clone(), e.event.clone()))
        .collect();
    assert_eq!(
        recorded, in_state,
        "what the observer heard is what the store has"
    );
    Ran {
        outcome,
        acts,
        recorded,
    }
}

async fn run(graph: &Graph<Step>, concurrency: usize) -> Ran {
    let times = support::times(60_000, 15_000, 0);
    run_with(
        graph,
        concurrency,
        CancellationToken::new(),
        Arc::default(),
        times,
        Acts::default(),
    )
    .await
}

/// Steps of a random acyclic graph: each needs only earlier ones.
fn random_steps() -> impl Strategy<Value = Vec<(Act, Vec<usize>)>> {
    prop::collection::vec(
        (
            any::<u8>(),
            prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        ),
        1..40,
    )
    .prop_map(|rows| {
        rows.into_iter()
            .enumerate()
            .map(|(index, (dice, needs))| {
                let act = if dice < 25 { Act::Fail } else { Act::Succeed };
                let needs: BTreeSet<usize> = if index == 0 {
                    BTreeSet::new()
                } else {
                    needs.iter().map(|need| need.index(index)).collect()
                };
                (act, needs.into_iter().collect())
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Every step ends exactly one way: failed if it fails, skipped if it depends on a failure,
    /// else done, and never before what it needs; never more at once than allowed.
    #[test]
    fn exactly_what_depends_on_a_failure_is_skipped(steps in random_steps(), concurrency in 1_usize..8) {
        let graph = graph(&steps);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let ran = runtime.block_on(run(&graph, concurrency));

        let mut doomed = BTreeSet::new();
        for (index, (act, needs)) in steps.iter().enumerate() {
            let because_of_need = needs.iter().any(|need| doomed.contains(need));
            if because_of_need || matches!(act, Act::Fail) {
                doomed.insert(index);
            }
        }
        for (index, (act, needs)) in steps.iter().enumerate() {
            let begins = !needs.iter().any(|need| doomed.contains(need));
            let events: Vec<&Event> =
                ran.recorded.iter().filter(|(step, _)| *step == id(index)).map(|(_, event)| event).collect();
            let expected_end = match act {
                Act::Fail => Event::Failed { error: "it broke".into() },
                _ => Event::Succeeded,
            };
            if begins {
                prop_assert_eq!(events, vec![&Event::Started, &expected_end]);
            } else {
                let [Event::Skipped { because: Some(_) }] = events[..] else {
                    panic!("{events:?}");
                };
            }
        }
        let begun = ran.acts.begun.lock().unwrap().clone();
        for (index, (_, needs)) in steps.iter().enumerate() {
            let Some(at) = begun.iter().position(|n| *n == name(index)) else { continue };
            for need in needs {
                let before = begun.iter().position(|n| *n == name(*need)).unwrap();
                prop_assert!(before < at);
            }
        }
        prop_assert!(ran.acts.most.load(Ordering::SeqCst) <= concurrency);
        prop_assert_eq!(ran.outcome.is_complete(), doomed.is_empty());
    }
}

#[tokio::test]
async fn independent_steps_run_at_once() {
    let steps = vec![
        (
            Act::Sleep {
                ms: 50,
                interruptible: false
            },
            vec![]
        );
        4
    ];
    let ran = run(&graph(&steps), 4).await;
    assert_eq!(ran.acts.most.load(Ordering::SeqCst), 4);
    let ran = run(&graph(&steps), 2).await;
    assert_eq!(ran.acts.most.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_signal_begins_nothing_new_drops_waits_and_lets_the_rest_end() {
    let steps = [
        (
            Act::Sleep {
                ms: 400,
                interruptible: false,
            },
            vec![],
        ),
        (
            Act::Sleep {
                ms: 60_000,
                interruptible: true,
            },
            vec![],
        ),
        (
            Act::Sleep {
                ms: 60_000,
                interruptible: false,
            },
            vec![],
        ),
        (Act::Succeed, vec![0]),
    ];
    let cancel = CancellationToken::new();
    let trigger = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(50)).await;
        trigger.cancel();
    });
    let times = support::times(60_000, 15_000, 0);
    let ran = run_with(
        &graph(&steps),
        8,
        cancel,
        Arc::default(),
        times,
        Acts::default(),
    )
    .await;
    let ended: Vec<(StepId, Event)> = ran
        .recorded
        .into_iter()
        .filter(|(_, event)| *event != Event::Started)
        .collect();
    assert_eq!(
        ended,
        [
            (id(1), Event::Cancelled),
            (id(0), Event::Succeeded),
            (id(3), Event::Skipped { because: None }),
            (id(2), Event::Cancelled),
        ]
    );
    assert!(!ran.outcome.is_complete());
}

#[tokio::test]
async fn a_run_that_lost_its_lease_begins_no_further_step() {
    let objects: Arc<MemoryObjects> = Arc::default();
    let thief = objects.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(40)).await;
        // Another run took over: the object has another version now.
        let mut all = thief.objects.lock().unwrap();
        let (_, version) = all.get_mut("lease.json").unwrap();
        *version += 1;
    });
    let steps = [
        (
            Act::Sleep {
                ms: 150,
                interruptible: false,
            },
            vec![],
        ),
        (Act::Succeed, vec![0]),
        (Act::Succeed, vec![1]),
    ];
    let times = support::times(60_000, 20, 0);
    let ran = run_with(
        &graph(&steps),
        8,
        CancellationToken::new(),
        objects,
        times,
        Acts::default(),
    )
    .await;
    assert_eq!(*ran.acts.begun.lock().unwrap(), ["s000"]);
    assert_eq!(
        ran.outcome.stopped.unwrap().to_string(),
        "this run lost the lease of the stage"
    );
    assert_eq!(
        ran.outcome.skipped.into_keys().collect::<Vec<_>>(),
        [id(1), id(2)]
    );
}

#[tokio::test]
async fn a_journal_that_cannot_be_written_stops_the_run_and_is_the_error() {
    let objects: Arc<MemoryObjects> = Arc::default();
    let store: Arc<dyn Objects> = objects.clone();
    let lease = support::lease(store.clone(), "r1", support::times(60_000, 15_000, 0)).await;
    let recorder = Arc::new(Recorder::default());
    let journal = Journal::begin(
        store,
        support::new_state(),
        support::run_record("r1"),
        recorder.clone(),
    )
    .await
    .unwrap();
    objects.broken.store(true, Ordering::SeqCst);
    let acts = Acts::default();
    let steps = [
        (
            Act::Sleep {
                ms: 50,
                interruptible: false,
            },
            vec![],
        ),
        (Act::Succeed, vec![0]),
    ];
    execute(
        &graph(&steps),
        Execution {
            runner: &acts,
            concurrency: 4,
            lease: &lease,
            journal: &journal,
            cancel: CancellationToken::new(),
            grace: Duration::ZERO,
            observer: recorder,
        },
    )
    .await;
    assert_eq!(*acts.begun.lock().unwrap(), ["s000"]);
    assert!(matches!(journal.end().await, Err(StoreError::Io { .. })));
}

#[test]
fn a_graph_with_a_cycle_or_a_missing_need_is_refused() {
    let cycle = graph(&[(Act::Succeed, vec![1]), (Act::Succeed, vec![0])]);
    assert!(matches!(cycle.check(), Err(GraphError::Cycle(_))));
    let missing = graph(&[(Act::Succeed, vec![7])]);
    assert_eq!(
        missing.check().unwrap_err().to_string(),
        "step s000/run needs s007/run, which is not in the plan"
    );
}
