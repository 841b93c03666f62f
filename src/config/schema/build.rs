//! `containers.<name>.build`.

use std::{collections::BTreeMap, fmt};

use camino::Utf8PathBuf;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use super::{secret, text};
use crate::image::{BuildFlags, flags::SshFlag};

/// How an image is built.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct Build {
    /// Build arguments (`ARG`). They stay readable in the image's history: no secrets here.
    #[serde(default, deserialize_with = "text::map")]
    #[schemars(schema_with = "text::scalars")]
    pub args: BTreeMap<String, String>,
    /// Flags of `docker build`: a list, or text that is split as a shell splits it.
    #[serde(default, deserialize_with = "text::flags")]
    #[schemars(with = "text::Words")]
    pub options: BuildFlags,
    /// The Dockerfile, relative to `src`; `Dockerfile` without this.
    #[schemars(with = "Option<String>")]
    pub dockerfile: Option<Utf8PathBuf>,
    /// The text of a Dockerfile, instead of a file.
    #[serde(rename = "dockerFileString")]
    pub docker_file_string: Option<String>,
    /// Build context, relative to `src`; that folder itself without this.
    #[schemars(with = "Option<String>")]
    pub context: Option<Utf8PathBuf>,
    /// Stage of the Dockerfile to build; the last without this.
    pub target: Option<String>,
    /// Platform of the image; that of the compute without this.
    #[schemars(
        regex(pattern = "^linux/[a-z0-9]+(/v[0-9]+)?$"),
        extend("x-expect" = "a platform such as `linux/amd64` or `linux/arm64`")
    )]
    pub platform: Option<String>,
    /// Builder image of Cloud Native Buildpacks, which build without a Dockerfile; without this they do
    /// so where there is none.
    pub builder: Option<String>,
    /// Image reference under which the build cache is kept.
    pub cache: Option<String>,
    /// Secrets for `RUN --mount=type=secret`, by id; usually `${env:NAME}`.
    #[serde(default, deserialize_with = "secret::map")]
    #[schemars(schema_with = "text::scalars")]
    pub secrets: BTreeMap<String, SecretString>,
    /// SSH agents and keys for `RUN --mount=type=ssh`, as `docker build --ssh` takes them.
    #[serde(default, deserialize_with = "text::ssh")]
    #[schemars(with = "text::OneOrMany<String>")]
    pub ssh: Vec<SshFlag>,
}

impl Build {
    /// Keys that are set and mean something to a Dockerfile only.
    pub fn for_dockerfiles(&self) -> Vec<&'static str> {
        let keys = [
            ("options", self.options != BuildFlags::default()),
            ("target", self.target.is_some()),
            ("cache", self.cache.is_some()),
            ("secrets", !self.secrets.is_empty()),
            ("ssh", !self.ssh.is_empty()),
        ];
        let set = keys.into_iter().filter(|(_, is_set)| *is_set);
        set.map(|(key, _)| key).collect()
    }
}

/// Without the values of arguments: people put tokens there.
impl fmt::Debug for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            args,
            options,
            dockerfile,
            docker_file_string,
            context,
            target,
            platform,
            builder,
            cache,
            secrets,
            ssh,
        } = self;
        f.debug_struct("Build")
            .field("args", &args.keys().collect::<Vec<_>>())
            .field("options", options)
            .field("dockerfile", dockerfile)
            .field("docker_file_string", &docker_file_string.is_some())
            .field("context", context)
            .field("target", target)
            .field("platform", platform)
            .field("builder", builder)
            .field("cache", cache)
            .field("secrets", secrets)
            .field("ssh", ssh)
            .finish()
    }
}
