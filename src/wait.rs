//! Waiting: with a deadline, and given up at once when the run is cancelled.

use std::{future::Future, time::Duration};

use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;

/// How often to look, and for how long at most.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Between the first two looks; doubled after each, up to `interval`.
    pub first: Duration,
    /// Longest time between two looks.
    pub interval: Duration,
    /// From the first look on.
    pub deadline: Duration,
}

/// Why a wait ended without its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WaitError {
    /// Time is up.
    #[error("not within {0:?}")]
    Deadline(Duration),
    /// The run was cancelled.
    #[error("cancelled")]
    Cancelled,
}

/// Calls `look` until it returns something.
///
/// # Errors
/// The deadline passed (a look that hangs is abandoned then), or `cancel` was triggered.
pub async fn until<T, F>(
    pace: Pace,
    cancel: &CancellationToken,
    mut look: impl FnMut() -> F,
) -> Result<T, WaitError>
where
    F: Future<Output = Option<T>>,
{
    let end = Instant::now() + pace.deadline;
    let mut pause = pace.first;
    loop {
        let found = tokio::select! {
            () = cancel.cancelled() => return Err(WaitError::Cancelled),
            found = timeout_at(end, look()) => found,
        };
        match found {
            Ok(Some(result)) => return Ok(result),
            Err(_) => return Err(WaitError::Deadline(pace.deadline)),
            Ok(None) => {}
        }
        let next = Instant::now() + pause;
        if next >= end {
            return Err(WaitError::Deadline(pace.deadline));
        }
        tokio::select! {
            () = cancel.cancelled() => return Err(WaitError::Cancelled),
            () = sleep_until(next) => {}
        }
        pause = (pause * 2).min(pace.interval);
    }
}
