//! One run at a time.

use std::{sync::Arc, time::Duration};

use scf::{
    error::{Failure, render},
    state::{
        Objects,
        lease::{Lease, LeaseError},
    },
};
use tokio_util::sync::CancellationToken;

use crate::support::{Ended, MemoryObjects, holder, lease, times};

async fn acquire(
    objects: &Arc<dyn Objects>,
    run: &str,
    wait_ms: u64,
    ended: bool,
) -> Result<Lease, LeaseError> {
    let cancel = CancellationToken::new();
    Lease::acquire(
        objects.clone(),
        holder(run),
        times(1_000, 100, wait_ms),
        &Ended(ended),
        &cancel,
    )
    .await
}

fn objects() -> Arc<dyn Objects> {
    Arc::new(MemoryObjects::default())
}

#[tokio::test]
async fn a_second_run_is_told_who_holds_the_lease_since_when() {
    let objects = objects();
    let _first = lease(objects.clone(), "r1", times(60_000, 15_000, 0)).await;
    let error: Failure = acquire(&objects, "r2", 0, false).await.unwrap_err().into();
    assert_eq!(error.class().exit_code(), 7);
    insta::assert_snapshot!(render(&error), @r"
    error: the stage is being changed by `deploy` (run r1, process 42 on runner-1, since 2026-11-22T10:00:00Z)
    hint: wait for it to end, or give --lock-timeout a longer time; a run that died is taken over by itself
    ");
}

#[tokio::test]
async fn a_lease_that_is_given_back_is_free_at_once() {
    let objects = objects();
    lease(objects.clone(), "r1", times(60_000, 1, 0))
        .await
        .release()
        .await
        .unwrap();
    acquire(&objects, "r2", 0, false)
        .await
        .unwrap()
        .verify()
        .unwrap();
}

#[tokio::test]
async fn the_lease_of_a_run_that_is_known_to_have_ended_is_taken_over_at_once() {
    let objects = objects();
    std::mem::forget(lease(objects.clone(), "r1", times(60_000, 15_000, 0)).await);
    acquire(&objects, "r2", 0, true)
        .await
        .unwrap()
        .verify()
        .unwrap();
}

#[tokio::test]
async fn a_living_run_keeps_its_lease_by_its_heartbeat() {
    let objects = objects();
    let first = lease(objects.clone(), "r1", times(1_000, 100, 0)).await;
    let error = acquire(&objects, "r2", 2_500, false).await.unwrap_err();
    assert!(matches!(error, LeaseError::Held(by) if by.run == "r1"));
    first.verify().unwrap();
}

#[tokio::test]
async fn a_silent_run_loses_its_lease_after_twice_its_time_and_not_before() {
    let objects = objects();
    // A heartbeat that never comes: the run is frozen.
    let frozen = lease(objects.clone(), "r1", times(1_000, 3_600_000, 0)).await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    // Expired once over: the frozen run itself begins nothing any more, but nobody may take over.
    assert!(matches!(frozen.verify(), Err(LeaseError::Lost)));
    assert!(matches!(
        acquire(&objects, "r2", 0, false).await,
        Err(LeaseError::Held(_))
    ));
    let second = acquire(&objects, "r2", 5_000, false).await.unwrap();
    second.verify().unwrap();
    // The frozen one gives nothing back that is not its own.
    frozen.release().await.unwrap();
    assert!(objects.get("lease.json").await.unwrap().is_some());
    second.verify().unwrap();
}

#[tokio::test]
async fn of_many_runs_that_come_at_once_one_holds_the_lease_at_a_time() {
    let objects = objects();
    let inside = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let runs = (0..12).map(|run| {
        let (objects, inside) = (objects.clone(), inside.clone());
        tokio::spawn(async move {
            let lease = acquire(&objects, &format!("r{run}"), 30_000, false)
                .await
                .unwrap();
            assert_eq!(inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
            tokio::time::sleep(Duration::from_millis(5)).await;
            inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
            lease.release().await.unwrap();
        })
    });
    for run in futures::future::join_all(runs).await {
        run.unwrap();
    }
}
