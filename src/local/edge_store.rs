//! The edge's document on disk, and the proxy that serves it: one writer, whole replacements.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use tokio::sync::Mutex;

use super::{Document, Proxy};
use crate::{
    edge::Tid,
    error::Result,
    state::{StoreError, file::write_then_rename},
};

/// Name of the document in the stage's folder.
pub const FILE: &str = "edge.json";

/// Changes the document, one change at a time, and has the proxy serve it before it returns.
#[derive(Debug)]
pub struct EdgeStore {
    path: Utf8PathBuf,
    proxy: Arc<Proxy>,
    document: Mutex<Document>,
}

/// Reads the document of a stage; `None` if there is none.
///
/// # Errors
/// It is there, but cannot be read.
pub fn read(folder: &Utf8Path) -> Result<Option<Document>, StoreError> {
    let path = folder.join(FILE);
    match std::fs::read(&path) {
        Ok(body) => {
            serde_json::from_slice(&body)
                .map(Some)
                .map_err(|error| StoreError::Unreadable {
                    what: path.into_string(),
                    why: error.to_string(),
                })
        }
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(StoreError::Io {
            verb: "read",
            what: path.into_string(),
            cause,
        }),
    }
}

impl EdgeStore {
    /// A store that begins with what was read.
    pub fn new(folder: &Utf8Path, document: Document, proxy: Arc<Proxy>) -> Self {
        Self {
            path: folder.join(FILE),
            proxy,
            document: Mutex::new(document),
        }
    }

    /// Changes the document, writes it and has the proxy serve it.
    ///
    /// # Errors
    /// The change's or the disk's: then nothing has changed. The proxy's: then the document is written,
    /// and the next plan has the proxy read it.
    pub async fn update(&self, change: impl FnOnce(&mut Document) -> Result<()>) -> Result<()> {
        let mut current = self.document.lock().await;
        let mut next = current.clone();
        change(&mut next)?;
        self.write(&next)?;
        *current = next;
        // Before the first table there is nothing to serve; and when the document was lost, a proxy
        // that still runs goes on with its old one until the new one is whole.
        if current.version > 0 {
            self.proxy.load(&current).await?;
        }
        Ok(())
    }

    /// Has the proxy serve what is on disk.
    ///
    /// # Errors
    /// The disk's, the proxy's.
    pub async fn publish(&self) -> Result<()> {
        self.update(|_| Ok(())).await
    }

    /// The tasks that get the requests of a target now.
    pub async fn members(&self, tid: &Tid) -> Vec<String> {
        let document = self.document.lock().await;
        let group = document.groups.get(tid);
        group
            .map(|group| {
                group
                    .members
                    .iter()
                    .map(|member| member.id.clone())
                    .collect()
            })
            .unwrap_or_default()
    }

    fn write(&self, document: &Document) -> Result<(), StoreError> {
        let io = |cause| StoreError::Io {
            verb: "write",
            what: self.path.to_string(),
            cause,
        };
        let body = serde_json::to_vec_pretty(document).map_err(|error| io(error.into()))?;
        write_then_rename(&self.path, &body).map_err(io)
    }
}
