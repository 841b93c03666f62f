//! Which version of the platform specification both sides follow.

use serde::Deserialize;

/// Versions that we follow, newest first. What we ask of `creator` is the same in all of them.
pub(super) const SUPPORTED: [&str; 6] = ["0.15", "0.14", "0.13", "0.12", "0.11", "0.10"];

/// The label `io.buildpacks.lifecycle.apis` (builder specification).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Apis {
    platform: Versions,
}

/// Deprecated versions work all the same.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Versions {
    supported: Vec<String>,
    deprecated: Vec<String>,
}

impl Apis {
    /// The newest version that both sides follow.
    pub fn newest(&self) -> Option<&'static str> {
        SUPPORTED
            .into_iter()
            .find(|ours| self.versions().any(|theirs| theirs == *ours))
    }

    /// All that the lifecycle follows.
    pub fn versions(&self) -> impl Iterator<Item = &str> {
        let Versions {
            supported,
            deprecated,
        } = &self.platform;
        supported.iter().chain(deprecated).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::Apis;

    fn newest(supported: &[&str], deprecated: &[&str]) -> Option<&'static str> {
        let label =
            serde_json::json!({ "platform": { "supported": supported, "deprecated": deprecated } });
        serde_json::from_value::<Apis>(label).ok()?.newest()
    }

    #[test]
    fn the_newest_version_of_both_sides_is_taken_deprecated_or_not() {
        assert_eq!(newest(&["0.7", "0.10", "0.11", "0.12"], &[]), Some("0.12"));
        assert_eq!(newest(&["0.9", "0.10", "9.99"], &["0.11"]), Some("0.11"));
        assert_eq!(newest(&["0.3", "0.9"], &["0.2"]), None);
        assert_eq!(newest(&[], &[]), None);
    }
}
