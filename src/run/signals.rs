//! SIGINT and SIGTERM: the first cancels, the second, or the last moment, ends the process.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::error::Class;

/// A runner kills the client 10 s after its first signal (`github-facts.md`); by then we are out.
const LAST_MOMENT: Duration = Duration::from_millis(7_500);

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
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            () = tokio::time::sleep(LAST_MOMENT) => {}
        }
        std::process::exit(i32::from(Class::Cancelled.exit_code()));
    });
    cancel
}
