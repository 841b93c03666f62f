//! A stage on this machine: its config, its folder, its engine.

use std::{collections::BTreeMap, sync::Arc};

use camino::{Utf8Path, Utf8PathBuf};
use clap::ValueEnum as _;

use super::{RunError, Session};
use crate::{
    cli::ConfigArgs,
    config::{self, Config, variables},
    error::{Class, Diagnose, Result},
    image,
    local::{Engine, Place, Proxy},
    names::Stage,
    source::{DigestCache, STATE_FOLDER},
    state::{StoreError, file::FileObjects},
};

/// The config of a stage, and where it lies.
#[derive(Debug)]
pub struct Project {
    /// As loaded.
    pub config: Config,
    /// The stage.
    pub stage: Stage,
    /// The folder of the config file; what the config names is relative to it.
    pub folder: Utf8PathBuf,
    /// Environment of the process: for build arguments without a value.
    pub environment: Arc<BTreeMap<String, String>>,
    /// Warnings, rendered.
    pub warnings: Vec<String>,
}

impl Project {
    /// Finds and loads the config.
    ///
    /// # Errors
    /// There is none, or it is wrong.
    pub async fn load(args: &ConfigArgs, session: &Session) -> Result<Self> {
        let path = if let Some(path) = &args.config {
            path.clone()
        } else {
            let found = config::find(Utf8Path::new("."))?;
            found
                .strip_prefix(".")
                .map_or_else(|_| found.clone(), Utf8Path::to_owned)
        };
        let source = read_source(path.clone())?;
        let folder = absolute(path.parent().unwrap_or(Utf8Path::new(".")));
        let context = context(args, &folder, session);
        // Variables may wait for servers.
        let loaded = tokio::select! {
            loaded = config::load(&source, &context) => loaded?,
            () = session.cancel.cancelled() => return Err(RunError::Cancelled.into()),
        };
        let mut warnings = loaded.warnings;
        warnings.extend(config::without_effect(
            &loaded.config,
            config::Target::Local,
        ));
        Ok(Self {
            config: loaded.config,
            stage: args.stage.clone(),
            folder,
            environment: session.environment.clone(),
            warnings,
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

/// What the variables of a config are resolved against.
fn context(args: &ConfigArgs, folder: &Utf8Path, session: &Session) -> variables::Context {
    let ConfigArgs {
        config,
        stage,
        params,
        output,
        debug,
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
        ("debug", Some(debug.to_string())),
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

fn read_source(path: Utf8PathBuf) -> Result<config::Source, UnreadableConfig> {
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(config::Source { path, text }),
        Err(cause) => Err(UnreadableConfig { path, cause }),
    }
}

/// A project with what it needs to be looked at.
pub struct LocalStage {
    /// Config and folder.
    pub project: Project,
    /// The engine.
    pub engine: Engine,
    /// Where we run.
    pub place: Place,
    /// The port that was asked for.
    pub port: Option<u16>,
    /// The proxy's process.
    pub proxy: Arc<Proxy>,
    /// State and lease.
    pub objects: Arc<FileObjects>,
    /// Digests of sources that were read before.
    pub digests: DigestCache,
}

impl LocalStage {
    /// Connects to the engine.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn open(project: Project, port: Option<u16>, session: &Session) -> Result<Self> {
        let docker = image::connect().await?;
        let place = Place::find(&docker).await?;
        let folder = project.state_folder();
        Ok(Self {
            port,
            proxy: Arc::new(Proxy::new(
                session.program.clone(),
                folder.clone(),
                place.clone(),
                port,
            )),
            objects: Arc::new(FileObjects::new(folder)),
            engine: Engine::new(docker),
            digests: super::cache::digests(&session.environment),
            place,
            project,
        })
    }
}

/// Sources are read, and the proxy runs, wherever the command was started.
fn absolute(folder: &Utf8Path) -> Utf8PathBuf {
    match camino::absolute_utf8(folder) {
        Ok(absolute) => absolute,
        Err(_) => folder.to_owned(),
    }
}
