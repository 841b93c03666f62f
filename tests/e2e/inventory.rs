//! Everything in the engine that bears a stack's name, asked of the engine itself.

use std::collections::BTreeMap;

use bollard::{
    Docker,
    query_parameters::{
        InspectContainerOptions, ListContainersOptionsBuilder, ListImagesOptionsBuilder,
        ListNetworksOptions, ListVolumesOptions,
    },
};

/// One line an object, sorted. Ids, addresses and times are left out; revisions are numbered in the
/// order of their names within a container, since they are keyed by the stage's random key.
pub async fn inventory(docker: &Docker, name: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let options = ListContainersOptionsBuilder::new().all(true).build();
    for summary in docker.list_containers(Some(options)).await.unwrap() {
        let id = summary.id.unwrap();
        // Gone between the two calls: it belongs to another test.
        let Ok(found) = docker
            .inspect_container(&id, None::<InspectContainerOptions>)
            .await
        else {
            continue;
        };
        let own = found.name.as_deref().unwrap_or_default().contains(name);
        let config = found.config.unwrap();
        let labels: BTreeMap<_, _> = config.labels.unwrap_or_default().into_iter().collect();
        if !own && labels.get("scf.name").map(String::as_str) != Some(name) {
            continue;
        }
        let mut environment = config.env.unwrap_or_default();
        environment.sort();
        let networks: Vec<String> = found
            .network_settings
            .unwrap()
            .networks
            .unwrap()
            .into_keys()
            .collect();
        lines.push(format!(
            "container {} image={} running={:?} networks={networks:?} environment={environment:?} labels={labels:?}",
            found.name.unwrap(),
            config.image.unwrap_or_default(),
            found.state.unwrap().running,
        ));
    }
    for network in docker
        .list_networks(None::<ListNetworksOptions>)
        .await
        .unwrap()
    {
        if network.name.as_deref().unwrap_or_default().contains(name) {
            let labels: BTreeMap<_, _> = network.labels.unwrap_or_default().into_iter().collect();
            lines.push(format!("network {} {labels:?}", network.name.unwrap()));
        }
    }
    for volume in docker
        .list_volumes(None::<ListVolumesOptions>)
        .await
        .unwrap()
        .volumes
        .unwrap_or_default()
    {
        if volume.name.contains(name) {
            lines.push(format!("volume {}", volume.name));
        }
    }
    let options = ListImagesOptionsBuilder::new().build();
    for image in docker.list_images(Some(options)).await.unwrap() {
        let mut tags: Vec<String> = image
            .repo_tags
            .into_iter()
            .filter(|tag| tag.contains(name))
            .collect();
        tags.sort();
        if !tags.is_empty() {
            lines.push(format!("image {tags:?}"));
        }
    }
    let mut lines: Vec<String> = lines
        .into_iter()
        .map(|line| normalise(&line, name))
        .collect();
    lines.sort();
    lines
}

/// Takes out what is random: the stack's own name, its key, and what is derived from the key.
fn normalise(line: &str, name: &str) -> String {
    let keyed = [
        (r#""scf.key": "[0-9a-f]{64}""#, r#""scf.key": "KEY""#),
        (
            r#""scf.revision": "[0-9a-f]{8}""#,
            r#""scf.revision": "REVISION""#,
        ),
        (r"-[0-9a-f]{8}-(\d+) ", "-REVISION-$1 "),
        (r#"\\":\\"[0-9a-f]{16}\\""#, r#"\":\"HASH\""#),
    ];
    keyed
        .iter()
        .fold(line.replace(name, "STACK"), |line, (pattern, with)| {
            regex::Regex::new(pattern)
                .unwrap()
                .replace_all(&line, *with)
                .into_owned()
        })
}
