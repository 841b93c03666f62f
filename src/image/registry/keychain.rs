//! All credentials of a run: those given to us first, then Docker's own.

use std::{collections::BTreeMap, path::PathBuf};

use futures::future::join_all;
use tokio::sync::OnceCell;

use super::{Credential, Credentials, Registry, docker_config::DockerConfig, helper};

/// Credentials of a run. Docker's configuration is read, and helpers are asked, once: at the first
/// use, for most runs build nothing.
#[derive(Debug, Default)]
pub struct Keychain {
    given: Credentials,
    environment: BTreeMap<String, String>,
    known: OnceCell<Known>,
}

/// What there is.
#[derive(Debug, Default)]
pub struct Known {
    /// Credentials by registry.
    pub credentials: Credentials,
    /// What could not be read or asked: builds that need nothing of it succeed all the same.
    pub warnings: Vec<String>,
}

impl Keychain {
    /// Credentials of `registry-auth`, and the environment in which Docker's own are found and its
    /// helpers run.
    pub fn new(given: Credentials, environment: BTreeMap<String, String>) -> Self {
        Self {
            given,
            environment,
            known: OnceCell::new(),
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

    /// Everything.
    pub async fn known(&self) -> &Known {
        self.known.get_or_init(|| self.read()).await
    }

    /// The credential for a registry, if there is one.
    pub async fn find(&self, registry: &Registry) -> Option<&Credential> {
        match self.given.get(registry) {
            Some(credential) => Some(credential),
            None => self.known().await.credentials.get(registry),
        }
    }

    async fn read(&self) -> Known {
        let mut known = Known {
            credentials: self.given.clone(),
            warnings: Vec::new(),
        };
        let loaded = self.docker_config().as_deref().map(DockerConfig::load);
        let config = loaded.transpose().unwrap_or_else(|warning| {
            known.warnings.push(warning);
            None
        });
        let Some(config) = config else {
            return known;
        };
        let mut own = Credentials::default();
        let asked = config
            .helped()
            .into_iter()
            .map(|(helper, address)| async move {
                (
                    address,
                    helper::get(helper, address, &self.environment).await,
                )
            });
        for (address, answer) in join_all(asked).await {
            match (answer, Registry::parse(address)) {
                (Ok(Some(credential)), Some(registry)) => own.insert(registry, credential),
                (Err(warning), _) => known.warnings.push(warning),
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
        known.credentials.fill_from(own);
        known
    }
}
