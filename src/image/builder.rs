//! Which builder of the engine does it, and what each cannot do.

use bollard::ClientVersion;

use super::{BuildError, BuildRequest, Builder, flags::Limits};

/// A builder of the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chosen {
    BuildKit,
    Classic,
}

/// The first API version whose BuildKit is told `shmsize` and `ulimits` (Docker Engine 23.0,
/// moby/moby b899db6423).
const TELLS_BUILDKIT_LIMITS: ClientVersion = ClientVersion {
    major_version: 1,
    minor_version: 42,
};

impl Chosen {
    /// Every engine that is used has BuildKit: it came with API 1.39.
    pub fn of(builder: Builder) -> Self {
        match builder {
            Builder::Newest => Self::BuildKit,
            Builder::Classic => Self::Classic,
        }
    }

    /// The parameter `version` of the Engine API.
    pub fn parameter(self) -> &'static str {
        match self {
            Self::BuildKit => "2",
            Self::Classic => "1",
        }
    }

    /// Refuses what the builder would leave out without a word.
    pub fn check(self, request: &BuildRequest, version: ClientVersion) -> Result<(), BuildError> {
        let (asked, remedy) = match self {
            Self::BuildKit => buildkit_cannot(request, version),
            Self::Classic => classic_cannot(request),
        };
        let asked: Vec<&str> = asked
            .into_iter()
            .filter_map(|(what, is_asked)| is_asked.then_some(what))
            .collect();
        if asked.is_empty() {
            return Ok(());
        }
        Err(BuildError::Unsupported {
            tag: request.tag.clone(),
            builder: match self {
                Self::BuildKit => "BuildKit",
                Self::Classic => "the classic builder",
            },
            asked: asked.join(", "),
            remedy,
        })
    }
}

type Asked = Vec<(&'static str, bool)>;

fn buildkit_cannot(request: &BuildRequest, version: ClientVersion) -> (Asked, &'static str) {
    let Limits {
        shm_size,
        ulimits,
        cgroup_parent,
        memory,
        memory_swap,
        cpu_shares,
        cpu_period,
        cpu_quota,
        cpuset_cpus,
        cpuset_mems,
    } = &request.settings.manner.limits;
    let network = request.source.source.surroundings.network.as_deref();
    let own = network.is_some_and(|it| !matches!(it, "default" | "host" | "none"));
    let asked = vec![
        ("--cgroup-parent", cgroup_parent.is_some()),
        ("--cpu-period", cpu_period.is_some()),
        ("--cpu-quota", cpu_quota.is_some()),
        ("--cpu-shares", cpu_shares.is_some()),
        ("--cpuset-cpus", cpuset_cpus.is_some()),
        ("--cpuset-mems", cpuset_mems.is_some()),
        ("--memory", memory.is_some()),
        ("--memory-swap", memory_swap.is_some()),
        ("--network with a network's name", own),
    ];
    if asked.iter().any(|(_, is_asked)| *is_asked) || version >= TELLS_BUILDKIT_LIMITS {
        return (
            asked,
            "take it out of `build.options`, or build with the classic builder (DOCKER_BUILDKIT=0)",
        );
    }
    let asked = vec![
        ("--shm-size", shm_size.is_some()),
        ("--ulimit", !ulimits.is_empty()),
    ];
    (
        asked,
        "this engine is too old for it: take it out of `build.options`, use Docker Engine 23.0 or \
         later, or build with the classic builder (DOCKER_BUILDKIT=0)",
    )
}

fn classic_cannot(request: &BuildRequest) -> (Asked, &'static str) {
    let settings = &request.settings;
    let asked = vec![
        ("build secrets", !settings.secrets.is_empty()),
        ("SSH forwarding", !settings.ssh.is_empty()),
        ("--cache-to", settings.manner.inline_cache),
    ];
    (asked, "build with BuildKit: take DOCKER_BUILDKIT=0 away")
}
