//! The life of a local stage, apart from load and kills.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::{
    inventory::inventory,
    stage::{Stage, docker},
};

fn without_times(text: &str) -> String {
    regex::Regex::new(r"\d+\.\d s|[0-9a-f]{64}|[0-9a-f]{16}|\d{4}-\d\d-\d\dT[0-9:]+Z|localhost:\d+")
        .unwrap()
        .replace_all(text, "…")
        .into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_is_deployed_shown_changed_and_removed() {
    let mut stage = Stage::shop();
    let name = stage.name.clone();
    let text = |text: &str| without_times(text).replace(&name, "shop");

    let first = stage.deploy().await;
    insta::assert_snapshot!(text(&first.stdout), @"");
    let again = stage.deploy().await;
    insta::assert_snapshot!(text(&again.stdout), @"");
    assert_eq!(again.stderr, "", "an unchanged stage has no steps");

    stage.set("SHOP_NAME", "The Corner Shop");
    let plan = stage.scf(&["plan"]).await;
    insta::assert_snapshot!(text(&plan.stdout), @"");
    stage.deploy().await;
    assert!(stage.get("/").await.1.contains("The Corner Shop"));

    let removed = stage.scf(&["remove"]).await;
    assert_eq!(removed.code, 0, "{removed:?}");
    insta::assert_snapshot!(text(&removed.stdout), @"");
    assert_eq!(
        inventory(&docker().await, &stage.name).await,
        Vec::<String>::new()
    );
    assert!(!stage.path(".scf").exists());
    let info = stage.scf(&["info"]).await;
    insta::assert_snapshot!(text(&info.stdout), @"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_state_is_rebuilt_from_labels_without_touching_a_task() {
    let stage = Stage::shop();
    stage.deploy().await;
    let before = task_ids(&stage).await;
    std::fs::remove_dir_all(stage.path(".scf")).unwrap();
    // The orphaned proxy sees that it is off the record and goes.
    tokio::time::sleep(Duration::from_secs(2)).await;
    stage.deploy().await;
    assert_eq!(task_ids(&stage).await, before);
    assert_eq!(stage.get("/api/items").await.0, 200);
    assert_eq!(stage.get("/").await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_was_stopped_outside_is_planned_and_started_again() {
    let stage = Stage::shop();
    stage.deploy().await;
    let docker = docker().await;
    let ids = task_ids(&stage).await;
    docker.stop_container(&ids[0], None).await.unwrap();
    let plan = stage.scf(&["plan"]).await;
    assert!(
        plan.stdout
            .contains("changed outside: 1 of 2 tasks running"),
        "{}",
        plan.stdout
    );
    stage.deploy().await;
    assert_eq!(task_ids(&stage).await, ids);
    assert_eq!(stage.get("/api/items").await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn force_replaces_every_task_and_scaling_only_what_it_must() {
    let stage = Stage::shop();
    stage.deploy().await;
    let before = task_ids(&stage).await;
    let forced = stage.scf(&["deploy", "--force"]).await;
    assert_eq!(forced.code, 0, "{forced:?}");
    let after = task_ids(&stage).await;
    assert!(
        after.iter().all(|id| !before.contains(id)),
        "{before:?} {after:?}"
    );
    stage.edit("desired: 2", "desired: 3");
    stage.deploy().await;
    let more = task_ids(&stage).await;
    assert_eq!(more.len(), 4);
    assert!(after.iter().all(|id| more.contains(id)));
    stage.edit("desired: 3", "desired: 1");
    stage.deploy().await;
    let fewer = task_ids(&stage).await;
    assert_eq!(fewer.len(), 2);
    assert!(fewer.iter().all(|id| more.contains(id)));
}

#[tokio::test(flavor = "multi_thread")]
async fn containers_come_and_go_with_their_routes() {
    let stage = Stage::shop();
    stage.deploy().await;
    let config = std::fs::read_to_string(stage.path("serverless.containers.yml")).unwrap();
    let without_api = config.split("\n  api:").next().unwrap();
    std::fs::write(stage.path("serverless.containers.yml"), without_api).unwrap();
    stage.deploy().await;
    assert_eq!(task_ids(&stage).await.len(), 1);
    // The front answers for its path now.
    assert_eq!(
        stage.get("/api/items").await,
        (404, "no page at /api/items\n".to_owned())
    );
    std::fs::write(stage.path("serverless.containers.yml"), &config).unwrap();
    stage.deploy().await;
    assert_eq!(stage.get("/api/items").await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_that_fails_leaves_the_rest_deployed_and_says_which_step() {
    let stage = Stage::shop();
    std::fs::write(
        stage.path("api/Dockerfile"),
        "FROM scratch\nCOPY bin/nothing /api\n",
    )
    .unwrap();
    let ran = stage.scf(&["deploy"]).await;
    assert_eq!(ran.code, 4, "{ran:?}");
    let name = stage.name.clone();
    insta::assert_snapshot!(without_times(&ran.stderr).replace(&name, "shop"), @"");
    let info = stage.scf(&["info", "--output", "json"]).await;
    assert!(info.stdout.contains("\"name\": \"web\""), "{}", info.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_stops_at_once_is_told_with_its_log() {
    let stage = Stage::shop();
    std::fs::write(
        stage.path("api/Dockerfile"),
        "FROM scratch\nCOPY bin/api /api\nENTRYPOINT [\"/api\"]\nENV PORT=99999\n",
    )
    .unwrap();
    stage.edit(
        "    build:\n      args:",
        "    environment:\n      RUST_BACKTRACE: 0\n    build:\n      args:",
    );
    std::fs::write(
        stage.path("api/Dockerfile"),
        "FROM scratch\nCOPY bin/api /api\nENTRYPOINT [\"/api\", \"--no-such-thing\"]\nCMD []\n",
    )
    .unwrap();
    std::fs::write(
        stage.path("api/Dockerfile"),
        "FROM scratch\nCOPY bin/api /api\nENTRYPOINT [\"/nothing\"]\n",
    )
    .unwrap();
    let ran = stage.scf(&["deploy"]).await;
    assert_ne!(ran.code, 0);
    let name = stage.name.clone();
    insta::assert_snapshot!(without_times(&ran.stderr).replace(&name, "shop"), @"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_the_run_and_the_next_one_goes_on() {
    let stage = Stage::shop();
    let child = stage.spawn(&["deploy"]);
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id().unwrap()).unwrap()).unwrap();
    tokio::time::sleep(Duration::from_millis(700)).await;
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let output = tokio::time::timeout(Duration::from_secs(8), child.wait_with_output()).await;
    let ran = crate::stage::Ran::from(output.expect("out by 8 s").unwrap());
    assert!(ran.code == 130 || ran.code == 0, "{ran:?}");
    assert!(
        !stage.path(".scf/dev/lease.json").exists(),
        "the lease is given back"
    );
    stage.deploy().await;
    assert_eq!(stage.get("/api/items").await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_are_printed_with_the_names_of_their_tasks_and_followed() {
    let stage = Stage::shop();
    stage.deploy().await;
    let logs = stage.scf(&["logs", "--container", "web"]).await;
    assert_eq!(
        logs.stdout.lines().next(),
        Some("web.0 | web listens on 8080"),
        "{logs:?}"
    );
    let mut follow = stage.spawn(&["logs", "--follow", "--container", "api", "--tail", "0"]);
    let mut lines = BufReader::new(follow.stdout.take().unwrap()).lines();
    let (found, _) = tokio::join!(
        async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if line.contains("/api/items 200") {
                    return line;
                }
            }
            String::new()
        },
        async {
            for _ in 0..10 {
                tokio::time::sleep(Duration::from_millis(200)).await;
                stage.get("/api/items").await;
            }
        }
    );
    assert!(
        found.starts_with("api.") && found.ends_with("GET /api/items 200 single"),
        "{found}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn dev_redeploys_what_changed() {
    let stage = Stage::shop();
    let mut dev = stage.spawn(&["dev"]);
    let mut lines = BufReader::new(dev.stdout.take().unwrap()).lines();
    let mut until = async |wanted: &str| {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.contains(wanted) {
                return;
            }
        }
        panic!("dev ended before {wanted:?}");
    };
    until("Watching for changes").await;
    assert!(stage.get("/").await.1.contains("The Shop"));
    stage.edit("SHOP_NAME, The Shop", "SHOP_NAME, The Other Shop");
    until("Watching for changes").await;
    assert!(stage.get("/").await.1.contains("The Other Shop"));
    std::fs::write(stage.path("api/bin/note"), "a new file in the context").unwrap();
    until("Watching for changes").await;
    let pid = rustix::process::Pid::from_raw(i32::try_from(dev.id().unwrap()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(dev.wait().await.unwrap().code(), Some(0));
    assert_eq!(stage.get("/").await.0, 200, "the stage goes on");
}

async fn task_ids(stage: &Stage) -> Vec<String> {
    let filters = std::collections::HashMap::from([(
        "label".to_owned(),
        vec![format!("scf.name={}", stage.name)],
    )]);
    let options = bollard::query_parameters::ListContainersOptionsBuilder::new()
        .filters(&filters)
        .build();
    let mut tasks: Vec<(String, String)> = docker()
        .await
        .list_containers(Some(options))
        .await
        .unwrap()
        .into_iter()
        .map(|task| (task.names.unwrap().join(","), task.id.unwrap()))
        .collect();
    tasks.sort();
    tasks.into_iter().map(|(_, id)| id).collect()
}
