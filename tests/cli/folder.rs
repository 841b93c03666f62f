//! A folder with a config, and the program run in it.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use camino::Utf8PathBuf;
use tempfile::TempDir;

use crate::{fake_engine::FakeEngine, seeds};

/// A config of one container with a Dockerfile.
pub const SHOP: &str = "\
name: shop

deployment:
  type: aws@1.0

containers:
  web:
    src: ./web
    routing:
      pathPattern: /*
";

/// Where the program runs; removed at the end.
pub struct Folder {
    home: TempDir,
    engine: Option<FakeEngine>,
}

impl Folder {
    pub fn empty() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            engine: None,
        }
    }

    /// With a config that is valid, and sources.
    pub fn shop() -> Self {
        let folder = Self::with_config(SHOP);
        folder.write("web/Dockerfile", "FROM scratch\n");
        folder
    }

    pub fn with_config(text: &str) -> Self {
        let folder = Self::empty();
        folder.write("serverless.containers.yml", text);
        folder
    }

    /// With an engine that has nothing.
    pub fn and_engine(self) -> Self {
        self.and_tasks("[]")
    }

    /// With an engine that has these containers.
    pub fn and_tasks(mut self, tasks: &'static str) -> Self {
        let socket = self.path().join("docker.sock");
        self.engine = Some(FakeEngine::start(&socket, tasks));
        self
    }

    pub fn path(&self) -> PathBuf {
        // As the program sees it: links on the way are resolved.
        self.home.path().canonicalize().unwrap()
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    pub fn has(&self, name: &str) -> bool {
        self.path().join(name).exists()
    }

    /// The folder of a stage's state.
    pub fn state(&self, stage: &str) -> Utf8PathBuf {
        Utf8PathBuf::from_path_buf(self.path().join(".scf").join(stage)).unwrap()
    }

    /// What the engine was asked to change: nothing, here.
    pub fn changes(&self) -> Vec<String> {
        self.engine.as_ref().map_or(Vec::new(), FakeEngine::changes)
    }

    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scf"));
        let socket = match &self.engine {
            Some(_) => self.path().join("docker.sock"),
            None => PathBuf::from("/nonexistent/docker.sock"),
        };
        command
            .args(arguments.split_whitespace())
            .current_dir(self.path())
            .stdin(Stdio::null())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("DOCKER_HOST", format!("unix://{}", socket.display()));
        command
    }

    pub fn scf(&self, arguments: &str) -> Ran {
        self.run(&mut self.command(arguments))
    }

    pub fn run(&self, command: &mut Command) -> Ran {
        let output = command.output().unwrap();
        seeds::record(&output);
        let Output {
            status,
            stdout,
            stderr,
        } = output;
        Ran {
            code: status.code().expect("it ends by itself"),
            stdout: readable(&stdout, &self.path()),
            stderr: readable(&stderr, &self.path()),
        }
    }
}

/// What the program left is recorded.
impl Drop for Folder {
    fn drop(&mut self) {
        seeds::record_files(&self.home.path().join(".scf"));
    }
}

/// How the program ended, and what it printed.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// All of it, as one text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (name, printed) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !printed.is_empty() {
                let _ = writeln!(text, "--- {name}\n{}", printed.trim_end());
            }
        }
        let _ = write!(text, "--- exit code {}", self.code);
        text
    }

    pub fn json(&self) -> serde_json::Value {
        assert_eq!(self.code, 0, "{}", self.text());
        serde_json::from_str(&self.stdout).expect("one JSON document")
    }
}

/// Without what differs between two machines or releases.
fn readable(printed: &[u8], folder: &Path) -> String {
    let text = String::from_utf8(printed.to_vec())
        .expect("text")
        .replace(folder.to_str().unwrap(), "<folder>")
        .replace(env!("CARGO_PKG_VERSION"), "<version>");
    text.split_inclusive(|c: char| !c.is_ascii_hexdigit())
        .map(
            |word| match word.trim_end_matches(|c: char| !c.is_ascii_hexdigit()) {
                digest if digest.len() == 64 => word.replace(digest, "<digest>"),
                fingerprint if fingerprint.len() == 16 => {
                    word.replace(fingerprint, "<fingerprint>")
                }
                _ => word.to_owned(),
            },
        )
        .collect()
}
