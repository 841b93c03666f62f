//! The command line. Every option has an environment variable where CI wants one.

use std::{num::NonZeroUsize, time::Duration};

use camino::Utf8PathBuf;
use clap::{Args, Parser, Subcommand, ValueEnum};
use secrecy::SecretString;

use crate::names::Stage;

/// Deploys container apps: from one `serverless.containers.yml` to served URLs.
#[derive(Debug, Parser)]
#[command(name = "scf", version, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `scf` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what a deploy would change, and why.
    Plan(PlanArgs),
    /// Deploy the stage: only what changed.
    Deploy(DeployArgs),
    /// Deploy locally, then watch the sources and redeploy what changed.
    Dev(DevArgs),
    /// Remove the stage and everything that belongs to it.
    Remove(RemoveArgs),
    /// Show the URLs, the tasks and the last deployment of the stage.
    Info(StageArgs),
    /// Print the logs of the stage's containers.
    Logs(LogsArgs),
    /// Check the config file.
    Validate(ConfigArgs),
    /// Print the JSON Schema of the config file.
    Schema,
    /// The embedded proxy's process.
    #[command(hide = true)]
    Proxy(ProxyArgs),
}

/// Which config file, and how to print.
#[derive(Debug, Clone, Args)]
pub struct ConfigArgs {
    /// Config file [default: serverless.containers.yml of this folder].
    #[arg(long, env = "SCF_CONFIG", value_name = "FILE")]
    pub config: Option<Utf8PathBuf>,
    /// Stage.
    #[arg(long, env = "SERVERLESS_STAGE", default_value = "dev")]
    pub stage: Stage,
    /// Parameter of the config, `${param:KEY}`; may be repeated.
    #[arg(long = "param", value_parser = key_value, value_name = "KEY=VALUE")]
    pub params: Vec<(String, String)>,
    /// How results are printed.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub output: Output,
}

/// Which stage, and where it runs.
#[derive(Debug, Clone, Args)]
pub struct StageArgs {
    /// Config and output.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Where the stage runs.
    #[arg(long, env = "SCF_TARGET", value_enum, default_value_t = Target::Aws)]
    pub target: Target,
}

/// Where a stage runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// AWS.
    Aws,
    /// The Docker Engine of this machine.
    Local,
}

/// How results are printed. Progress always goes to standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people.
    Text,
    /// One JSON document; of logs, one a line.
    Json,
}

/// `plan`.
#[derive(Debug, Clone, Args)]
pub struct PlanArgs {
    /// The stage.
    #[command(flatten)]
    pub stage: StageArgs,
    /// Plan as if every container had changed.
    #[arg(long)]
    pub force: bool,
}

/// `deploy`.
#[derive(Debug, Clone, Args)]
pub struct DeployArgs {
    /// The stage.
    #[command(flatten)]
    pub stage: StageArgs,
    /// Rebuild and redeploy every container, changed or not.
    #[arg(long)]
    pub force: bool,
    /// Deploy only if the plan still has this digest.
    #[arg(long, value_name = "DIGEST")]
    pub plan_digest: Option<String>,
    /// How the run goes.
    #[command(flatten)]
    pub run: RunArgs,
    /// How tasks are started.
    #[command(flatten)]
    pub tasks: TaskArgs,
    /// Who may use which registry.
    #[command(flatten)]
    pub registry: RegistryArgs,
}

/// `dev`.
#[derive(Debug, Clone, Args)]
pub struct DevArgs {
    /// Config and output.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// How the runs go.
    #[command(flatten)]
    pub run: RunArgs,
    /// How tasks are started.
    #[command(flatten)]
    pub tasks: TaskArgs,
    /// Who may use which registry.
    #[command(flatten)]
    pub registry: RegistryArgs,
}

/// `remove`.
#[derive(Debug, Clone, Args)]
pub struct RemoveArgs {
    /// The stage.
    #[command(flatten)]
    pub stage: StageArgs,
    /// How the run goes.
    #[command(flatten)]
    pub run: RunArgs,
}

