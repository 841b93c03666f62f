//! Tasks that a library starts and never ends.

use std::{future::Future, io};

use tokio::runtime::{Builder, Runtime};
use tokio_util::context::TokioContext;

/// Runs a future so that every task which it spawns ends with it, even when it is dropped.
///
/// The client library serves a BuildKit session from a task of its own that neither side ends:
/// every build would cost a connection, here and in the engine, until the process exits.
pub(super) async fn confined<F: Future>(future: F) -> io::Result<F::Output> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let handle = runtime.handle().clone();
    // Declared before the future, so that it goes after it.
    let _runtime = Background(Some(runtime));
    Ok(TokioContext::new(future, handle).await)
}

/// Shuts down without waiting, as dropping must do inside of another runtime.
struct Background(Option<Runtime>);

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
