//! What can be wrong with flags.

use crate::error::{Class, Diagnose};

/// A flag that cannot be honoured. No text of it repeats a value: that may be secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FlagError {
    /// `docker build` has no such flag.
    #[error("`docker build` has no flag `{flag}`")]
    Unknown {
        /// As it was written, without its value.
        flag: String,
        /// What was probably meant.
        near: Option<String>,
    },
    /// It means nothing here.
    #[error("the flag `{flag}` has no use here")]
    Refused {
        /// The flag.
        flag: String,
        /// Why, or what to write instead.
        instead: &'static str,
    },
    /// Its value is missing.
    #[error("the flag `{flag}` has no value")]
    Missing {
        /// The flag.
        flag: String,
        /// What it takes.
        expected: &'static str,
    },
    /// Its value is not of its form.
    #[error("the value of the flag `{flag}` cannot be used")]
    Value {
        /// The flag.
        flag: String,
        /// What it takes.
        expected: &'static str,
    },
    /// It may be there once.
    #[error("the flag `{flag}` is given twice")]
    Twice {
        /// The flag.
        flag: String,
    },
    /// A word that belongs to no flag.
    #[error("a word is no flag, nor the value of one")]
    Stray,
}

impl Diagnose for FlagError {
    fn class(&self) -> Class {
        Class::Config
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unknown {
                near: Some(near), ..
            } => format!("did you mean `{near}`?"),
            Self::Unknown { near: None, .. } => {
                "docs/images.md lists the flags that there are".to_owned()
            }
            Self::Refused { instead, .. } => (*instead).to_owned(),
            Self::Missing { expected, .. } | Self::Value { expected, .. } => {
                format!("write {expected}")
            }
            Self::Twice { .. } => "keep one".to_owned(),
            Self::Stray => {
                "the build context is `build.context`; write a value with `=` after its \
                            flag, in quotes when it has spaces"
                    .to_owned()
            }
        })
    }
}

/// A [`FlagError`] and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misuse {
    /// Number of the word, from 0.
    pub word: usize,
    /// What is wrong with it.
    pub error: FlagError,
}
