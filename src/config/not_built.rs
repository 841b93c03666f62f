//! Keys that are valid but that this version cannot honour: refused by name, never ignored.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Config, Notice};
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

/// What the config asks for and `target` has no counterpart of: a warning each.
pub fn without_effect(config: &Config, target: Target) -> Vec<Notice> {
    let Target::Local = target;
    let asks = config
        .containers
        .iter()
        .filter(|(_, container)| !container.integrations.is_empty());
    asks.map(|(name, container)| {
        let integrations: Vec<&str> = container.integrations.keys().map(String::as_str).collect();
        let names = integrations.join(", ");
        let fact =
            format!("integrations of container {name} do not run with --target local: {names}");
        Notice::of(fact, None)
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
