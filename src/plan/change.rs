//! A change is a value with its reasons; its `Display` is a line of the plan.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

/// What a change is about: `network`, `image.api`, `container.api`, `routes`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Address(String);

impl Address {
    /// An address without a container: the stage has one of the kind.
    pub fn of(kind: &str) -> Self {
        Self(kind.to_owned())
    }

    /// The address of a container's own resource.
    pub fn within(kind: &str, container: impl fmt::Display) -> Self {
        Self(format!("{kind}.{container}"))
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What happens to the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It is not there and will be.
    Create,
    /// It is there and will be different.
    Update,
    /// It is there and will not be.
    Delete,
}

impl Action {
    /// The sign at the start of a plan line, as Terraform has it.
    pub fn sign(self) -> char {
        match self {
            Self::Create => '+',
            Self::Update => '~',
            Self::Delete => '-',
        }
    }
}

/// Why a change is planned. The `Display` is what a reviewer reads behind `because:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Nothing of it exists yet.
    New,
    /// The container is no longer in the config.
    NotInConfig,
    /// The whole stage is being removed.
    StageRemoved,
    /// What the image is built from has another fingerprint; nothing more is known of it.
    ImageChanged,
    /// What moved the fingerprint, in words: files, the Dockerfile, names of arguments.
    Source(String),
    /// The engine does not have the image.
    ImageMissing,
    /// A field of the config; values are given unless they may be secret.
    Field {
        /// Name as in the config.
        name: String,
        /// What runs now.
        from: String,
        /// What is wanted.
        to: String,
    },
    /// Variables of the environment by name; values are never shown.
    Environment {
        /// `added`, `changed` or `removed`.
        how: &'static str,
        /// Names of the variables.
        names: Vec<String>,
    },
    /// Reality is not what the last run left.
    ChangedOutside(String),
    /// An earlier run did not get to its end.
    Unfinished(String),
    /// Something else of this plan makes it necessary.
    Follows(String),
    /// `--force`.
    Forced,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New => write!(f, "new"),
            Self::NotInConfig => write!(f, "no longer in the config"),
            Self::StageRemoved => write!(f, "the stage is removed"),
            Self::ImageChanged => write!(f, "image changed"),
            Self::ImageMissing => write!(f, "no image with this fingerprint"),
            Self::Field { name, from, to } => write!(f, "{name} changed: {from} -> {to}"),
            Self::Environment { how, names } => {
                write!(f, "environment {how}: {}", names.join(", "))
            }
            Self::ChangedOutside(what) => write!(f, "changed outside: {what}"),
            Self::Unfinished(what) => write!(f, "an earlier run was interrupted: {what}"),
            Self::Source(what) | Self::Follows(what) => write!(f, "{what}"),
            Self::Forced => write!(f, "forced"),
        }
    }
}

impl Serialize for Reason {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Names that were `added`, `changed` or `removed` between two maps of names to hashes.
pub(crate) fn names_that_differ(
    from: &BTreeMap<String, String>,
    to: &BTreeMap<String, String>,
) -> impl Iterator<Item = (&'static str, Vec<String>)> {
    let missing = |here: &BTreeMap<String, String>, there: &BTreeMap<String, String>| {
        let names = here.keys().filter(|name| !there.contains_key(*name));
        names.cloned().collect()
    };
    let other = |(name, hash): (&String, &String)| {
        let changed = from.get(name).is_some_and(|old| old != hash);
        changed.then(|| name.clone())
    };
    let differences: [(_, Vec<String>); 3] = [
        ("added", missing(to, from)),
        ("changed", to.iter().filter_map(other).collect()),
        ("removed", missing(from, to)),
    ];
    differences
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
}

/// One line of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What it is about.
    pub address: Address,
    /// What happens to it.
    pub action: Action,
    /// What it will be, in a few words: `2 tasks of awsFargateEcs`.
    pub what: String,
    /// Why; at least one.
    #[serde(rename = "because")]
    pub reasons: Vec<Reason>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reasons: Vec<String> = self.reasons.iter().map(Reason::to_string).collect();
        write!(f, "{} {}", self.action.sign(), self.address)?;
        if !self.what.is_empty() {
            write!(f, "  {}", self.what)?;
        }
        write!(f, "  because: {}", reasons.join("; "))
    }
}
