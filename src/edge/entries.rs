//! Keys and values of the store, what changes between two sets of them, and in which order it is published.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::Serialize;

use super::{host::KeyValues, host_error::KeyValuesError, routes_error::RoutesError};

/// Longest key in bytes (CloudFront, key-value store quotas).
const MAX_KEY: usize = 512;
/// Longest value in bytes (the same).
pub(super) const MAX_VALUE: usize = 1024;

/// Keys and values of a store. Values can be secret: only the keys are shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Entries(BTreeMap<String, String>);

impl Entries {
    /// Adds `value` as compact JSON.
    pub(super) fn insert_json(
        &mut self,
        key: String,
        value: &impl Serialize,
    ) -> Result<(), RoutesError> {
        self.insert(key, json(value)?)
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// A key or value that is longer than the store takes.
    pub fn insert(&mut self, key: String, value: String) -> Result<(), RoutesError> {
        if key.len() > MAX_KEY {
            return Err(RoutesError::KeyTooLong {
                bytes: key.len(),
                key,
            });
        }
        if value.len() > MAX_VALUE {
            return Err(RoutesError::ValueTooLong {
                bytes: value.len(),
                key,
            });
        }
        self.0.insert(key, value);
        Ok(())
    }

    /// Takes in all entries of `other`, which win over those that are there.
    pub fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Removes an entry; nothing happens if it is not there.
    pub fn remove(&mut self, key: &str) {
        self.0.remove(key);
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// All entries, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Compact JSON.
pub(super) fn json(value: &impl Serialize) -> Result<String, RoutesError> {
    serde_json::to_string(value).map_err(|error| RoutesError::NotJson(error.to_string()))
}

impl fmt::Debug for Entries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl KeyValues for Entries {
    fn get(&self, key: &str) -> Result<Option<String>, KeyValuesError> {
        Ok(self.0.get(key).cloned())
    }
}

/// The steps from one set of entries to the next, in the order that leaves every request a whole table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Publication {
    /// First: what nothing refers to before the flip (new leaves), and what may change at any time (targets).
    pub puts_before: Entries,
    /// Then the flip: tables of hosts and previews, and the preview key.
    pub puts: Entries,
    /// With the flip: tables that are gone, the preview key of a stage that became protected, used-up candidates.
    pub deletes: BTreeSet<String>,
    /// Later, once no edge can still hold the old table: its leaves, and targets that no table names any more.
    pub later_deletes: BTreeSet<String>,
}

impl Publication {
    /// Plans the steps from `old` to `new`.
    ///
    /// # Errors
    /// [`RoutesError::LeafRewritten`] when a leaf has other routes under the same version.
    pub fn between(old: &Entries, new: &Entries) -> Result<Self, RoutesError> {
        let mut steps = Self::default();
        for (key, value) in &new.0 {
            let before = old.get(key);
            if before == Some(value) {
                continue;
            }
            if is_leaf(key) && before.is_some() {
                return Err(RoutesError::LeafRewritten { key: key.clone() });
            }
            let puts = if is_leaf(key) || is_target(key) {
                &mut steps.puts_before
            } else {
                &mut steps.puts
            };
            puts.0.insert(key.clone(), value.clone());
        }
        for key in old.0.keys().filter(|key| !new.0.contains_key(*key)) {
            let later = is_leaf(key) || key.starts_with("t|");
            let deletes = if later {
                &mut steps.later_deletes
            } else {
                &mut steps.deletes
            };
            deletes.insert(key.clone());
        }
        Ok(steps)
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn is_leaf(key: &str) -> bool {
    key.starts_with("l|")
}

fn is_target(key: &str) -> bool {
    key.starts_with("t|") || key.starts_with("c|")
}
