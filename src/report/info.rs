//! What runs, as text and as JSON.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Value, json};

use crate::names::{StackName, Stage};

/// A stage as it runs.
#[derive(Debug, Clone, Serialize)]
pub struct Info {
    /// `name` of the config.
    pub name: StackName,
    /// The stage.
    pub stage: Stage,
    /// Where its routes are served; `None` while nothing serves.
    pub url: Option<String>,
    /// Its routes.
    pub routes: Vec<RouteInfo>,
    /// Its containers.
    pub containers: Vec<ContainerInfo>,
    /// When the last deployment ended.
    pub deployed: Option<String>,
}

/// A route with its URL.
#[derive(Debug, Clone, Serialize)]
pub struct RouteInfo {
    /// Where it begins.
    pub url: String,
    /// Its pattern.
    pub pattern: String,
    /// The container that answers.
    pub container: String,
}

/// A container as it runs.
#[derive(Debug, Clone, Serialize)]
pub struct ContainerInfo {
    /// Its name.
    pub name: String,
    /// `repository:fingerprint`.
    pub image: String,
    /// Tasks that run.
    pub running: usize,
    /// Tasks that get requests.
    pub serving: usize,
}

/// For people.
pub fn info_text(info: &Info) -> String {
    let Info {
        name,
        stage,
        url,
        routes,
        containers,
        deployed,
    } = info;
    let mut text = format!("{name}, stage {stage}, target local\n\n");
    if containers.is_empty() {
        let _ = writeln!(text, "Nothing is deployed.");
        return text;
    }
    let width = containers
        .iter()
        .map(|container| container.name.len())
        .max()
        .unwrap_or(0);
    for ContainerInfo {
        name,
        image,
        running,
        serving,
    } in containers
    {
        let _ = writeln!(
            text,
            "  {name:width$}  {running} running, {serving} serving  {image}"
        );
    }
    if url.is_none() {
        let _ = writeln!(
            text,
            "\nThe proxy is not running: `scf deploy --target local` starts it."
        );
    }
    text.push('\n');
    for RouteInfo {
        url,
        pattern: _,
        container,
    } in routes
    {
        let _ = writeln!(text, "  {url}  ->  {container}");
    }
    if let Some(deployed) = deployed {
        let _ = writeln!(text, "\nLast deployed {deployed}");
    }
    text
}

/// For programs. The format is versioned: `scf.info/v1`.
pub fn info_json(info: &Info) -> Value {
    let mut value = json!(info);
    value["format"] = json!("scf.info/v1");
    value
}