/// `logs`.
#[derive(Debug, Clone, Args)]
pub struct LogsArgs {
    /// The stage.
    #[command(flatten)]
    pub stage: StageArgs,
    /// Go on printing as lines come.
    #[arg(long, short)]
    pub follow: bool,
    /// Only this container.
    #[arg(long, value_name = "NAME")]
    pub container: Option<String>,
    /// Lines of the past, for each task.
    #[arg(long, default_value_t = 100, value_name = "LINES")]
    pub tail: usize,
}

/// Options of every run that changes something.
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    /// Most steps at once.
    #[arg(long, env = "SCF_CONCURRENCY", default_value = "16", value_parser = one_or_more, value_name = "N")]
    pub concurrency: NonZeroUsize,
    /// Seconds to wait for another run of the stage.
    #[arg(long, env = "SCF_LOCK_TIMEOUT", default_value = "0", value_parser = seconds, value_name = "SECONDS")]
    pub lock_timeout: Duration,
    /// Seconds that the lease of the stage holds after a heartbeat.
    #[arg(long, env = "SCF_LEASE", default_value = "60", value_parser = positive_seconds, value_name = "SECONDS", hide_short_help = true)]
    pub lease: Duration,
    /// Seconds between two heartbeats.
    #[arg(long, env = "SCF_HEARTBEAT", default_value = "15", value_parser = positive_seconds, value_name = "SECONDS", hide_short_help = true)]
    pub heartbeat: Duration,
    /// Local: seconds that requests may go on at an old task.
    #[arg(long, env = "SCF_DRAIN", default_value = "30", value_parser = seconds, value_name = "SECONDS", hide_short_help = true)]
    pub drain: Duration,
    /// Show each step and the logs of builds as they come.
    #[arg(long, env = "SCF_DEBUG", value_parser = clap::builder::BoolishValueParser::new())]
    pub debug: bool,
}

/// Options of runs that start tasks.
#[derive(Debug, Clone, Args)]
pub struct TaskArgs {
    /// Local: seconds that a task may take until it is healthy.
    #[arg(long, env = "SCF_HEALTH_DEADLINE", default_value = "60", value_parser = positive_seconds, value_name = "SECONDS", hide_short_help = true)]
    pub health_deadline: Duration,
    /// Local: port of the stage [default: the last one, 8080, or any that is free].
    #[arg(long, env = "SCF_LOCAL_PORT", value_name = "PORT")]
    pub port: Option<u16>,
}

/// Options of every command that builds images.
#[derive(Debug, Clone, Args)]
pub struct RegistryArgs {
    /// Credentials of registries: `registry=user:password`, one a line [better in the environment].
    // Read by `registry::parse_auth`: an error of the argument parser would repeat the text.
    #[arg(
        long,
        env = "SCF_REGISTRY_AUTH",
        value_name = "LOGINS",
        hide_env_values = true
    )]
    pub registry_auth: Option<SecretString>,
}

/// `proxy`.
#[derive(Debug, Clone, Args)]
pub struct ProxyArgs {
    /// The stage's folder.
    #[arg(long)]
    pub folder: Utf8PathBuf,
    /// Port to listen on.
    #[arg(long)]
    pub port: Option<u16>,
    /// Listen on all interfaces.
    #[arg(long)]
    pub all_interfaces: bool,
}

/// The value is not repeated in the error: it may be a secret.
fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write `key=value`".to_owned()),
    }
}

fn one_or_more(text: &str) -> Result<NonZeroUsize, String> {
    text.parse()
        .map_err(|_| format!("{text:?} is not a whole number of 1 or more"))
}

/// No wait of ours is sensible beyond a week.
const MOST_SECONDS: f64 = 604_800.0;

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| format!("{text:?} is not a number of seconds"))?;
    if seconds > MOST_SECONDS {
        return Err("must be at most 604800, a week".into());
    }
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

fn positive_seconds(text: &str) -> Result<Duration, String> {
    seconds(text).and_then(|time| {
        if time.is_zero() {
            Err("must be more than 0".into())
        } else {
            Ok(time)
        }
    })
}
