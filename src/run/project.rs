//! The config of a stage: where it is, and how much of it is read.

use std::{collections::BTreeMap, sync::Arc};

use camino::{Utf8Path, Utf8PathBuf};
use clap::ValueEnum as _;

use super::{RunError, Session};
use crate::{
    cli::ConfigArgs,
    config::{self, Config, ConfigErrors, Notice, variables},
    error::{Class, Diagnose, Result},
    names::{StackName, Stage},
    source::STATE_FOLDER,
    state::StoreError,
};

/// Which stage this is, and where it lies: all that is needed to look at it, or to remove it.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The stack.
    pub name: StackName,
    /// The stage.
    pub stage: Stage,
    /// The folder of the config file; what the config names is relative to it.
    pub folder: Utf8PathBuf,
}

/// The config of a stage.
#[derive(Debug)]
pub struct Project {
    /// Which stage.
    pub identity: Identity,
    /// As loaded.
    pub config: Config,
    /// Environment of the process: for build arguments without a value.
    pub environment: Arc<BTreeMap<String, String>>,
    /// What its author may not expect.
    pub warnings: Vec<Notice>,
}

impl Project {
    /// Finds and loads the config.
    ///
    /// # Errors
    /// There is none, or it is wrong.
    pub async fn load(args: &ConfigArgs, session: &Session) -> Result<Self> {
        let (source, context, folder) = read(args, session)?;
        let loaded = until_cancelled(config::load(&source, &context), session).await?;
        let mut warnings = loaded.warnings;
        warnings.extend(config::without_effect(
            &loaded.config,
            config::Target::Local,
        ));
        Ok(Self {
            identity: Identity {
                name: loaded.config.name.clone(),
                stage: args.stage.clone(),
                folder,
            },
            config: loaded.config,
            environment: session.environment.clone(),
            warnings,
        })
    }
}

impl Identity {
    /// Finds the config and reads nothing of it but the name: what else is wrong with it, or cannot
    /// be resolved any more, keeps nobody from removing the stage.
    ///
    /// # Errors
    /// There is no config, or no name in it.
    pub async fn load(args: &ConfigArgs, session: &Session) -> Result<Self> {
        let (source, context, folder) = read(args, session)?;
        let name = until_cancelled(config::load_name(&source, &context), session).await?;
        Ok(Self {
            name,
            stage: args.stage.clone(),
            folder,
        })
    }

    /// Where the stage's state is: `.scf/<stage>` beside the config.
    pub fn state_folder(&self) -> Utf8PathBuf {
        self.folder.join(STATE_FOLDER).join(self.stage.as_str())
    }

    /// Makes the state's folder, ignored by git.
    ///
    /// # Errors
    /// The system's.
    pub fn make_state_folder(&self) -> Result<(), StoreError> {
        use std::os::unix::fs::DirBuilderExt as _;
        let folder = self.state_folder();
        let io = |cause| StoreError::Io {
            verb: "write",
            what: folder.to_string(),
            cause,
        };
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .map_err(io)?;
        let ignore = self.folder.join(STATE_FOLDER).join(".gitignore");
        if !ignore.exists() {
            std::fs::write(ignore, "*\n").map_err(io)?;
        }
        Ok(())
    }
}

/// The config file that is meant, what its variables are resolved against, and its folder.
fn read(
    args: &ConfigArgs,
    session: &Session,
) -> Result<(config::Source, variables::Context, Utf8PathBuf)> {
    let path = if let Some(path) = &args.config {
        path.clone()
    } else {
        let found = config::find(Utf8Path::new("."))?;
        found
            .strip_prefix(".")
            .map_or_else(|_| found.clone(), Utf8Path::to_owned)
    };
    let folder = absolute(path.parent().unwrap_or(Utf8Path::new(".")));
    let source = read_source(path)?;
    let context = context(args, &folder, session);
    Ok((source, context, folder))
}

/// Variables may wait for servers.
async fn until_cancelled<T>(
    loading: impl Future<Output = Result<T, ConfigErrors>>,
    session: &Session,
) -> Result<T> {
    match session.cancel.run_until_cancelled(loading).await {
        Some(loaded) => Ok(loaded?),
        None => Err(RunError::Cancelled.into()),
    }
}

/// What the variables of a config are resolved against.
fn context(args: &ConfigArgs, folder: &Utf8Path, session: &Session) -> variables::Context {
    let ConfigArgs {
        config,
        stage,
        params,
        output,
    } = args;
    let options = [
        ("config", config.as_ref().map(ToString::to_string)),
        ("stage", Some(stage.to_string())),
        (
            "output",
            output
                .to_possible_value()
                .map(|it| it.get_name().to_owned()),
        ),
        ("debug", Some(session.debug.to_string())),
    ];
    let options = options.into_iter();
    variables::Context {
        environment: session.environment.as_ref().clone(),
        stage: stage.clone(),
        // Beside a bare file name is the empty path, where nothing can be searched for.
        folder: Utf8Path::new(".").join(folder),
        options: options
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect(),
        params: params.iter().cloned().collect(),
        instance_id: session.instance_id.to_string(),
    }
}

/// The config file that was named cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the config file {path}")]
pub struct UnreadableConfig {
    path: Utf8PathBuf,
    #[source]
    cause: std::io::Error,
}

impl Diagnose for UnreadableConfig {
    fn class(&self) -> Class {
        match self.cause.kind() {
            std::io::ErrorKind::PermissionDenied => Class::Denied,
            _ => Class::Config,
        }
    }

    fn hint(&self) -> Option<String> {
        Some("`--config` names a file, relative to this folder".into())
    }
}

fn read_source(path: Utf8PathBuf) -> Result<config::Source> {
    match std::fs::read(&path) {
        Ok(bytes) => Ok(config::Source::decode(path, bytes)?),
        Err(cause) => Err(UnreadableConfig { path, cause }.into()),
    }
}

/// Sources are read, and the proxy runs, wherever the command was started.
fn absolute(folder: &Utf8Path) -> Utf8PathBuf {
    match camino::absolute_utf8(folder) {
        Ok(absolute) => absolute,
        Err(_) => folder.to_owned(),
    }
}
