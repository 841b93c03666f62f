//! Rules between keys, which a schema cannot say. All of them are judged in one run: each reads
//! only the part of the file that it is about, so a mistake elsewhere does not silence it.

mod build;
mod compute;
mod cron;
mod deployment;
mod events;
mod flags;
mod iam;
mod integrations;
mod lambda;
mod listener;
mod names;
mod network;
mod numbers;
mod resources;
mod routing;
mod scale;
mod schedule;
mod secrets;
mod stages;
mod statements;
mod steps;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    problem::Problem,
    schema::ComputeKind,
    tree::{Node, Path, Place, Span, Step},
};
use crate::names::Stage;

/// The file as the rules see it.
pub(super) struct Document<'a> {
    pub tree: &'a Node,
    pub json: &'a Value,
    pub text: &'a str,
    /// The stage that is planned.
    pub stage: &'a Stage,
    /// Values that the schema refused.
    pub broken: &'a [Path],
}

/// What the rules find, warnings included.
pub(super) fn check(document: &Document<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    names::check(document, &mut problems);
    deployment::check(document, &mut problems);
    for container in document.children(&Path::of(&["containers"])) {
        compute::check(document, &container.key("compute"), &mut problems);
        build::check(document, &container.key("build"), &mut problems);
        lambda::check(document, &container, &mut problems);
        integrations::check(document, &container.key("integrations"), &mut problems);
        numbers::check(document, &container.key("environment"), &mut problems);
        numbers::check(document, &container.key("build").key("args"), &mut problems);
    }
    resources::check(document, &mut problems);
    network::check(document, &mut problems);
    listener::check(document, &mut problems);
    routing::check(document, &mut problems);
    stages::check(document, &mut problems);
    secrets::check(document, &mut problems);
    problems
}

impl<'a> Document<'a> {
    /// The value at `path`, typed; nothing when it is absent or broken.
    fn typed<T: DeserializeOwned>(&self, path: &Path) -> Option<T> {
        if self.broken.iter().any(|broken| broken.is_within(path)) {
            return None;
        }
        T::deserialize(self.value(path)?).ok()
    }

    /// What a container runs on in this stage; nothing when what is written is none.
    fn compute(&self, container: &Path) -> Option<ComputeKind> {
        let Some(Step::Key(name)) = container.steps().last() else {
            return None;
        };
        let of_stage = ["stages", self.stage.as_str(), "compute", name];
        let compute = [Path::of(&of_stage), container.key("compute")];
        match compute.iter().find(|path| self.has(path)) {
            Some(compute) if self.has(&compute.key("type")) => self.typed(&compute.key("type")),
            _ => Some(ComputeKind::default()),
        }
    }

    fn value(&self, path: &Path) -> Option<&'a Value> {
        self.json.pointer(&path.pointer())
    }

    fn has(&self, path: &Path) -> bool {
        self.value(path).is_some()
    }

    fn place(&self, path: &Path) -> Place<'a> {
        self.tree.locate(path)
    }

    /// What to underline for a value.
    fn span(&self, path: &Path) -> Span {
        self.place(path).highlight()
    }

    /// What to underline for a key as such.
    fn key_span(&self, path: &Path) -> Span {
        self.place(path)
            .key
            .map_or_else(|| self.span(path), |entry| entry.key_span.clone())
    }

    /// The paths of the keys of a map.
    fn children(&self, path: &Path) -> Vec<Path> {
        if !self.has(path) {
            return Vec::new();
        }
        self.place(path)
            .node
            .entries()
            .iter()
            .map(|entry| path.key(&entry.key))
            .collect()
    }
}
