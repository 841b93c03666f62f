//! A copy of `examples/shop` under a name of its own, and the `scf` that deploys it.

use std::{
    path::{Path, PathBuf},
    process::{Output, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use bollard::Docker;
use tokio::process::{Child, Command};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A project in a folder of its own; removed from the engine with it.
pub struct Stage {
    pub folder: tempfile::TempDir,
    pub name: String,
    /// Variables for every command.
    pub variables: Vec<(String, String)>,
}

pub async fn docker() -> Docker {
    let docker = Docker::connect_with_defaults().expect("a Docker Engine is needed");
    docker
        .negotiate_version()
        .await
        .expect("Docker Engine does not answer: run scripts/test, or start it")
}

fn shop() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop")
}

impl Stage {
    /// The shop as it is in the repository, with another name.
    pub fn shop() -> Self {
        let count = COUNT.fetch_add(1, Ordering::SeqCst);
        let name = format!("e2e-{}-{count}", std::process::id());
        let folder = tempfile::tempdir().unwrap();
        let source = std::fs::read_to_string(shop().join("serverless.containers.yml")).unwrap();
        let config = source.replace("name: shop", &format!("name: {name}"));
        std::fs::write(folder.path().join("serverless.containers.yml"), config).unwrap();
        for container in ["web", "api"] {
            let (from, to) = (shop().join(container), folder.path().join(container));
            std::fs::create_dir_all(to.join("bin")).unwrap();
            for file in ["Dockerfile", ".dockerignore", &format!("bin/{container}")] {
                std::fs::copy(from.join(file), to.join(file))
                    .unwrap_or_else(|error| panic!("{file}: {error}: run scripts/build-shop"));
            }
        }
        Self {
            folder,
            name,
            variables: Vec::new(),
        }
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// Changes the config by replacing text that must be there.
    pub fn edit(&self, from: &str, to: &str) {
        let path = self.path("serverless.containers.yml");
        let config = std::fs::read_to_string(&path).unwrap();
        assert!(config.contains(from), "{from:?} is not in the config");
        std::fs::write(path, config.replace(from, to)).unwrap();
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// `scf` with this project's folder and a clean environment.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        for name in ["DOCKER_HOST", "HOME"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
            .env("SCF_TARGET", "local")
            .env("SCF_HEALTH_DEADLINE", "10")
            .env("SCF_DRAIN", "10")
            .env("SCF_CACHE_DIR", self.path("cache"));
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null());
        command
    }

    pub async fn scf(&self, args: &[&str]) -> Ran {
        let output = self
            .command(env!("CARGO_BIN_EXE_scf"))
            .args(args)
            .output()
            .await
            .unwrap();
        Ran::from(output)
    }

    pub fn spawn(&self, args: &[&str]) -> Child {
        let mut command = self.command(env!("CARGO_BIN_EXE_scf"));
        command
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap()
    }

    /// Deploys and expects success.
    pub async fn deploy(&self) -> Ran {
        let ran = self.scf(&["deploy"]).await;
        assert_eq!(ran.code, 0, "{ran:?}");
        ran
    }

    /// Port of the stage's proxy.
    pub async fn port(&self) -> u16 {
        let info = self.scf(&["info", "--output", "json"]).await;
        let info: serde_json::Value = serde_json::from_str(&info.stdout).unwrap();
        let url = info["url"]
            .as_str()
            .expect("the stage is served")
            .to_owned();
        url.rsplit(':').next().unwrap().parse().unwrap()
    }

    /// A GET at the stage's proxy: status and body.
    pub async fn get(&self, path: &str) -> (u16, String) {
        super::load::get(self.port().await, path).await.unwrap()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        crate::seeds::record_files(&self.path(".scf"));
        let removed = std::process::Command::new(env!("CARGO_BIN_EXE_scf"))
            .args(["remove", "--target", "local", "--lock-timeout", "20"])
            .current_dir(self.folder.path())
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .output()
            .unwrap();
        let clean = removed.status.success();
        // What a failed test leaves is its own matter; a good one leaves nothing.
        assert!(clean || std::thread::panicking(), "{removed:?}");
    }
}

/// How a command ended.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        crate::seeds::record(&output);
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
