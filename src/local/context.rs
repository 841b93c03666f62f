//! What the local steps have at hand while they run.

use std::{fmt, sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use super::{EdgeStore, Engine, EngineError, Place, Proxy};
use crate::{
    image::{Builder, registry::Keychain},
    names::Stage,
    state::StageKey,
};

/// The times of a local rollout.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How long a task may take until it is healthy.
    pub health_deadline: Duration,
    /// Deregistration delay: how long requests in flight may go on at an old task.
    pub drain: Duration,
    /// Seconds between SIGTERM and SIGKILL.
    pub stop_seconds: i32,
}

/// Gets lines of builds and containers, if somebody asked for them.
pub trait Log: Send + Sync {
    /// One line, without its end, from the resource of this name.
    fn line(&self, from: &str, line: &str);

    /// Something that went wrong with it and is no failure: shown always.
    fn warning(&self, from: &str, text: &str);
}

/// Everything that a local step may use.
pub struct Context {
    /// The stage.
    pub stage: Stage,
    /// The engine, to change it.
    pub engine: Engine,
    /// Which builder makes images.
    pub builder: Builder,
    /// Who may use which registry.
    pub keychain: Arc<Keychain>,
    /// The edge's document: its only writer.
    pub edge: EdgeStore,
    /// The embedded proxy.
    pub proxy: Arc<Proxy>,
    /// Where this program runs.
    pub place: Place,
    /// The stage's key.
    pub key: StageKey,
    /// Times.
    pub settings: Settings,
    /// Triggered when the run is cancelled.
    pub cancel: CancellationToken,
    /// Gets build logs.
    pub log: Arc<dyn Log>,
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("stage", &self.stage)
            .finish_non_exhaustive()
    }
}

impl Context {
    /// In a container: joins the stage's network, so that its tasks can be reached.
    ///
    /// # Errors
    /// The engine's.
    pub async fn join_network(&self, name: &str) -> Result<(), EngineError> {
        match &self.place {
            Place::Machine => Ok(()),
            Place::Container { id } => self.engine.connect(name, id).await,
        }
    }

    /// In a container: leaves the stage's network again.
    ///
    /// # Errors
    /// The engine's.
    pub async fn leave_network(&self, name: &str) -> Result<(), EngineError> {
        match &self.place {
            Place::Machine => Ok(()),
            Place::Container { id } => self.engine.disconnect(name, id).await,
        }
    }
}
