//! Waits for what is fuzzed.

use std::cell::OnceCell;

use tokio::runtime::{Builder, Runtime};

thread_local! {
    static RUNTIME: OnceCell<Runtime> = const { OnceCell::new() };
}

/// Panics, so that the fuzzer keeps the input, when the law that is fuzzed does not hold.
pub fn holds(law: impl Future<Output = Result<(), String>>) {
    let verdict = RUNTIME.with(|runtime| {
        let runtime = runtime.get_or_init(|| {
            let mut builder = Builder::new_current_thread();
            builder.enable_all().build().expect("a runtime")
        });
        runtime.block_on(law)
    });
    if let Err(broken) = verdict {
        panic!("{broken}");
    }
}
