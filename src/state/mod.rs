//! What a stage remembers between runs, and who may change it.
//!
//! State and lease are objects in an [`Objects`] store with conditional writes: a folder for the
//! local target ([`file`]). The format of the state is [`v1`], frozen.

pub mod file;
mod key;
pub mod lease;
pub mod v1;

use std::fmt;

use futures::future::BoxFuture;
use jiff::Timestamp;

use crate::error::{Class, Diagnose};

pub use key::StageKey;
pub use v1::State;

/// Identifies one version of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ETag(pub String);

/// What must hold for a write to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// There is no object of this key (`If-None-Match: *`).
    Absent,
    /// The object is this version (`If-Match`).
    Match(ETag),
}

/// An object as it was read.
#[derive(Debug, Clone)]
pub struct Object {
    /// Its bytes.
    pub body: Vec<u8>,
    /// Its version.
    pub etag: ETag,
    /// The store's clock when it answered.
    pub now: Timestamp,
}

/// What a write returned.
#[derive(Debug, Clone)]
pub struct Written {
    /// The new version.
    pub etag: ETag,
    /// The store's clock when it answered.
    pub now: Timestamp,
}

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The condition of a write did not hold: somebody else was faster.
    #[error("{0} was changed by another run")]
    Conflict(String),
    /// Reading or writing failed.
    #[error("cannot {verb} {what}")]
    Io {
        /// `read`, `write`, `remove` or `lock`.
        verb: &'static str,
        /// The object, as a person can find it.
        what: String,
        /// The system's reason.
        #[source]
        cause: std::io::Error,
    },
    /// The object is there, but is not what it should be.
    #[error("{what} is not readable: {why}")]
    Unreadable {
        /// The object, as a person can find it.
        what: String,
        /// What is wrong with it.
        why: String,
    },
}

impl Diagnose for StoreError {
    fn class(&self) -> Class {
        match self {
            Self::Conflict(_) => Class::Locked,
            Self::Io { cause, .. } if cause.kind() == std::io::ErrorKind::PermissionDenied => {
                Class::Denied
            }
            Self::Io { .. } | Self::Unreadable { .. } => Class::Internal,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Conflict(_) => Some("wait for the other run, then run the command again".into()),
            Self::Io { .. } => {
                Some("check the permissions of the folder and the space on its disk".into())
            }
            Self::Unreadable { what, .. } => Some(format!(
                "use the release of scf that wrote it; or, if no run of the stage is active, remove {what}: \
                 the next deploy rebuilds it from what is running"
            )),
        }
    }
}

/// A store with conditional writes. Keys are plain names (`state.json`).
pub trait Objects: Send + Sync + fmt::Debug {
    /// Where a person finds an object.
    fn locate(&self, key: &str) -> String;

    /// Reads an object; `None` if there is none.
    fn get(&self, key: &str) -> BoxFuture<'_, Result<Option<Object>, StoreError>>;

    /// Writes an object if `condition` holds, else [`StoreError::Conflict`].
    fn put(
        &self,
        key: &str,
        body: Vec<u8>,
        condition: Condition,
    ) -> BoxFuture<'_, Result<Written, StoreError>>;

    /// Removes an object if it is still `version`, else [`StoreError::Conflict`].
    fn delete(&self, key: &str, version: ETag) -> BoxFuture<'_, Result<(), StoreError>>;
}

const STATE: &str = "state.json";

/// A state with the version of its object, if it has one yet.
#[derive(Debug, Clone)]
pub struct Versioned {
    /// The state.
    pub state: State,
    /// The version to replace; `None` before the first write.
    pub etag: Option<ETag>,
}

/// Reads the state of a stage.
///
/// # Errors
/// The store's, or a state that this version cannot read.
pub async fn load(objects: &dyn Objects) -> Result<Option<Versioned>, StoreError> {
    let Some(object) = objects.get(STATE).await? else {
        return Ok(None);
    };
    let state = State::parse(&object.body).map_err(|why| StoreError::Unreadable {
        what: objects.locate(STATE),
        why,
    })?;
    Ok(Some(Versioned {
        state,
        etag: Some(object.etag),
    }))
}

/// Writes the state and remembers its new version.
///
/// # Errors
/// The store's; [`StoreError::Conflict`] if another run wrote meanwhile.
pub async fn save(objects: &dyn Objects, versioned: &mut Versioned) -> Result<(), StoreError> {
    versioned.state.serial += 1;
    let body = versioned.state.to_json();
    let condition = versioned
        .etag
        .clone()
        .map_or(Condition::Absent, Condition::Match);
    versioned.etag = Some(objects.put(STATE, body, condition).await?.etag);
    Ok(())
}

/// Forgets the state of a stage that was removed.
///
/// # Errors
/// The store's; [`StoreError::Conflict`] if another run wrote meanwhile.
pub async fn forget(objects: &dyn Objects, versioned: Versioned) -> Result<(), StoreError> {
    match versioned.etag {
        Some(etag) => objects.delete(STATE, etag).await,
        None => Ok(()),
    }
}
