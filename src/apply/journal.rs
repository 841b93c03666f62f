//! The journal of a run: each step's start and end, in the state, as it happens.
//!
//! Entries are queued and written by one task. A write carries all that came since the last one,
//! so a slow store never makes steps wait for each other.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::{sync::mpsc, task::JoinHandle};

use super::{Observer, Progress};
use crate::{
    error::Result,
    plan::StepId,
    state::{
        self, Objects, StoreError, Versioned,
        v1::{Entry, Event, Run},
    },
};

/// Writes the journal of one run.
#[derive(Debug)]
pub struct Journal {
    queue: mpsc::UnboundedSender<Entry>,
    writer: JoinHandle<Result<Versioned, StoreError>>,
}

impl Journal {
    /// Records the begin of `run` in the state and starts the writer.
    ///
    /// # Errors
    /// The store's.
    pub async fn begin(
        objects: Arc<dyn Objects>,
        mut versioned: Versioned,
        run: Run,
        observer: Arc<dyn Observer>,
    ) -> Result<Self, StoreError> {
        versioned.state.run = Some(run);
        state::save(objects.as_ref(), &mut versioned).await?;
        let (queue, messages) = mpsc::unbounded_channel();
        let writer = tokio::spawn(write(objects, versioned, messages, observer));
        Ok(Self { queue, writer })
    }

    /// Queues an entry.
    pub fn record(&self, step: &StepId, event: Event) {
        // A writer that failed is noticed by `is_broken` before the next step.
        let entry = Entry {
            at: Timestamp::now(),
            step: step.clone(),
            event,
        };
        let _ = self.queue.send(entry);
    }

    /// Whether the writer has ended early: what happens from here on would not be recorded.
    pub fn is_broken(&self) -> bool {
        self.queue.is_closed()
    }

    /// Ends the journal and returns the state as it is in the store.
    ///
    /// # Errors
    /// The store's, if a write failed.
    pub async fn end(self) -> Result<Versioned, StoreError> {
        drop(self.queue);
        match self.writer.await {
            Ok(result) => result,
            Err(join) => Err(StoreError::Io {
                verb: "write",
                what: "the journal".into(),
                cause: std::io::Error::other(join),
            }),
        }
    }
}

async fn write(
    objects: Arc<dyn Objects>,
    mut versioned: Versioned,
    mut messages: mpsc::UnboundedReceiver<Entry>,
    observer: Arc<dyn Observer>,
) -> Result<Versioned, StoreError> {
    let mut entries = Vec::new();
    while messages.recv_many(&mut entries, usize::MAX).await > 0 {
        if let Some(run) = &mut versioned.state.run {
            run.journal.extend(entries.iter().cloned());
        }
        state::save(objects.as_ref(), &mut versioned).await?;
        for entry in entries.drain(..) {
            observer.progress(&Progress::Recorded(&entry));
        }
    }
    Ok(versioned)
}
