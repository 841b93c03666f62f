//! Where this user's caches are.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use crate::source::DigestCache;

/// Digests of sources that were read before: in `SCF_CACHE_DIR`, else in `scf-action` of the user's
/// cache folder (XDG Base Directory Specification). Without either, every file is read.
pub fn digests(environment: &BTreeMap<String, String>) -> DigestCache {
    match folder(environment) {
        Some(folder) => DigestCache::at(folder.join("digests")),
        None => DigestCache::none(),
    }
}

fn folder(environment: &BTreeMap<String, String>) -> Option<Utf8PathBuf> {
    // The specification has relative paths ignored, and empty ones are none.
    let absolute = |name: &str| {
        let path = environment.get(name).map(Utf8PathBuf::from)?;
        path.is_absolute().then_some(path)
    };
    absolute("SCF_CACHE_DIR")
        .or_else(|| Some(absolute("XDG_CACHE_HOME")?.join("scf-action")))
        .or_else(|| Some(absolute("HOME")?.join(".cache/scf-action")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Option<String> {
        let variables = variables.iter().copied();
        let environment = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        folder(&environment.collect()).map(Utf8PathBuf::into_string)
    }

    #[test]
    fn the_first_absolute_path_counts() {
        let home = ("HOME", "/root");
        let xdg = ("XDG_CACHE_HOME", "/var/cache/me");
        let own = ("SCF_CACHE_DIR", "/cache");
        assert_eq!(of(&[home, xdg, own]).unwrap(), "/cache");
        assert_eq!(of(&[home, xdg]).unwrap(), "/var/cache/me/scf-action");
        let relative = ("XDG_CACHE_HOME", "cache");
        assert_eq!(of(&[home, relative]).unwrap(), "/root/.cache/scf-action");
        assert_eq!(of(&[("HOME", "")]), None);
    }
}
