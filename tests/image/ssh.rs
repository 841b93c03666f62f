//! Agents and keys reach the steps that ask for them. What signs is compared with OpenSSH.

use std::{
    io::{Read as _, Write as _},
    os::unix::net::UnixStream,
    process::{Child, Command, Stdio},
    time::Duration,
};

use camino::Utf8PathBuf;
use insta::assert_snapshot;
use scf::image::{BuildRequest, Builder, SshFlag};

use crate::workshop::Workshop;

const STEP: &str = "\
FROM scratch
COPY app /app
ARG CACHE_BUST
RUN --mount=type=ssh,id=deploy [\"/app\", \"agent\", \"challenge\"]
";

/// OpenSSH's own agent.
pub struct Agent {
    process: Child,
    pub socket: Utf8PathBuf,
}

impl Agent {
    pub fn start(shop: &Workshop) -> Self {
        let socket = shop.path("agent.sock");
        let mut command = Command::new("ssh-agent");
        command
            .args(["-D", "-a"])
            .arg(&socket)
            .stdout(Stdio::null());
        let process = command.spawn().expect("openssh-client is installed");
        let deadline = std::time::Instant::now() + Duration::from_secs(10);
        while UnixStream::connect(&socket).is_err() {
            assert!(
                std::time::Instant::now() < deadline,
                "ssh-agent does not listen"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        Self { process, socket }
    }

    fn add(&self, key: &Utf8PathBuf) {
        let mut command = Command::new("ssh-add");
        let added = command
            .arg("-q")
            .arg(key)
            .env("SSH_AUTH_SOCK", &self.socket)
            .status();
        assert!(added.unwrap().success());
    }

    /// What it answers a request.
    fn ask(&self, message: &[u8]) -> Vec<u8> {
        let mut agent = UnixStream::connect(&self.socket).unwrap();
        let length = u32::try_from(message.len()).unwrap();
        agent.write_all(&length.to_be_bytes()).unwrap();
        agent.write_all(message).unwrap();
        let mut length = [0; 4];
        agent.read_exact(&mut length).unwrap();
        let mut answer = vec![0; u32::from_be_bytes(length) as usize];
        agent.read_exact(&mut answer).unwrap();
        answer
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn keygen(shop: &Workshop, name: &str, words: &[&str]) -> Utf8PathBuf {
    let key = shop.path(name);
    let mut command = Command::new("ssh-keygen");
    command
        .args(["-q", "-C", name])
        .args(words)
        .arg("-f")
        .arg(&key);
    assert!(
        command
            .status()
            .expect("openssh-client is installed")
            .success()
    );
    key
}

fn request(shop: &Workshop, paths: &[&Utf8PathBuf]) -> BuildRequest {
    let mut request = shop.request(&shop.source(), Builder::Newest);
    request.settings.ssh = vec![SshFlag {
        id: "deploy".to_owned(),
        paths: paths.iter().map(|path| (*path).clone()).collect(),
    }];
    request
}

fn printed(shop: &Workshop) -> Vec<String> {
    let lines = shop.lines().into_iter();
    lines
        .filter_map(|line| Some(line.strip_prefix("> ")?.to_owned()))
        .collect()
}

/// A workshop whose keys are no part of the context.
async fn shop() -> Workshop {
    let shop = Workshop::new(STEP).await;
    shop.add_program();
    shop.write(".dockerignore", "*\n!app\n");
    shop
}

#[tokio::test]
async fn a_step_uses_the_keys_of_an_agent_and_cannot_change_them() {
    let shop = shop().await;
    let agent = Agent::start(&shop);
    agent.add(&keygen(&shop, "one", &["-t", "ed25519", "-N", ""]));
    shop.run(&request(&shop, &[&agent.socket])).await.unwrap();
    let printed = printed(&shop);
    let expected = [
        "keys 12 1",
        "comment one",
        "add 05",
        "remove all 05",
        "extension 05",
    ];
    assert_eq!(printed[..5], expected);
    assert_eq!(printed[5], signed_by(&agent, &printed[5]));
    assert_eq!(printed.len(), 6);
    // Nothing was removed.
    assert_eq!(agent.ask(&[11])[..5], [12, 0, 0, 0, 1]);
}

/// The line that the step would print if this agent signed: these signatures have no randomness.
fn signed_by(agent: &Agent, line: &str) -> String {
    let blob = line.split(' ').nth(2).unwrap();
    let key: Vec<u8> = (0..blob.len() / 2)
        .map(|at| u8::from_str_radix(&blob[2 * at..2 * at + 2], 16).unwrap())
        .collect();
    let mut message = vec![13];
    for string in [&key[..], b"challenge"] {
        let length = u32::try_from(string.len()).unwrap();
        message.extend(length.to_be_bytes());
        message.extend(string);
    }
    message.extend(4_u32.to_be_bytes());
    let answer = agent.ask(&message);
    let signature: Vec<String> = answer[5..]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("signed {} {blob} {}", answer[0], signature.concat())
}

#[tokio::test]
async fn keys_in_files_sign_as_opensshs_agent_does() {
    let shop = shop().await;
    let agent = Agent::start(&shop);
    let keys = [
        keygen(&shop, "ed25519", &["-t", "ed25519", "-N", ""]),
        keygen(&shop, "rsa", &["-t", "rsa", "-b", "2048", "-N", ""]),
    ];
    for key in &keys {
        agent.add(key);
    }
    shop.run(&request(&shop, &[&keys[0], &keys[1]]))
        .await
        .unwrap();
    let printed = printed(&shop);
    assert_eq!(
        printed[..3],
        ["keys 12 2", "comment ed25519", "comment rsa"]
    );
    assert_eq!(printed.len(), 8);
    for line in &printed[6..] {
        assert_eq!(line, &signed_by(&agent, line));
    }
}

/// Signatures of ECDSA are random; that the step gets one says that the key fits its public half.
#[tokio::test]
async fn every_kind_of_key_is_read() {
    for (kind, bits) in [
        ("ecdsa", "256"),
        ("ecdsa", "384"),
        ("ecdsa", "521"),
        ("rsa", "3072"),
    ] {
        let shop = shop().await;
        let key = keygen(&shop, "key", &["-t", kind, "-b", bits, "-N", ""]);
        shop.run(&request(&shop, &[&key])).await.unwrap();
        let printed = printed(&shop);
        assert_eq!(printed[..2], ["keys 12 1", "comment key"], "{kind} {bits}");
        assert!(
            printed[5].starts_with("signed 14 "),
            "{kind} {bits}: {}",
            printed[5]
        );
    }
}

#[tokio::test]
async fn what_cannot_be_forwarded_is_said_before_anything_is_built() {
    let shop = shop().await;
    let agent = Agent::start(&shop);
    let missing = shop.path("no-such-key");
    let locked = keygen(&shop, "locked", &["-t", "ed25519", "-N", "passphrase"]);
    let old = keygen(
        &shop,
        "old",
        &["-t", "rsa", "-b", "2048", "-m", "PEM", "-N", ""],
    );
    let small = keygen(&shop, "small", &["-t", "rsa", "-b", "1024", "-N", ""]);
    let good = keygen(&shop, "good", &["-t", "ed25519", "-N", ""]);
    let mut shown = Vec::new();
    let cases = [
        vec![&missing],
        vec![&locked],
        vec![&old],
        vec![&small],
        vec![&good, &agent.socket],
    ];
    for paths in cases {
        let error = shop.run(&request(&shop, &paths)).await.unwrap_err();
        shown.push(shop.show(error));
    }
    assert!(shop.lines().is_empty());
    assert_snapshot!(shown.join("\n\n"), @"
    error: the SSH agent or key for `deploy` cannot be used: /context/no-such-key: No such file or directory (os error 2)
    hint: paths are relative to the container's `src`
    class: Config

    error: the SSH key /context/locked cannot be used: it is protected by a passphrase
    hint: add it to an agent with `ssh-add`, and forward that: `default`
    class: Config

    error: the SSH key /context/old cannot be used: it is no private key in the format of OpenSSH
    hint: `ssh-keygen -p -f KEY` writes a key anew in the format of OpenSSH
    class: Config

    error: the SSH key /context/small cannot be used: it is no Ed25519, ECDSA or RSA key of at least 2048 bits
    hint: add it to an agent with `ssh-add`, and forward that: `default`
    class: Config

    error: SSH agent `deploy` is given a socket and something else
    hint: give each socket an id of its own
    class: Config
    ");
}

#[tokio::test]
async fn a_step_that_needs_an_agent_which_is_not_forwarded() {
    let text = STEP.replace("type=ssh,id=deploy", "type=ssh,required=true");
    let shop = Workshop::new(&text).await;
    shop.add_program();
    let error = shop
        .build(&shop.source(), Builder::Newest)
        .await
        .unwrap_err();
    assert_snapshot!(shop.show(error), @r#"
    error: image api:tag failed to build at [2/2] RUN --mount=type=ssh,required=true ["/app", "agent", "challenge"]: no such SSH agent is forwarded: default
    hint: forward one with `build.ssh`, such as `build.ssh: default`, or with `--ssh` in `build.options`
    class: Build
    "#);
}
