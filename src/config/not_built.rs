//! Keys that are valid but that this version cannot honour: refused by name, never ignored.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Build, Config};
use crate::error::{Class, Diagnose};

/// Where a stage runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The Docker Engine of this machine.
    Local,
}

/// Keys that are valid but not built yet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("valid but not built yet: {}", .keys.join(", "))]
pub struct NotBuilt {
    /// The keys, as `containers.api.build.ssh`.
    pub keys: Vec<String>,
}

impl Diagnose for NotBuilt {
    fn class(&self) -> Class {
        Class::Config
    }

    fn hint(&self) -> Option<String> {
        Some("remove these keys; a Dockerfile can do without them".to_owned())
    }
}

/// Refuses what `target` cannot honour. Keys that have no meaning there are no concern of this.
pub fn not_built(config: &Config, target: Target) -> Result<(), NotBuilt> {
    let Target::Local = target;
    let keys: Vec<String> = config
        .containers
        .iter()
        .flat_map(|(name, container)| {
            let key = move |key| format!("containers.{name}.build.{key}");
            build_keys(&container.build).into_iter().map(key)
        })
        .collect();
    if keys.is_empty() {
        Ok(())
    } else {
        Err(NotBuilt { keys })
    }
}

/// Each field is decided here, so that a new one cannot be forgotten.
fn build_keys(build: &Build) -> Vec<&'static str> {
    let Build {
        args: _,
        options: _,
        dockerfile: _,
        docker_file_string: _,
        context: _,
        target: _,
        platform: _,
        builder,
        cache,
        secrets: _,
        ssh: _,
    } = build;
    let keys = [("builder", builder.is_some()), ("cache", cache.is_some())];
    keys.into_iter()
        .filter_map(|(key, is_set)| is_set.then_some(key))
        .collect()
}

/// What the config asks for and `target` has no counterpart of: a warning each.
pub fn without_effect(config: &Config, target: Target) -> Vec<String> {
    let Target::Local = target;
    let asks = config
        .containers
        .iter()
        .filter(|(_, container)| !container.integrations.is_empty());
    asks.map(|(name, container)| {
        let integrations: Vec<&str> = container.integrations.keys().map(String::as_str).collect();
        let names = integrations.join(", ");
        format!("integrations of container {name} do not run with --target local: {names}")
    })
    .collect()
}

/// The compose file of a source folder, if there is one: valid, but not built yet.
pub fn compose_file(source: &Utf8Path) -> Option<Utf8PathBuf> {
    let names = [
        "compose.yml",
        "compose.yaml",
        "docker-compose.yml",
        "docker-compose.yaml",
    ];
    names
        .iter()
        .map(|name| source.join(name))
        .find(|path| path.is_file())
}
