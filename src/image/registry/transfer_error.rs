//! Why an image did not get from the engine to a registry, or the other way.

use super::{
    Reference, Registry, RegistryError,
    registry_error::{advice, credentials},
};
use crate::{
    error::{Class, Diagnose},
    image::EngineError,
};

/// An image that did not get to where it should.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The registry does not let us.
    #[error("{registry} refuses to {doing}: {reason}; {}", credentials(*.given))]
    Denied {
        /// The registry.
        registry: Registry,
        /// `push shop/api:1`, `pull shop/api:1`.
        doing: String,
        /// Its words.
        reason: String,
        /// We had a credential for it.
        given: bool,
    },
    /// It broke off, or there is no such image.
    #[error("the engine could not {doing}: {reason}")]
    Failed {
        /// `push shop/api:1`, `pull shop/api:1`.
        doing: String,
        /// The engine's words.
        reason: String,
    },
    /// The registry has something else than what was pushed.
    #[error("{reference} was pushed, and the registry {has}")]
    NotStored {
        /// What was pushed.
        reference: Reference,
        /// What it has instead.
        has: String,
    },
    /// The registry cannot be asked what it stored.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The engine went away, or could not be asked.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl Diagnose for TransferError {
    fn class(&self) -> Class {
        match self {
            Self::Denied { .. } => Class::Denied,
            Self::Failed { .. } | Self::NotStored { .. } => Class::Unavailable,
            Self::Registry(error) => error.class(),
            Self::Engine(error) => error.class(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Denied {
                registry, given, ..
            } => Some(advice(registry, *given)),
            Self::Failed { .. } => Some(
                "check the image's name, and that the engine's machine reaches the registry"
                    .to_owned(),
            ),
            Self::NotStored { .. } => Some(
                "somebody else pushed the same tag at the same time: run the command again"
                    .to_owned(),
            ),
            Self::Registry(error) => error.hint(),
            Self::Engine(error) => error.hint(),
        }
    }
}
