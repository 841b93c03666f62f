//! One run at a time.

use std::{sync::Arc, time::Duration};

use scf::{
    local::{LocalProcesses, process_identity},
    state::{
        file::FileObjects,
        lease::{Holder, Lease, Times},
    },
};
use tokio_util::sync::CancellationToken;

use crate::folder::{Folder, Ran};

/// Takes the lease of the stage as a deploy of this process would.
async fn hold(folder: &Folder) -> Lease {
    let objects = Arc::new(FileObjects::new(folder.state("dev")));
    let holder = Holder {
        run: "0123456789ab".into(),
        command: "deploy".into(),
        host: "runner-7".into(),
        process: process_identity(),
        since: "2026-11-22T10:00:00Z".parse().unwrap(),
    };
    let times = Times {
        duration: Duration::from_mins(1),
        heartbeat: Duration::from_secs(15),
        wait: Duration::ZERO,
    };
    Lease::acquire(
        objects,
        holder,
        times,
        &LocalProcesses,
        &CancellationToken::new(),
    )
    .await
    .unwrap()
}

fn readable(ran: &Ran) -> String {
    ran.text().replace(&std::process::id().to_string(), "<pid>")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_that_another_run_changes_is_left_to_it() {
    let folder = Folder::shop().and_engine();
    let lease = hold(&folder).await;
    let before = folder.read(".scf/dev/lease.json");
    insta::assert_snapshot!(readable(&folder.scf("deploy --target local")), @"
    --- stderr
    error: the stage is being changed by `deploy` (run 0123456789ab, process <pid> on runner-7, since 2026-11-22T10:00:00Z)
    hint: wait for it to end, or give --lock-timeout a longer time; a run that died is taken over by itself
    --- exit code 7
    ");
    insta::assert_snapshot!(readable(&folder.scf("remove --target local --lock-timeout 0.2")), @"
    --- stderr
    error: the stage is being changed by `deploy` (run 0123456789ab, process <pid> on runner-7, since 2026-11-22T10:00:00Z)
    hint: wait for it to end, or give --lock-timeout a longer time; a run that died is taken over by itself
    --- exit code 7
    ");
    assert_eq!(folder.changes(), [""; 0]);
    assert_eq!(folder.read(".scf/dev/lease.json"), before);
    let reading = folder.scf("plan --target local");
    assert_eq!(
        reading.code,
        0,
        "reading needs no lease: {}",
        reading.text()
    );
    let other = folder.scf("remove --target local --stage prod");
    assert_eq!(
        other.code,
        0,
        "another stage has another lease: {}",
        other.text()
    );
    lease.release().await.unwrap();
    let freed = folder.scf("remove --target local");
    assert_eq!(freed.code, 0, "{}", freed.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_waits_as_long_as_it_is_told_to() {
    let folder = Folder::shop().and_engine();
    let lease = hold(&folder).await;
    let waiting = folder
        .command("remove --target local --lock-timeout 20")
        .spawn();
    let mut waiting = waiting.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(waiting.try_wait().unwrap().is_none(), "it waits");
    lease.release().await.unwrap();
    assert!(waiting.wait().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lease_of_a_run_that_died_is_taken_over() {
    let folder = Folder::shop().and_engine();
    let lease = hold(&folder).await;
    let mut record: serde_json::Value =
        serde_json::from_str(&folder.read(".scf/dev/lease.json")).unwrap();
    // The number of a process that ended, in the same boot and namespace.
    let mut ended = std::process::Command::new("true").spawn().unwrap();
    ended.wait().unwrap();
    record["holder"]["process"]["pid"] = ended.id().into();
    record["holder"]["process"]["started"] = 1.into();
    folder.write(".scf/dev/lease.json", &record.to_string());
    let ran = folder.scf("remove --target local");
    assert_eq!(ran.code, 0, "{}", ran.text());
    assert!(!folder.has(".scf"));
    drop(lease);
}
