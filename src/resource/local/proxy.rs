//! The embedded proxy: a detached process that serves the stage on localhost.

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{
    apply::StepError,
    local::{Context, ProxyStatus},
    plan::{Action, Address, Change, Graph, Reason, StepId},
};

/// What can be done to the proxy.
#[derive(Debug, Clone)]
pub enum Step {
    /// Start it, in place of one that runs, if `replace`.
    Start {
        /// One of another build runs and is stopped first.
        replace: bool,
    },
    /// Make it read its table again.
    Reload,
    /// Let it finish what is in flight, then stop it.
    Stop,
}

/// What is known of the proxy before planning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observed {
    /// It is not the plan's business: inside a container it lives and ends with the command.
    Ambient,
    /// None answers.
    Absent,
    /// It answers.
    Running {
        /// What it says of itself.
        status: ProxyStatus,
        /// Whether it is of the same build as this program.
        same_build: bool,
        /// Whether it listens where it should.
        same_port: bool,
        /// Whether it serves the document that is on disk.
        current: bool,
    },
}

/// The address of the proxy in plans.
pub fn address() -> Address {
    Address::of("proxy")
}

/// Adds what it takes to have the proxy running; returns the step that cutovers wait for.
///
/// Without a document on disk there is none to read again: a proxy that runs goes on with the one it
/// has, until the containers' steps have made another.
pub fn plan(
    have: &Observed,
    has_document: bool,
    changes: &mut Vec<Change>,
    graph: &mut Graph<super::Step>,
) -> Option<StepId> {
    let (action, reason, verb, step) = match have {
        Observed::Ambient
        | Observed::Running {
            same_build: true,
            same_port: true,
            current: true,
            ..
        } => return None,
        Observed::Absent => (
            Action::Create,
            Reason::Follows("not running".into()),
            "start",
            Step::Start { replace: false },
        ),
        Observed::Running {
            same_build: false, ..
        } => (
            Action::Update,
            Reason::Follows("runs another build of scf".into()),
            "start",
            Step::Start { replace: true },
        ),
        Observed::Running {
            same_port: false, ..
        } => (
            Action::Update,
            Reason::Follows("listens on another port".into()),
            "start",
            Step::Start { replace: true },
        ),
        Observed::Running { .. } if !has_document => return None,
        Observed::Running { .. } => (
            Action::Update,
            Reason::Unfinished("its table is old".into()),
            "reload",
            Step::Reload,
        ),
    };
    changes.push(Change {
        address: address(),
        action,
        what: "on localhost".into(),
        reasons: vec![reason],
    });
    Some(graph.add(&address(), verb, [], super::Step::Proxy(step)))
}

/// Adds the stop of a running proxy; returns the step that the containers' removal waits for.
pub fn plan_removal(
    have: &Observed,
    changes: &mut Vec<Change>,
    graph: &mut Graph<super::Step>,
) -> Option<StepId> {
    if !matches!(have, Observed::Running { .. }) {
        return None;
    }
    changes.push(Change {
        address: address(),
        action: Action::Delete,
        what: "on localhost".into(),
        reasons: vec![Reason::StageRemoved],
    });
    Some(graph.add(&address(), "stop", [], super::Step::Proxy(Step::Stop)))
}

impl Step {
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Start { replace: false } => "start the proxy",
            Self::Start { replace: true } => "replace the proxy",
            Self::Reload => "reload the proxy",
            Self::Stop => "stop the proxy",
        }
        .to_owned()
    }

    pub(super) fn public(&self) -> Value {
        match self {
            Self::Start { replace } => json!({ "start": { "replace": replace } }),
            Self::Reload => json!("reload"),
            Self::Stop => json!("stop"),
        }
    }

    pub(super) async fn run(&self, cx: &Context) -> Result<(), StepError> {
        // Not torn by a signal: between stop and start nobody would serve.
        let whole = CancellationToken::new();
        match self {
            Self::Start { replace } => {
                if *replace {
                    cx.proxy.stop(&whole).await?;
                }
                cx.proxy.start(&whole).await?;
            }
            Self::Reload => cx.edge.publish().await?,
            Self::Stop => cx.proxy.stop(&cx.cancel).await?,
        }
        Ok(())
    }
}
