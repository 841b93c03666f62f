//! All credentials of a run: those given to us first, then Docker's own.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use futures::future::join_all;
use tokio::sync::OnceCell;

use super::{Credential, Credentials, Registry, docker_config::DockerConfig, helper};

/// Credentials of a run. Docker's configuration is read, and helpers are asked, once: at the first
/// use, for most runs build nothing.
#[derive(Debug, Default)]
pub struct Keychain {
    given: Credentials,
    environment: BTreeMap<String, String>,
    all: OnceCell<Credentials>,
    warnings: Mutex<Vec<String>>,
}

impl Keychain {
    /// Credentials of `registry-auth`, and the environment in which Docker's own are found and its
    /// helpers run.
    pub fn new(given: Credentials, environment: BTreeMap<String, String>) -> Self {
        Self {
            given,
            environment,
            ..Self::default()
        }
    }

    /// Docker's `config.json`: in `DOCKER_CONFIG`, or in `.docker` of the home folder.
    fn docker_config(&self) -> Option<PathBuf> {
        let set = |name| self.environment.get(name).filter(|value| !value.is_empty());
        let folder = match set("DOCKER_CONFIG") {
            Some(folder) => PathBuf::from(folder),
            None => PathBuf::from(set("HOME")?).join(".docker"),
        };
        Some(folder.join("config.json"))
    }

    /// All credentials that there are.
    pub async fn credentials(&self) -> &Credentials {
        self.all.get_or_init(|| self.read()).await
    }

    /// What could not be read or asked, and was not told yet. Builds that need nothing of it succeed
    /// all the same.
    pub async fn warnings(&self) -> Vec<String> {
        self.credentials().await;
        std::mem::take(&mut *self.noted())
    }

    fn noted(&self) -> MutexGuard<'_, Vec<String>> {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The credential for a registry, if there is one.
    pub async fn find(&self, registry: &Registry) -> Option<&Credential> {
        match self.given.get(registry) {
            Some(credential) => Some(credential),
            None => self.credentials().await.get(registry),
        }
    }

    async fn read(&self) -> Credentials {
        let mut all = self.given.clone();
        let loaded = self.docker_config().as_deref().map(DockerConfig::load);
        let config = loaded.transpose().unwrap_or_else(|warning| {
            self.noted().push(warning);
            None
        });
        if let Some(config) = config {
            all.fill_from(self.docker_s_own(&config).await);
        }
        all
    }

    /// What Docker's configuration has itself, and what its helpers give.
    async fn docker_s_own(&self, config: &DockerConfig) -> Credentials {
        let asked = config
            .helped()
            .into_iter()
            .map(|(helper, address)| async move {
                (
                    address,
                    helper::get(helper, address, &self.environment).await,
                )
            });
        let mut own = Credentials::default();
        for (address, answer) in join_all(asked).await {
            match (answer, Registry::parse(address)) {
                (Ok(Some(credential)), Some(registry)) => own.insert(registry, credential),
                (Err(warning), _) => self.noted().push(warning),
                (Ok(_), _) => {}
            }
        }
        for (address, auth) in &config.auths {
            if let (Some(registry), Some(credential)) =
                (Registry::parse(address), auth.credential())
            {
                own.insert(registry, credential);
            }
        }
        own
    }
}
