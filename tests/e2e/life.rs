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
    insta::assert_snapshot!(text(&first.stdout), @"
    shop, stage dev, target local

      + network        scf-shop-dev
                       because: new
      + proxy          on localhost
                       because: not running
      + image.api      scf/shop-api:…
                       because: no image with this fingerprint
      + container.api  2 tasks of awsFargateEcs, 512 MiB, port 8080
                       because: new
      + image.web      scf/shop-web:…
                       because: no image with this fingerprint
      + container.web  1 task of awsLambda, 1024 MiB, port 8080
                       because: new
      + routes         2 routes
                       because: new

    Plan: 7 to create, 0 to change, 0 to destroy.
    Digest: …

      api  2 running, 2 serving  scf/shop-api:…
      web  1 running, 1 serving  scf/shop-web:…

      http://…/api/  ->  api
      http://…/  ->  web

    Last deployed …
    ");
    let again = stage.deploy().await;
    insta::assert_snapshot!(text(&again.stdout), @"
    shop, stage dev, target local

    No changes: everything is deployed as configured.

      api  2 running, 2 serving  scf/shop-api:…
      web  1 running, 1 serving  scf/shop-web:…

      http://…/api/  ->  api
      http://…/  ->  web

    Last deployed …
    ");
    assert_eq!(again.stderr, "", "an unchanged stage has no steps");

    stage.set("SHOP_NAME", "The Corner Shop");
    let plan = stage.scf(&["plan"]).await;
    insta::assert_snapshot!(text(&plan.stdout), @"
    shop, stage dev, target local

      ~ container.web  1 task of awsLambda, 1024 MiB, port 8080
                       because: environment changed: SHOP_NAME

    Plan: 0 to create, 1 to change, 0 to destroy.
    Digest: …
    ");
    stage.deploy().await;
    assert!(stage.get("/").await.1.contains("The Corner Shop"));

    let removed = stage.scf(&["remove"]).await;
    assert_eq!(removed.code, 0, "{removed:?}");
    insta::assert_snapshot!(text(&removed.stdout), @"
    shop, stage dev, target local

      - proxy          on localhost
                       because: the stage is removed
      - container.api  2 tasks
                       because: the stage is removed
      - container.web  1 task
                       because: the stage is removed
      - network        scf-shop-dev
                       because: the stage is removed
      - images         2 local images that no other stage uses
                       because: the stage is removed

    Plan: 0 to create, 0 to change, 5 to destroy.
    Digest: …

    shop, stage dev is removed.
    ");
    assert_eq!(
        inventory(&docker().await, &stage.name).await,
        Vec::<String>::new()
    );
    assert!(!stage.path(".scf").exists());
    let info = stage.scf(&["info"]).await;
    insta::assert_snapshot!(text(&info.stdout), @"
    shop, stage dev, target local

    Nothing is deployed.
    ");
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
    insta::assert_snapshot!(last_lines(&ran.stderr, &stage.name, 3), @r#"
    4 steps that depend on it were not begun
    error: image.api/build: image scf/shop-api:… failed to build at [1/1] COPY bin/nothing /api: "/bin/nothing" not found: not found
    hint: fix that step of the Dockerfile; `--debug` shows the whole log
    "#);
    let info = stage.scf(&["info", "--output", "json"]).await;
    assert!(info.stdout.contains("\"name\": \"web\""), "{}", info.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_cannot_be_started_is_told() {
    let stage = Stage::shop();
    let dockerfile = "FROM scratch\nCOPY bin/api /api\nENTRYPOINT [\"/nothing\"]\n";
    std::fs::write(stage.path("api/Dockerfile"), dockerfile).unwrap();
    let ran = stage.scf(&["deploy"]).await;
    assert_eq!(ran.code, 5, "{ran:?}");
    insta::assert_snapshot!(last_lines(&ran.stderr, &stage.name, 3), @r#"
    3 steps that depend on it were not begun
    error: container.api/start: container api cannot be started: the Docker Engine could not start container …: Docker responded with status code 400: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/nothing": stat /nothing: no such file or directory: unknown
    hint: check the ENTRYPOINT and CMD of its image; what served before still serves
    "#);
    let left = inventory(&docker().await, &stage.name).await;
    assert!(
        !left.iter().any(|line| line.contains("scf-STACK-dev-api")),
        "{left:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_stops_at_once_is_told_with_its_log() {
    let stage = Stage::shop();
    let source = stage.path("crash.rs");
    let program = "fn main() { eprintln!(\"no database at db:5432\"); std::process::exit(3) }";
    std::fs::write(&source, program).unwrap();
    let built = std::process::Command::new("rustc")
        .args(["-C", "target-feature=+crt-static", "-o"])
        .args([stage.path("web/bin/web"), source])
        .status()
        .unwrap();
    assert!(built.success());
    let ran = stage.scf(&["deploy"]).await;
    assert_eq!(ran.code, 5, "{ran:?}");
    insta::assert_snapshot!(last_lines(&ran.stderr, &stage.name, 5), @"
    web printed one line:
      | no database at db:5432
    2 steps that depend on it were not begun
    error: container.web/healthy: container web stopped before it was healthy: exit code 3
    hint: its log above says why; what served before still serves
    ");
}

fn last_lines(text: &str, name: &str, count: usize) -> String {
    let text = without_times(text).replace(name, "shop");
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_the_run_and_the_next_one_goes_on() {
    let stage = Stage::shop();
    stage.edit(
        "pathHealthCheck: /api/health",
        "pathHealthCheck: /api/broken",
    );
    let child = stage.spawn(&["deploy"]);
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id().unwrap()).unwrap()).unwrap();
    // In the middle of a wait that would go on for seconds.
    let begun = async {
        let waits = |state: String| state.contains("container.api/healthy");
        while !std::fs::read_to_string(stage.path(".scf/dev/state.json")).is_ok_and(waits) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), begun)
        .await
        .unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let output = tokio::time::timeout(Duration::from_secs(8), child.wait_with_output()).await;
    let ran = crate::stage::Ran::from(output.expect("out by 8 s").unwrap());
    assert_eq!(ran.code, 130, "{ran:?}");
    insta::assert_snapshot!(last_lines(&ran.stderr, &stage.name, 2), @"
    error: cancelled; what was done is recorded
    hint: run the command again: it goes on where this run stopped
    ");
    assert!(
        !stage.path(".scf/dev/lease.json").exists(),
        "the lease is given back"
    );
    stage.edit(
        "pathHealthCheck: /api/broken",
        "pathHealthCheck: /api/health",
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
    let (found, ()) = tokio::join!(
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

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_in_the_task_and_nowhere_else() {
    const SECRET: &str = crate::seeds::ENVIRONMENT;
    let mut stage = Stage::shop();
    stage.set("SECRET", SECRET);
    stage.edit(
        "SHOP_NAME: ${env:SHOP_NAME, The Shop}",
        "SHOP_NAME: ${env:SECRET}",
    );
    stage.edit(
        "VERSION: ${env:SHOP_API_VERSION, \"1\"}",
        "VERSION: ${env:SECRET}",
    );
    let mut told = String::new();
    for args in [
        &["plan"][..],
        &["plan", "--output", "json"],
        &["deploy", "--debug"],
        &["deploy", "--force", "--output", "json", "--debug"],
        &["info", "--output", "json"],
        &["logs", "--container", "web"],
    ] {
        let ran = stage.scf(args).await;
        assert_eq!(ran.code, 0, "{ran:?}");
        told.push_str(&ran.stdout);
        told.push_str(&ran.stderr);
    }
    assert!(
        stage.get("/").await.1.contains(SECRET),
        "the container has it"
    );
    for entry in std::fs::read_dir(stage.path(".scf/dev")).unwrap() {
        told.push_str(&String::from_utf8_lossy(
            &std::fs::read(entry.unwrap().path()).unwrap(),
        ));
    }
    assert!(!told.contains(SECRET));
    // A failure shows its evidence, and that has no values either.
    stage.edit("pathHealthCheck: /health", "pathHealthCheck: /nothing");
    stage.edit("type: awsLambda", "type: awsFargateEcs");
    stage.set("SCF_HEALTH_DEADLINE", "0.5");
    let failed = stage.scf(&["deploy"]).await;
    assert_eq!(failed.code, 5, "{failed:?}");
    assert!(!format!("{failed:?}").contains(SECRET));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_is_removed_whatever_has_become_of_its_config() {
    let mut stage = Stage::shop();
    stage.set("GREETING", "hello");
    stage.edit(
        "SHOP_NAME: ${env:SHOP_NAME, The Shop}",
        "SHOP_NAME: ${env:GREETING}",
    );
    stage.deploy().await;
    assert_eq!(task_ids(&stage).await.len(), 3);
    stage.variables.clear();
    stage.edit("type: awsLambda", "typo: awsLambda");
    let refused = stage.scf(&["deploy"]).await;
    assert_eq!(refused.code, 2, "{refused:?}");
    let removed = stage.scf(&["remove"]).await;
    assert_eq!(removed.code, 0, "{removed:?}");
    assert_eq!(task_ids(&stage).await.len(), 0);
    assert!(!stage.path(".scf").exists(), "nothing is left behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn results_are_json_documents_for_programs() {
    let stage = Stage::shop();
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let deployed = json(&stage.scf(&["deploy", "--output", "json"]).await.stdout);
    assert_eq!(deployed["format"], "scf.deploy/v1");
    assert_eq!(deployed["plan"]["counts"]["add"], 7);
    let url = deployed["stage"]["url"].as_str().unwrap();
    assert_eq!(deployed["stage"]["routes"][0]["url"], format!("{url}/api/"));
    let plan = json(&stage.scf(&["plan", "--output", "json"]).await.stdout);
    assert_eq!(
        (&plan["format"], &plan["changes"]),
        (&"scf.plan/v1".into(), &serde_json::json!([]))
    );
    let removed = json(&stage.scf(&["remove", "--output", "json"]).await.stdout);
    assert_eq!(
        (&removed["format"], &removed["plan"]["counts"]["destroy"]),
        (&"scf.remove/v1".into(), &5.into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_deploys_at_once_are_one_after_the_other() {
    let stage = Stage::shop();
    let (first, second) = tokio::join!(
        stage.scf(&["deploy", "--lock-timeout", "60"]),
        stage.scf(&["deploy", "--lock-timeout", "60"]),
    );
    assert_eq!((first.code, second.code), (0, 0), "{first:?} {second:?}");
    let unchanged = |ran: &crate::stage::Ran| ran.stdout.contains("No changes");
    assert!(
        unchanged(&first) != unchanged(&second),
        "{first:?} {second:?}"
    );
    assert_eq!(task_ids(&stage).await.len(), 3);
}
