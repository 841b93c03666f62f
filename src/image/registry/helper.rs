//! Credential helpers: programs that keep credentials, and give one on being asked.
//!
//! Rules: the protocol of `docker/docker-credential-helpers`. The answer on standard output is a
//! secret and goes nowhere else.

use std::{collections::BTreeMap, process::Stdio, time::Duration};

use serde::Deserialize;
use tokio::{io::AsyncWriteExt as _, process::Command, time::timeout};

use super::Credential;

/// A helper that asks a person, or a network that is not there, must not hold up a build for long.
const DEADLINE: Duration = Duration::from_secs(10);

/// What a helper says when it has nothing: the one answer to a failure that is no failure.
const NOTHING: &str = "credentials not found in native keychain";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

/// Asks the helper `name` for what it has for an address, as the configuration spells it. The error
/// is a warning.
pub(super) async fn get(
    name: &str,
    address: &str,
    environment: &BTreeMap<String, String>,
) -> Result<Option<Credential>, String> {
    let program = format!("docker-credential-{name}");
    // The name is a part of a program's, never a path.
    if name.contains('/') {
        return Err(format!("{program} is not the name of a credential helper"));
    }
    let failed = |why: String| format!("{program} gives no credentials for {address}: {why}");
    match timeout(DEADLINE, run(&program, address, environment)).await {
        Err(_) => Err(failed(format!("no answer within {} s", DEADLINE.as_secs()))),
        Ok(Err(error)) => Err(failed(error.to_string())),
        Ok(Ok(output)) if output.status.success() => {
            // What it printed is not repeated, whatever it is.
            let answer: Answer = serde_json::from_slice(&output.stdout)
                .map_err(|_| failed("its answer cannot be read".to_owned()))?;
            Ok(Some(Credential::password(&answer.username, answer.secret)))
        }
        Ok(Ok(output)) if String::from_utf8_lossy(&output.stdout).trim() == NOTHING => Ok(None),
        Ok(Ok(output)) => Err(failed(output.status.to_string())),
    }
}

async fn run(
    program: &str,
    address: &str,
    environment: &BTreeMap<String, String>,
) -> std::io::Result<std::process::Output> {
    let mut command = Command::new(program);
    command
        .arg("get")
        .env_clear()
        .envs(environment)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let mut child = command.spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // One that does not read its input may answer all the same.
        let _ = input.write_all(address.as_bytes()).await;
    }
    child.wait_with_output().await
}
