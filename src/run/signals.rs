//! SIGINT and SIGTERM: the first cancels, a second SIGINT ends the process at once.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::error::Class;

/// A token that the first signal triggers. As PID 1 a process without handlers ignores both.
pub fn cancel_on_signal() -> CancellationToken {
    let cancel = CancellationToken::new();
    let (Ok(mut interrupt), Ok(mut terminate)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        return cancel;
    };
    let token = cancel.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        token.cancel();
        // Nothing is lost by it: every step is recorded when it happens, and the next run goes on.
        interrupt.recv().await;
        std::process::exit(i32::from(Class::Cancelled.exit_code()));
    });
    cancel
}
