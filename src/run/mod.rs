//! The commands, one file each.

pub mod apply;
pub mod cache;
pub mod deploy;
pub mod desired;
pub mod dev;
pub mod gather;
pub mod info;
pub mod logs;
pub mod plan;
pub mod project;
pub mod recipe;
pub mod remove;
pub mod signals;
pub mod sources;
pub mod stage;
pub mod validate;
pub mod why;

use std::{
    collections::BTreeMap,
    io::{self, Write as _},
    sync::Arc,
};

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::{
    cli::{Cli, Command, Output, Target},
    config::Notice,
    error::{Class, Diagnose, Result},
    image::registry::{self, Keychain},
    local::proxy,
    progress::{Display, Style},
};

/// Variables by name.
pub type Environment = BTreeMap<String, String>;

/// What every command gets from `main`.
#[derive(Clone)]
pub struct Session {
    /// Triggered by the first signal.
    pub cancel: CancellationToken,
    /// Whether every step and every line of a build is shown.
    pub debug: bool,
    /// Shows progress.
    pub display: Arc<dyn Display>,
    /// Environment of the process: for variables of the config.
    pub environment: Arc<Environment>,
    /// Random, the same for all of this run.
    pub instance_id: Arc<str>,
    /// Who may use which registry.
    pub keychain: Arc<Keychain>,
    /// This program: the proxy's process is another one of it.
    pub program: std::path::PathBuf,
}

/// What a command cannot do at all.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Only the local target is built so far.
    #[error("target aws is not built yet")]
    AwsNotBuilt,
    /// The system does not say what runs.
    #[error("cannot tell which program this is")]
    Program(#[source] io::Error),
    /// Standard output is closed or full.
    #[error("cannot print the result")]
    Print(#[source] io::Error),
    /// The plan is not the one that was approved.
    #[error("the plan is no longer the approved one: its digest is {now}, approved was {approved}")]
    StalePlan {
        /// The digest now.
        now: String,
        /// The digest that was given.
        approved: String,
    },
    /// Steps were given up without a signal or a failure: a defect of ours.
    #[error("the run ended before its plan was done")]
    Incomplete,
    /// A signal came.
    #[error("cancelled; what was done is recorded")]
    Cancelled,
}

impl Diagnose for RunError {
    fn class(&self) -> Class {
        match self {
            Self::AwsNotBuilt => Class::Config,
            Self::Print(_) | Self::Program(_) | Self::Incomplete => Class::Internal,
            Self::StalePlan { .. } => Class::StalePlan,
            Self::Cancelled => Class::Cancelled,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::AwsNotBuilt => Some("give --target local".into()),
            Self::Print(_) | Self::Program(_) | Self::Incomplete => None,
            Self::StalePlan { .. } => {
                Some("run `scf plan` again and have that plan approved".into())
            }
            Self::Cancelled => {
                Some("run the command again: it goes on where this run stopped".into())
            }
        }
    }
}

/// Runs one command.
///
/// # Errors
/// The command's.
pub async fn run(cli: Cli) -> Result<()> {
    let debug = match &cli.command {
        Command::Deploy(args) => args.run.debug,
        Command::Dev(args) => args.run.debug,
        Command::Remove(args) => args.run.debug,
        _ => false,
    };
    // Variables that are not text cannot be meant by a config; `vars` would panic on them.
    let environment: Environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let session = Session {
        cancel: signals::cancel_on_signal(),
        debug,
        display: Style::detect(debug).display(),
        keychain: Arc::new(keychain(&cli.command, &environment)?),
        environment: Arc::new(environment),
        instance_id: instance_id()?.into(),
        program: std::env::current_exe().map_err(RunError::Program)?,
    };
    match cli.command {
        Command::Plan(args) => plan::run(&args, &session).await,
        Command::Deploy(args) => deploy::run(&args, &session).await,
        Command::Dev(args) => dev::run(&args, &session).await,
        Command::Remove(args) => remove::run(&args, &session).await,
        Command::Info(args) => info::run(&args, &session).await,
        Command::Logs(args) => logs::run(&args, &session).await,
        Command::Validate(args) => validate::run(&args, &session).await,
        Command::Schema => print(&format!("{:#}\n", crate::config::json_schema())),
        Command::Proxy(args) => {
            proxy::serve(proxy::Options {
                folder: args.folder,
                port: args.port,
                all_interfaces: args.all_interfaces,
            })
            .await
        }
    }
}

/// Credentials for the commands that build.
fn keychain(command: &Command, environment: &Environment) -> Result<Keychain> {
    let given = match command {
        Command::Deploy(args) => args.registry.registry_auth.as_ref(),
        Command::Dev(args) => args.registry.registry_auth.as_ref(),
        _ => None,
    };
    let given = given.map(registry::parse_auth).transpose()?;
    Ok(Keychain::new(
        given.unwrap_or_default(),
        environment.clone(),
    ))
}

/// Of `${sls:instanceId}`.
fn instance_id() -> Result<String> {
    let random = getrandom::u64().map_err(gather::GatherError::from)?;
    Ok(format!("{random:016x}"))
}

/// Only the local target is built so far.
fn local_only(target: Target) -> Result<()> {
    match target {
        Target::Local => Ok(()),
        Target::Aws => Err(RunError::AwsNotBuilt.into()),
    }
}

/// Prints a result on standard output.
fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| RunError::Print(error).into())
}

/// Prints a result as it was asked for.
fn print_as(
    output: Output,
    text: impl FnOnce() -> String,
    json: impl FnOnce() -> Value,
) -> Result<()> {
    match output {
        Output::Text => print(&text()),
        Output::Json => print(&format!("{:#}\n", json())),
    }
}

/// Prints warnings on standard error.
fn warn(warnings: &[Notice]) {
    let mut out = io::stderr().lock();
    for warning in warnings {
        let _ = writeln!(out, "{warning}");
    }
}
