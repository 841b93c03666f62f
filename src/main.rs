//! Parses the command line, runs the command, prints its error, exits with its class.

use std::process::ExitCode;

use clap::Parser as _;
use scf::{cli::Cli, error, run};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(cause) => return error::exit(&run::RunError::Print(cause).into()),
    };
    let code = match runtime.block_on(run::run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => error::exit(&failure),
    };
    // A file that is still being read does not hold up the end.
    runtime.shutdown_background();
    code
}
