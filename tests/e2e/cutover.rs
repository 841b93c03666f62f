//! Redeploys under load: nothing fails, nothing is sent twice.

use std::time::Duration;

use bollard::query_parameters::{ListContainersOptionsBuilder, StopContainerOptionsBuilder};

use crate::{
    load::{Load, Witness},
    stage::{Stage, docker},
};

const CLIENTS: usize = 16;
const REQUESTS: usize = 10_000;

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_requests_through_two_redeploys_and_a_broken_one_lose_nothing() {
    let mut stage = Stage::shop();
    let witness = Witness::start(docker().await, &stage.name);
    stage.deploy().await;
    let load = Load::start(stage.port().await, CLIENTS);
    load.reach(REQUESTS / 10).await;
    for version in ["2", "3"] {
        stage.set("SHOP_API_VERSION", version);
        stage.deploy().await;
        load.reach(load.sent() + REQUESTS / 10).await;
    }
    load.reach(REQUESTS).await;

    stage.edit(
        "pathHealthCheck: /api/health",
        "pathHealthCheck: /api/broken",
    );
    stage.set("SCF_HEALTH_DEADLINE", "1.5");
    let broken = stage.scf(&["deploy"]).await;
    load.reach(load.sent() + REQUESTS / 10).await;
    let seen = load.stop().await;

    assert_eq!(*seen.failures.lock().unwrap(), Vec::<String>::new());
    assert!(
        seen.versions.lock().unwrap().iter().eq(["1", "2", "3"]),
        "{:?}",
        seen.versions
    );
    assert_eq!(broken.code, 5, "{broken:?}");
    // The logs of the engine come a moment later than the answers.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(
        witness.not_once(&seen.ids.lock().unwrap()),
        Vec::<String>::new()
    );
    assert_eq!(witness.twice(), Vec::<String>::new());

    insta::with_settings!({ filters => vec![(r"took [0-9.]+ s|[0-9.]+ s$", "[time]"), (r"[0-9.]+ s\n", "[time]\n")] }, {
        insta::assert_snapshot!(broken.stderr, @"");
    });
    let (status, body) = stage.get("/api/items").await;
    assert_eq!(
        (status, body.contains("\"version\":\"3\"")),
        (200, true),
        "{body}"
    );
}

/// What the test above counts can be seen to fail: without the cutover there are failures.
#[tokio::test(flavor = "multi_thread")]
async fn stopping_the_old_tasks_first_is_seen_by_the_same_load() {
    let mut stage = Stage::shop();
    stage.deploy().await;
    let load = Load::start(stage.port().await, CLIENTS);
    load.reach(500).await;
    let docker = docker().await;
    let labels = vec![
        format!("scf.name={}", stage.name),
        "scf.container=api".to_owned(),
    ];
    let filters = std::collections::HashMap::from([("label".to_owned(), labels)]);
    let options = ListContainersOptionsBuilder::new()
        .filters(&filters)
        .build();
    for task in docker.list_containers(Some(options)).await.unwrap() {
        let options = StopContainerOptionsBuilder::new().t(5).build();
        docker
            .stop_container(&task.id.unwrap(), Some(options))
            .await
            .unwrap();
    }
    stage.set("SHOP_API_VERSION", "2");
    stage.deploy().await;
    load.reach(load.sent() + 500).await;
    let seen = load.stop().await;
    assert!(!seen.failures.lock().unwrap().is_empty());
    assert!(seen.versions.lock().unwrap().contains("2"), "it recovers");
}
