//! What `--target local` is made of, in the engine of this machine.

pub mod image;
pub mod network;
pub mod proxy;
pub mod routes;
pub mod service;

use serde_json::Value;

use crate::{
    apply::{Runner, StepError},
    local::Context,
    plan::PlannedStep,
};

/// Every step that a local plan can have: the list to extend for a new kind.
#[derive(Debug, Clone)]
pub enum Step {
    /// The stage's network.
    Network(network::Step),
    /// A container's image.
    Image(image::Step),
    /// A container's tasks.
    Service(service::Step),
    /// The routing table.
    Routes(routes::Step),
    /// The embedded proxy.
    Proxy(proxy::Step),
}

impl PlannedStep for Step {
    fn describe(&self) -> String {
        match self {
            Self::Network(step) => step.describe(),
            Self::Image(step) => step.describe(),
            Self::Service(step) => step.describe(),
            Self::Routes(step) => step.describe(),
            Self::Proxy(step) => step.describe(),
        }
    }

    fn public(&self) -> Value {
        match self {
            Self::Network(step) => step.public(),
            Self::Image(step) => step.public(),
            Self::Service(step) => step.public(),
            Self::Routes(step) => step.public(),
            Self::Proxy(step) => step.public(),
        }
    }

    fn interruptible(&self) -> bool {
        match self {
            Self::Image(step) => step.interruptible(),
            Self::Service(step) => step.interruptible(),
            Self::Network(_) | Self::Routes(_) | Self::Proxy(_) => false,
        }
    }
}

/// Runs the steps of a local plan.
impl Runner<Step> for Context {
    async fn run(&self, step: &Step) -> Result<(), StepError> {
        match step {
            Step::Network(step) => step.run(self).await,
            Step::Image(step) => step.run(self).await,
            Step::Service(step) => step.run(self).await,
            Step::Routes(step) => step.run(self).await,
            Step::Proxy(step) => step.run(self).await,
        }
    }
}

/// `1 task`, `2 tasks`.
fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
