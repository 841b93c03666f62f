//! Names that other systems see: validated once, typed ever after.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A name that breaks its rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} {given:?} {rule}")]
pub struct InvalidName {
    kind: &'static str,
    given: String,
    rule: &'static str,
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $kind:literal, $max:literal, $pattern:literal, $extra:literal, $expect:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        // The conversions are serde's; the schema is that of the field, with its rule.
        #[schemars(!try_from, !into, extend("x-expect" = $expect))]
        pub struct $type(#[schemars(length(min = 1, max = $max), regex(pattern = $pattern))] String);

        impl $type {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $type {
            type Err = InvalidName;

            fn from_str(given: &str) -> Result<Self, InvalidName> {
                let fails = |rule| Err(InvalidName { kind: $kind, given: given.to_owned(), rule });
                if given.is_empty() || given.len() > $max {
                    return fails(concat!("must have 1 to ", $max, " characters"));
                }
                let allowed = |c: char| c.is_ascii_alphanumeric() || $extra.contains(c);
                if !given.chars().all(allowed) {
                    return fails(concat!("may contain only letters, digits and ", $extra));
                }
                if !given.starts_with(|c: char| c.is_ascii_alphanumeric()) {
                    return fails("must begin with a letter or digit");
                }
                Ok(Self(given.to_owned()))
            }
        }

        impl TryFrom<String> for $type {
            type Error = InvalidName;

            fn try_from(given: String) -> Result<Self, InvalidName> {
                given.parse()
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> Self {
                name.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// `name` of the config: the first part of every resource name.
    StackName, "name", 40, "^[a-zA-Z0-9][a-zA-Z0-9_-]{0,39}$", "-_",
    "1 to 40 letters, digits, `-` and `_`, the first a letter or digit"
);
name!(
    /// A stage: `dev`, `prod`, `pr-12`. No `_`: it is part of host names.
    Stage, "stage", 28, "^[a-zA-Z0-9][a-zA-Z0-9-]{0,27}$", "-",
    "1 to 28 letters, digits and `-`, the first a letter or digit"
);
name!(
    /// Key under `containers`.
    ContainerName, "container", 40, "^[a-zA-Z0-9][a-zA-Z0-9_-]{0,39}$", "-_",
    "1 to 40 letters, digits, `-` and `_`, the first a letter or digit"
);
