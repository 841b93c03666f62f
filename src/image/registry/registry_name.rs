//! What registries are called. Docker Hub has several names, in references, in configurations and on
//! the network.

use std::fmt;

/// What Docker Hub is called in references.
const HUB: &str = "docker.io";
/// The host that answers for Docker Hub.
const HUB_HOST: &str = "registry-1.docker.io";
/// Other names of Docker Hub, in configurations and references.
const HUB_ALIASES: [&str; 3] = [HUB_HOST, "index.docker.io", "registry.hub.docker.com"];
/// Docker Hub's key in Docker's own configuration and on the engine's wire.
pub(super) const HUB_KEY: &str = "https://index.docker.io/v1/";

/// A registry: host and, unless it is the usual one, port. Docker Hub is `docker.io`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Registry(String);

impl Registry {
    /// Reads a host, or an address as Docker's configuration has them (`https://index.docker.io/v1/`).
    /// `None` if it is neither.
    pub fn parse(address: &str) -> Option<Self> {
        let host = address
            .strip_prefix("https://")
            .or_else(|| address.strip_prefix("http://"));
        let host = host
            .unwrap_or(address)
            .split('/')
            .next()?
            .to_ascii_lowercase();
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
            _ => (host.as_str(), None),
        };
        let inner = name
            .strip_prefix('[')
            .and_then(|name| name.strip_suffix(']'));
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        let is_address = |c: char| c.is_ascii_hexdigit() || c == ':';
        let valid = inner.map_or_else(
            || name.chars().all(is_name),
            |inner| inner.chars().all(is_address),
        );
        if name.is_empty() || !valid || port.is_some_and(|port| port.parse::<u16>().is_err()) {
            return None;
        }
        if HUB_ALIASES.contains(&host.as_str()) {
            return Some(Self::hub());
        }
        Some(Self(host))
    }

    /// The registry as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Docker Hub.
    pub(super) fn hub() -> Self {
        Self(HUB.to_owned())
    }

    /// Is it Docker Hub?
    pub(super) fn is_hub(&self) -> bool {
        self.0 == HUB
    }

    /// Host and port that answer.
    pub(super) fn host(&self) -> &str {
        if self.is_hub() { HUB_HOST } else { &self.0 }
    }

    /// Scheme of its API: as for the engine, only a registry on this machine may go without TLS.
    pub(super) fn scheme(&self) -> &'static str {
        let name = self
            .0
            .rsplit_once(':')
            .map_or(self.0.as_str(), |(name, _)| name);
        let is_local = name == "localhost" || name.starts_with("127.") || name == "[::1]";
        if is_local { "http" } else { "https" }
    }
}

impl fmt::Display for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
