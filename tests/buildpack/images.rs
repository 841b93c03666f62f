//! Builds that succeed.

use std::time::Duration;

use bollard::query_parameters::{ListContainersOptionsBuilder, ListVolumesOptions};

use crate::bed::Bed;

/// Containers of builders of this bed, running or not.
async fn containers(bed: &Bed) -> usize {
    let options = ListContainersOptionsBuilder::default().all(true).build();
    let all = bed
        .scratch
        .docker
        .list_containers(Some(options))
        .await
        .unwrap();
    let repository = bed.tag.rsplit_once(':').unwrap().0;
    let ours = |labels: &std::collections::HashMap<String, String>| {
        labels
            .get("scf.build")
            .is_some_and(|build| build == repository)
    };
    all.iter()
        .filter(|container| container.labels.as_ref().is_some_and(ours))
        .count()
}

/// Cache volumes of this bed.
async fn caches(bed: &Bed) -> usize {
    let all = bed.scratch.docker.list_volumes(None::<ListVolumesOptions>);
    let repository = bed.tag.rsplit_once(':').unwrap().0.replace('/', "-");
    let volumes = all.await.unwrap().volumes.unwrap_or_default();
    let ours = volumes
        .iter()
        .filter(|volume| volume.name.starts_with(&repository));
    ours.count()
}

#[tokio::test]
async fn a_source_without_a_dockerfile_becomes_a_labelled_image() {
    let bed = Bed::new().await;
    let mut source = bed.source();
    source
        .args
        .insert("BP_TEST".to_owned(), "secret-of-the-build".to_owned());
    let id = bed.build_from(&source).await.unwrap();
    let image = bed.inspect().await;
    assert_eq!(image.id.as_deref(), Some(id.as_str()));
    let config = image.config.unwrap();
    let labels = config.labels.unwrap();
    assert_eq!(labels["scf.test"], "yes");
    assert_eq!(labels["io.buildpacks.test"], "yes");
    assert_eq!(config.entrypoint.unwrap(), ["/cnb/process/web"]);
    let lines = bed.lines();
    let told = [
        "platform API 0.12",
        "previous image: none",
        "build 1 with this cache",
        "variable BP_TEST has 19 bytes",
    ];
    for line in told {
        assert!(lines.iter().any(|told| told == line), "{line}: {lines:?}");
    }
    assert!(!lines.join("\n").contains("secret-of-the-build"));
    assert_eq!(containers(&bed).await, 0);
}

#[tokio::test]
async fn the_next_build_has_the_cache_and_the_last_image() {
    let bed = Bed::new().await;
    bed.build().await.unwrap();
    let first = bed.inspect().await.id;
    bed.lines();
    bed.write("greeting", "hello again");
    bed.build().await.unwrap();
    let lines = bed.lines();
    assert_eq!(caches(&bed).await, 2);
    for line in ["previous image: found", "build 2 with this cache"] {
        assert!(lines.iter().any(|told| told == line), "{line}: {lines:?}");
    }
    assert_ne!(bed.inspect().await.id, first);
    // The name that the image had before it was labelled is gone.
    let unlabelled = format!("{}-unlabelled", bed.tag);
    bed.scratch
        .docker
        .inspect_image(&unlabelled)
        .await
        .unwrap_err();
}

#[tokio::test]
async fn a_dropped_build_leaves_no_container() {
    let bed = Bed::new().await;
    bed.write("sleep", "120");
    let begun = async {
        while !bed
            .lines()
            .iter()
            .any(|line| line == "build 1 with this cache")
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(containers(&bed).await, 1);
    };
    tokio::select! {
        ended = bed.build() => panic!("{ended:?}"),
        () = begun => {}
    }
    assert_eq!(containers(&bed).await, 0);
    // It was the first build: no image has use of its caches, nor would its removal remove them.
    assert_eq!(caches(&bed).await, 0);
}
