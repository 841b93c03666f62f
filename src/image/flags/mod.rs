//! The flags of `docker build` that `build.options` may hold.
//!
//! One table ([`table`]) says which there are, what each does, and what to write instead of those
//! that mean nothing here. The parser, its errors and `docs/images.md` are made of it. Sources: the
//! references of `docker buildx build` (0.30) and of `docker image build` (29), and `ImageBuild` of
//! the Engine API.

mod error;
mod parse;
mod set;
mod size;
mod table;
mod value;

use std::{collections::BTreeMap, fmt};

use camino::Utf8PathBuf;

use crate::source::Surroundings;
pub use error::{FlagError, Misuse};
pub use table::documentation;

/// What the flags ask for. What the config has keys of its own for (`build.args` and the like) is
/// put together with them by whoever reads the config.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct BuildFlags {
    /// `--build-arg`; `None` stands for the value of the environment variable of that name. Values
    /// may be secret: they are never printed.
    pub args: BTreeMap<String, Option<String>>,
    /// `--label`.
    pub labels: BTreeMap<String, String>,
    /// `--file`, as it was written.
    pub file: Option<Utf8PathBuf>,
    /// `--target`.
    pub target: Option<String>,
    /// `--platform`.
    pub platform: Option<String>,
    /// `--network`, `--add-host`, `--squash`.
    pub surroundings: Surroundings,
    /// `--secret`, by id.
    pub secrets: BTreeMap<String, SecretFlag>,
    /// `--ssh`.
    pub ssh: Vec<SshFlag>,
    /// How it is built.
    pub manner: Manner,
}

/// How an image is built; the same image comes out. Sizes are in bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manner {
    /// `--no-cache`.
    pub no_cache: bool,
    /// `--pull`: base images are looked for in their registry, also those that the engine has.
    pub pull: bool,
    /// `--rm`: `false` keeps the containers of the classic builder's steps.
    pub remove: Option<bool>,
    /// `--force-rm`.
    pub force_remove: Option<bool>,
    /// `--cache-from`: image references.
    pub cache_from: Vec<String>,
    /// `--cache-to type=inline`: cache metadata is written into the image.
    pub inline_cache: bool,
    /// Limits of the containers that `RUN` instructions run in.
    pub limits: Limits,
}

/// Limits of the containers that `RUN` instructions run in. Sizes are in bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// `--shm-size`.
    pub shm_size: Option<i64>,
    /// `--ulimit`.
    pub ulimits: Vec<Ulimit>,
    /// `--cgroup-parent`.
    pub cgroup_parent: Option<String>,
    /// `--memory`.
    pub memory: Option<i64>,
    /// `--memory-swap`: memory and swap together; -1 for no limit.
    pub memory_swap: Option<i64>,
    /// `--cpu-shares`: a relative weight.
    pub cpu_shares: Option<i64>,
    /// `--cpu-period`, in microseconds.
    pub cpu_period: Option<i64>,
    /// `--cpu-quota`, in microseconds of each period.
    pub cpu_quota: Option<i64>,
    /// `--cpuset-cpus`.
    pub cpuset_cpus: Option<String>,
    /// `--cpuset-mems`.
    pub cpuset_mems: Option<String>,
}

/// A limit as `setrlimit` has it; -1 for none.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Ulimit {
    /// Which, such as `nofile`.
    pub name: String,
    /// What programs start with.
    pub soft: i64,
    /// What they may raise it to.
    pub hard: i64,
}

/// Where `--secret` takes a value from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretFlag {
    /// `src=PATH`, as it was written.
    File(Utf8PathBuf),
    /// `env=NAME`.
    Environment(String),
    /// Neither: the environment variable of the id's name if there is one, else such a file.
    Named,
}

/// What `--ssh`, or an item of `build.ssh`, forwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshFlag {
    /// What `RUN --mount=type=ssh,id=...` refers to.
    pub id: String,
    /// An agent's socket, or private keys, as they were written; without any the agent that
    /// `SSH_AUTH_SOCK` names.
    pub paths: Vec<Utf8PathBuf>,
}

impl BuildFlags {
    /// Reads flags that were split into words.
    ///
    /// # Errors
    /// All that is wrong with them, each with the number of its word.
    pub fn parse(words: &[String]) -> Result<Self, Vec<Misuse>> {
        parse::parse(words)
    }
}

impl SshFlag {
    /// Reads `ID`, or `ID=PATH[,PATH]`.
    ///
    /// # Errors
    /// What to write instead.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        value::ssh(text)
    }
}

/// Without the values of arguments.
impl fmt::Debug for BuildFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            args,
            labels,
            file,
            target,
            platform,
            surroundings,
            secrets,
            ssh,
            manner,
        } = self;
        f.debug_struct("BuildFlags")
            .field("args", &args.keys())
            .field("labels", labels)
            .field("file", file)
            .field("target", target)
            .field("platform", platform)
            .field("surroundings", surroundings)
            .field("secrets", secrets)
            .field("ssh", ssh)
            .field("manner", manner)
            .finish()
    }
}
