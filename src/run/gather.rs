//! All reads of a local run, concurrently: what is wanted, what is there, what is remembered.

use tokio_util::sync::CancellationToken;

use super::{RunError, desired, project::Project, sources, stage::LocalStage, why};
use crate::{
    config::Notice,
    error::{Class, Diagnose, Result},
    local::{Document, Place, edge_document, proxy},
    plan::local::{Desired, Observed},
    resource::local::proxy as proxy_kind,
    source::DigestCache,
    state::{self, StageKey, State, Versioned},
};

/// Everything that a plan is made of.
#[derive(Debug)]
pub struct Inputs {
    /// What the config wants.
    pub desired: Desired,
    /// What is there.
    pub observed: Observed,
    /// What the last run remembered, or the beginning of a state.
    pub state: Versioned,
    /// What a user may not expect of the sources, a line each.
    pub warnings: Vec<Notice>,
}

/// Sources or randomness could not be read.
#[derive(Debug, thiserror::Error)]
pub enum GatherError {
    /// A task of ours died.
    #[error("reading the sources was interrupted")]
    Interrupted(#[from] tokio::task::JoinError),
    /// The system has no randomness.
    #[error("the system gives no random bytes")]
    NoRandomness(#[from] getrandom::Error),
}

impl Diagnose for GatherError {
    fn class(&self) -> Class {
        Class::Internal
    }
}

/// Reads everything.
///
/// # Errors
/// The first that fails.
pub async fn gather(
    project: &Project,
    stage: &LocalStage,
    force: bool,
    cancel: &CancellationToken,
) -> Result<Inputs> {
    // Who forces does not trust what is remembered.
    let digests = if force {
        DigestCache::none()
    } else {
        stage.digests.clone()
    };
    let reads = async {
        futures::try_join!(
            sources::read(project, digests),
            observe(stage),
            remembered(stage)
        )
    };
    let (sources, observed, state) = cancel
        .run_until_cancelled(reads)
        .await
        .ok_or(RunError::Cancelled)??;
    let state = match state {
        Some(state) => state,
        None => begin(stage, &observed)?,
    };
    let warnings = sources.iter().filter_map(sources::history).collect();
    let mut desired = desired::desired(project, sources, &observed.tasks, force);
    cancel
        .run_until_cancelled(why::explain(&mut desired, &observed, &state.state))
        .await
        .ok_or(RunError::Cancelled)??;
    Ok(Inputs {
        desired,
        observed,
        state,
        warnings,
    })
}

/// What is there, config or not.
///
/// # Errors
/// The engine's or the disk's.
pub async fn observe(stage: &LocalStage) -> Result<Observed> {
    let (stack, name) = (&stage.identity.name, &stage.identity.stage);
    let reader = stage.engine.reader();
    let document = edge_document(&stage.identity.state_folder())?;
    let (networks, images, tasks, status) = futures::join!(
        reader.networks(stack, name),
        reader.images(stack),
        reader.tasks(stack, name),
        stage.proxy.status(),
    );
    Ok(Observed {
        networks: networks?,
        images: images?,
        tasks: tasks?,
        proxy: observe_proxy(stage, answering(status)?, document.as_ref()),
        document,
    })
}

/// A proxy that refuses connections is ending: the next one is started when it has.
///
/// # Errors
/// It does not answer at all, or it is not known whether one runs.
pub fn answering(
    status: Result<Option<proxy::ProxyStatus>, proxy::ProxyError>,
) -> Result<Option<proxy::ProxyStatus>, proxy::ProxyError> {
    match status {
        Err(proxy::ProxyError::Refused { .. }) => Ok(None),
        known => known,
    }
}

fn observe_proxy(
    stage: &LocalStage,
    status: Option<proxy::ProxyStatus>,
    document: Option<&Document>,
) -> proxy_kind::Observed {
    match (status, &stage.place) {
        (_, Place::Container { .. }) => proxy_kind::Observed::Ambient,
        (None, Place::Machine) => proxy_kind::Observed::Absent,
        (Some(status), Place::Machine) => {
            let empty = Document::default();
            let wanted = proxy::fingerprint(document.unwrap_or(&empty));
            let same_build = status.build == proxy::build();
            let same_port = stage.port.is_none_or(|port| port == status.port);
            let current = status.serves == wanted;
            proxy_kind::Observed::Running {
                status,
                same_build,
                same_port,
                current,
            }
        }
    }
}

/// The state of a stage, or the beginning of one.
///
/// # Errors
/// It is there, but cannot be read; or the system has no randomness.
pub async fn state(stage: &LocalStage, observed: &Observed) -> Result<Versioned> {
    match remembered(stage).await? {
        Some(state) => Ok(state),
        None => begin(stage, observed),
    }
}

async fn remembered(stage: &LocalStage) -> Result<Option<Versioned>> {
    Ok(state::load(stage.objects.as_ref()).await?)
}

/// The state of a stage without one: its key is the network's, if the stage runs, else new.
fn begin(stage: &LocalStage, observed: &Observed) -> Result<Versioned> {
    let found = observed
        .networks
        .iter()
        .find_map(|network| network.key.clone());
    let key = if let Some(key) = found {
        key
    } else {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(GatherError::from)?;
        StageKey::from_bytes(&bytes)
    };
    let state = State::new(
        stage.identity.name.clone(),
        stage.identity.stage.clone(),
        key,
    );
    Ok(Versioned { state, etag: None })
}
