//! `scf info`: what runs, from the engine and the proxy.

use std::collections::{BTreeMap, BTreeSet};

use super::{Session, gather, local_only, print_as, project::Identity, stage::LocalStage};
use crate::{
    cli::StageArgs,
    edge::Tid,
    error::Result,
    names::ContainerName,
    plan::local::Observed,
    report::{self, ContainerInfo, Info, RouteInfo},
    state,
};

/// Runs the command.
///
/// # Errors
/// Config, engine, or state.
pub async fn run(args: &StageArgs, session: &Session) -> Result<()> {
    local_only(args.target)?;
    let identity = Identity::load(&args.config, session).await?;
    let stage = LocalStage::open(identity, None, session).await?;
    let info = read(&stage).await?;
    print_as(
        args.config.output,
        || report::info_text(&info),
        || report::info_json(&info),
    )
}

/// Reads what runs.
///
/// # Errors
/// The engine's or the disk's.
pub async fn read(stage: &LocalStage) -> Result<Info> {
    let observed = gather::observe(stage).await?;
    let port = gather::answering(stage.proxy.status().await)?.map(|status| status.port);
    let remembered = state::load(stage.objects.as_ref()).await?;
    let deployments = remembered
        .map(|versioned| versioned.state.deployments)
        .unwrap_or_default();
    Ok(Info {
        name: stage.identity.name.clone(),
        stage: stage.identity.stage.clone(),
        url: port.map(|port| format!("http://localhost:{port}")),
        routes: routes(&observed, port),
        containers: containers(&observed),
        deployed: deployments.last().map(|last| format!("{:.0}", last.at)),
    })
}

fn routes(observed: &Observed, port: Option<u16>) -> Vec<RouteInfo> {
    let (Some(document), Some(port)) = (&observed.document, port) else {
        return Vec::new();
    };
    let names: BTreeMap<Tid, &ContainerName> = observed
        .tasks
        .iter()
        .map(|task| (Tid::of(&task.container), &task.container))
        .collect();
    let route = |route: &crate::edge::Route| {
        let host = route
            .domain
            .as_ref()
            .map_or("localhost".to_owned(), |domain| {
                format!("{domain}.localhost")
            });
        let path = route.pattern.split(['*', '?']).next().unwrap_or_default();
        Some(RouteInfo {
            url: format!("http://{host}:{port}{path}"),
            pattern: route.pattern.clone(),
            container: names.get(&route.tid)?.to_string(),
        })
    };
    document.routes.iter().filter_map(route).collect()
}

fn containers(observed: &Observed) -> Vec<ContainerInfo> {
    let serving: BTreeSet<&str> = observed
        .document
        .iter()
        .flat_map(|document| document.groups.values())
        .flat_map(|group| group.members.iter().map(|member| member.id.as_str()))
        .collect();
    let mut containers = BTreeMap::<&ContainerName, ContainerInfo>::new();
    for task in &observed.tasks {
        let serves = task.running && serving.contains(task.id.as_str());
        let info = containers
            .entry(&task.container)
            .or_insert_with(|| ContainerInfo {
                name: task.container.to_string(),
                image: String::new(),
                running: 0,
                serving: 0,
            });
        info.running += usize::from(task.running);
        info.serving += usize::from(serves);
        if let Some(recorded) = task
            .recorded
            .as_ref()
            .filter(|_| serves || info.image.is_empty())
        {
            info.image.clone_from(&recorded.image);
        }
    }
    containers.into_values().collect()
}
