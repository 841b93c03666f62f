//! The way to the engine.

use std::{fs, os::unix::fs::PermissionsExt, os::unix::net::UnixListener, process::Command};

use insta::assert_snapshot;
use scf::{
    error::{Diagnose, Failure},
    image::{EngineError, connect, connect_to, exists},
};

/// A failed connection as the user sees it; `folder` is what differs between runs.
async fn refused(host: &str, folder: &str) -> String {
    let error = connect_to(host).await.unwrap_err();
    let (class, hint) = (error.class(), error.hint().unwrap_or_default());
    let shown = format!("{}\nhint: {hint}\nclass: {class:?}", Failure::from(error));
    shown.replace(folder, "/run")
}

#[tokio::test]
async fn the_engine_of_this_machine_answers() {
    let docker = connect()
        .await
        .expect("these tests need a running Docker Engine");
    assert_eq!(
        exists(&docker, "scf-image-test-nothing:here")
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn what_is_not_a_plain_no_is_not_taken_for_one() {
    let docker = connect()
        .await
        .expect("these tests need a running Docker Engine");
    let error = exists(&docker, "Not A Reference").await.unwrap_err();
    assert!(matches!(error, EngineError::Other { .. }), "{error:?}");
}

#[tokio::test]
async fn no_engine_was_ever_there() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    assert_snapshot!(refused(&format!("unix://{folder}/docker.sock"), folder).await, @r"
    the Docker Engine does not answer at unix:///run/docker.sock: its socket does not exist
    hint: start Docker (`sudo systemctl start docker`, or open Docker Desktop), or set DOCKER_HOST to the address that `docker context ls` shows
    class: Unavailable
    ");
}

#[tokio::test]
async fn the_engine_was_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("docker.sock");
    drop(UnixListener::bind(&socket).unwrap());
    let folder = folder.path().to_str().unwrap();
    assert_snapshot!(refused(&format!("unix://{folder}/docker.sock"), folder).await, @r"
    the Docker Engine does not answer at unix:///run/docker.sock: Connection refused (os error 111)
    hint: start Docker (`sudo systemctl start docker`, or open Docker Desktop), or set DOCKER_HOST to the address that `docker context ls` shows
    class: Unavailable
    ");
}

#[tokio::test]
async fn the_engine_hangs() {
    let folder = tempfile::tempdir().unwrap();
    let _silent = UnixListener::bind(folder.path().join("docker.sock")).unwrap();
    let folder = folder.path().to_str().unwrap();
    assert_snapshot!(refused(&format!("unix://{folder}/docker.sock"), folder).await, @r"
    the Docker Engine does not answer at unix:///run/docker.sock: it accepts connections and says nothing
    hint: start Docker (`sudo systemctl start docker`, or open Docker Desktop), or set DOCKER_HOST to the address that `docker context ls` shows
    class: Unavailable
    ");
}

#[tokio::test]
async fn no_engine_listens_at_the_tcp_address() {
    assert_snapshot!(refused("tcp://127.0.0.1:1", "no folder").await, @r"
    the Docker Engine does not answer at tcp://127.0.0.1:1: Connection refused (os error 111)
    hint: start Docker (`sudo systemctl start docker`, or open Docker Desktop), or set DOCKER_HOST to the address that `docker context ls` shows
    class: Unavailable
    ");
}

#[tokio::test]
async fn ssh_is_not_spoken() {
    assert_snapshot!(refused("ssh://build@host", "no folder").await, @r"
    the Docker Engine could not be used at ssh://build@host: URI scheme is not supported: ssh://build@host
    hint: DOCKER_HOST may begin with unix://, tcp://, http:// or https://; for ssh:// forward the engine's socket (`ssh -L`) and point DOCKER_HOST at it
    class: Unavailable
    ");
}

/// Root may use every socket, so root runs this test once more as another user.
#[tokio::test]
async fn this_user_may_not_use_the_engine() {
    if rustix::process::geteuid().is_root() {
        return run_as_nobody("connection::this_user_may_not_use_the_engine");
    }
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("docker.sock");
    let _engine = UnixListener::bind(&socket).unwrap();
    fs::set_permissions(&socket, fs::Permissions::from_mode(0o000)).unwrap();
    let folder = folder.path().to_str().unwrap();
    assert_snapshot!(refused(&format!("unix://{folder}/docker.sock"), folder).await, @r#"
    this user may not use the Docker Engine at unix:///run/docker.sock: Permission denied (os error 13)
    hint: let this user use Docker (`sudo usermod -aG docker "$USER"`, then log in again), or run as a user who may
    class: Denied
    "#);
}

fn run_as_nobody(test: &str) {
    use std::os::unix::process::CommandExt;
    // Not where it was built: that may be below a home folder of root's.
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let program = folder.path().join("tests");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let mut command = Command::new(program);
    command
        .args(["--exact", test])
        .uid(65_534)
        .gid(65_534)
        .current_dir("/");
    let output = command.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && printed.contains("1 passed"),
        "{printed}"
    );
}
