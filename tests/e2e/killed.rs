//! `scf` killed (SIGKILL) after each entry of its journal in turn: the next run ends where an
//! unbroken one would have ended, with nothing left over.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use clap::Parser as _;
use scf::{
    apply::{Observer, Progress},
    cli::{Cli, Command},
    local::Log,
    run::{self, Session},
};
use tokio_util::sync::CancellationToken;

use crate::{
    inventory::inventory,
    stage::{Ran, Stage, docker},
};

const KILL_AFTER: &str = "E2E_KILL_AFTER";

/// Kills this process once so many entries are in the store.
struct Killer {
    after: usize,
    recorded: AtomicUsize,
}

impl Observer for Killer {
    fn progress(&self, progress: &Progress<'_>) {
        if let Progress::Recorded(_) = progress
            && self.recorded.fetch_add(1, Ordering::SeqCst) + 1 == self.after
        {
            let own = rustix::process::getpid();
            rustix::process::kill_process(own, rustix::process::Signal::KILL).unwrap();
        }
    }
}

impl Log for Killer {
    fn line(&self, _: &str, _: &str) {}

    fn warning(&self, _: &str, _: &str) {}
}

/// Not a test of its own: the process that the tests below start and that kills itself.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "the child process of the tests in this file"]
async fn child() {
    let after = std::env::var(KILL_AFTER).unwrap().parse().unwrap();
    let args = std::env::var("E2E_ARGS").unwrap();
    let cli = Cli::parse_from(std::iter::once("scf").chain(args.split(' ')));
    let session = Session {
        instance_id: "0123456789abcdef".into(),
        cancel: CancellationToken::new(),
        debug: false,
        display: Arc::new(Killer {
            after,
            recorded: AtomicUsize::new(0),
        }),
        environment: Arc::new(std::env::vars().collect::<BTreeMap<_, _>>()),
        keychain: Arc::default(),
        program: env!("CARGO_BIN_EXE_scf").into(),
    };
    let result = match cli.command {
        Command::Deploy(args) => run::deploy::run(&args, &session).await,
        Command::Remove(args) => run::remove::run(&args, &session).await,
        other => panic!("{other:?}"),
    };
    result.unwrap();
}

/// Runs the command in a process that is killed after so many entries; `None` once it ends before.
async fn kill_after(stage: &Stage, args: &str, entries: usize) -> Option<()> {
    use std::os::unix::process::ExitStatusExt as _;
    let mut command = stage.command(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "killed::child"]);
    command
        .env(KILL_AFTER, entries.to_string())
        .env("E2E_ARGS", args);
    let output = command.output().await.unwrap();
    if output.status.signal() == Some(9) {
        return Some(());
    }
    let ran = Ran::from(output);
    assert_eq!(ran.code, 0, "{ran:?}");
    None
}

/// The state in the store names the killed run, and what it had done by then.
fn entries_in_store(stage: &Stage) -> usize {
    let state = std::fs::read(stage.path(".scf/dev/state.json")).unwrap();
    scf::state::State::parse(&state)
        .unwrap()
        .run
        .unwrap()
        .journal
        .len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_deploy_killed_after_any_entry_is_continued() {
    let docker = docker().await;
    let unbroken = Stage::shop();
    unbroken.deploy().await;
    let expected = inventory(&docker, &unbroken.name).await;
    assert_eq!(expected.len(), 6, "{expected:#?}");
    for entries in 1.. {
        let stage = Stage::shop();
        if kill_after(&stage, "deploy --target local", entries)
            .await
            .is_none()
        {
            assert!(
                entries > 15,
                "a first deploy has more than {entries} entries"
            );
            return;
        }
        assert!(entries_in_store(&stage) >= entries);
        stage.deploy().await;
        assert_eq!(
            inventory(&docker, &stage.name).await,
            expected,
            "killed after entry {entries}"
        );
        assert_eq!(stage.get("/api/items").await.0, 200);
        nothing_to_do(&stage).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_killed_after_any_entry_is_continued() {
    let docker = docker().await;
    let mut unbroken = Stage::shop();
    unbroken.deploy().await;
    unbroken.set("SHOP_API_VERSION", "2");
    unbroken.deploy().await;
    let expected = inventory(&docker, &unbroken.name).await;
    for entries in 1.. {
        let mut stage = Stage::shop();
        stage.deploy().await;
        stage.set("SHOP_API_VERSION", "2");
        let killed = kill_after(&stage, "deploy --target local", entries).await;
        if killed.is_none() {
            assert!(entries > 10, "an update has more than {entries} entries");
            return;
        }
        // Whenever it is killed, somebody answers.
        assert_eq!(
            stage.get("/api/items").await.0,
            200,
            "killed after entry {entries}"
        );
        stage.deploy().await;
        assert_eq!(
            inventory(&docker, &stage.name).await,
            expected,
            "killed after entry {entries}"
        );
        assert!(
            stage
                .get("/api/items")
                .await
                .1
                .contains("\"version\":\"2\"")
        );
        nothing_to_do(&stage).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_killed_after_any_entry_is_continued() {
    let docker = docker().await;
    for entries in 1.. {
        let stage = Stage::shop();
        stage.deploy().await;
        let killed = kill_after(&stage, "remove --target local", entries).await;
        if killed.is_some() {
            let ran = stage.scf(&["remove"]).await;
            assert_eq!(ran.code, 0, "{ran:?}");
        }
        assert_eq!(
            inventory(&docker, &stage.name).await,
            Vec::<String>::new(),
            "killed after {entries}"
        );
        assert!(!stage.path(".scf").exists());
        if killed.is_none() {
            assert!(entries > 8, "a removal has more than {entries} entries");
            return;
        }
    }
}

async fn nothing_to_do(stage: &Stage) {
    let plan = stage.scf(&["plan", "--output", "json"]).await;
    let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    assert_eq!(plan["changes"], serde_json::json!([]));
}
