//! A stage on this machine: its folder, its engine.

use std::sync::Arc;

use super::{Session, project::Identity};
use crate::{
    error::Result,
    image,
    local::{Engine, Place, Proxy},
    source::DigestCache,
    state::file::FileObjects,
};

/// A stage with what it needs to be looked at.
pub struct LocalStage {
    /// Which stage.
    pub identity: Identity,
    /// The engine.
    pub engine: Engine,
    /// Where we run.
    pub place: Place,
    /// The port that was asked for.
    pub port: Option<u16>,
    /// The proxy's process.
    pub proxy: Arc<Proxy>,
    /// State and lease.
    pub objects: Arc<FileObjects>,
    /// Digests of sources that were read before.
    pub digests: DigestCache,
}

impl LocalStage {
    /// Connects to the engine.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn open(identity: Identity, port: Option<u16>, session: &Session) -> Result<Self> {
        let docker = image::connect().await?;
        let place = Place::find(&docker).await?;
        let folder = identity.state_folder();
        Ok(Self {
            port,
            proxy: Arc::new(Proxy::new(
                session.program.clone(),
                folder.clone(),
                place.clone(),
                port,
            )),
            objects: Arc::new(FileObjects::new(folder)),
            engine: Engine::new(docker),
            digests: super::cache::digests(&session.environment),
            place,
            identity,
        })
    }
}
