//! Builders and sources that cannot work.

use insta::assert_snapshot;

use crate::bed::{Bed, Says};

async fn refused(says: Says) -> String {
    let bed = Bed::with(&says).await;
    let error = bed.build().await.unwrap_err();
    bed.shown(error)
}

#[tokio::test]
async fn a_lifecycle_of_other_times_is_refused() {
    assert_snapshot!(refused(Says { apis: &["0.3", "0.9"], ..Says::default() }).await, @"
    error: the lifecycle of builder builder:test speaks platform API 0.3, 0.9; spoken here are 0.15, 0.14, 0.13, 0.12, 0.11, 0.10
    hint: name another version of the builder (`build.builder`)
    class: Config
    ");
}

#[tokio::test]
async fn the_newest_common_version_is_spoken() {
    for apis in [&["0.9", "0.10"] as &[_], &["0.14", "0.15"]] {
        let bed = Bed::with(&Says {
            apis,
            ..Says::default()
        })
        .await;
        bed.build().await.unwrap();
    }
}

#[tokio::test]
async fn an_image_that_is_no_builder_is_refused() {
    assert_snapshot!(refused(Says { metadata: Some("no JSON"), ..Says::default() }).await, @"
    error: image builder:test is no builder of Cloud Native Buildpacks: it has no label io.buildpacks.builder.metadata
    hint: `build.builder` names a builder image, as `heroku/builder:24` is one
    class: Config
    ");
    assert_snapshot!(refused(Says { metadata: Some("{}"), ..Says::default() }).await, @"
    error: the builder names no run image
    hint: `build.builder` names a builder image, as `heroku/builder:24` is one
    class: Config
    ");
    assert_snapshot!(refused(Says { creator: "/elsewhere", ..Says::default() }).await, @"
    error: image builder:test is no builder of Cloud Native Buildpacks: it has no /cnb/lifecycle/creator
    hint: `build.builder` names a builder image, as `heroku/builder:24` is one
    class: Config
    ");
}

#[tokio::test]
async fn a_run_image_that_cannot_be_had_is_named() {
    let metadata = Some(r#"{"stack":{"runImage":{"image":"127.0.0.1:1/run:1"}}}"#);
    assert_snapshot!(refused(Says { metadata, ..Says::default() }).await, @r#"
    error: the run image 127.0.0.1:1/run:1 is not on this engine and cannot be pulled: the engine could not pull 127.0.0.1:1/run:1: Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused
    hint: name a builder that this engine can pull (`build.builder`), or write a Dockerfile
    class: Unavailable
    "#);
}

#[tokio::test]
async fn a_builder_that_cannot_be_had_is_named() {
    let mut bed = Bed::new().await;
    bed.builder = "127.0.0.1:1/builder:1".to_owned();
    let error = bed.build().await.unwrap_err();
    assert_snapshot!(bed.shown(error), @r#"
    error: the builder image builder:test is not on this engine and cannot be pulled: the engine could not pull builder:test: Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused
    hint: name a builder that this engine can pull (`build.builder`), or write a Dockerfile
    class: Unavailable
    "#);
    bed.builder = "No Image".to_owned();
    let error = bed.build().await.unwrap_err();
    assert_snapshot!(bed.shown(error), @r#"
    error: "builder:test" is not the name of an image: its repository may have only lower-case words, digits and single `.`, `_`, `-` between them
    hint: write `registry/repository:tag`, as in `ghcr.io/org/app:cache`, or `registry/repository@sha256:…`
    class: Config
    "#);
}

#[tokio::test]
async fn a_builder_for_another_platform_is_refused() {
    let bed = Bed::new().await;
    let mut source = bed.source();
    source.platform = Some("linux/arm64".to_owned());
    let error = bed.build_from(&source).await.unwrap_err();
    assert_snapshot!(bed.shown(error), @"
    error: builder builder:test is for linux/amd64, not for linux/arm64
    hint: name a builder for that platform (`build.builder`), or take out `build.platform`
    class: Build
    ");
}

#[tokio::test]
async fn an_image_without_a_process_is_refused() {
    let bed = Bed::new().await;
    bed.write("no-process", "");
    let error = bed.build().await.unwrap_err();
    assert_snapshot!(bed.shown(error), @"
    error: image scf/app:tag has no default process: its buildpacks found nothing to start
    hint: say what to start in a file `Procfile` of the source: `web: <command>`
    class: Build
    ");
    bed.scratch
        .docker
        .inspect_image(&bed.tag)
        .await
        .unwrap_err();
}

#[tokio::test]
async fn an_argument_must_be_able_to_be_a_file() {
    let bed = Bed::new().await;
    let mut source = bed.source();
    source
        .args
        .insert("../../etc/passwd".to_owned(), "x".to_owned());
    let error = bed.build_from(&source).await.unwrap_err();
    assert_snapshot!(bed.shown(error), @r#"
    error: build argument "../../etc/passwd" cannot be given to buildpacks
    hint: call it as an environment variable is called: letters, digits and `_`
    class: Config
    "#);
}

#[tokio::test]
async fn a_source_that_changes_while_it_is_sent_is_refused() {
    let bed = Bed::new().await;
    let request = bed.request(&bed.source());
    bed.write("greeting", "hullo");
    let built = scf::image::build(&bed.scratch.docker, &request, &|_| {}).await;
    let shown = bed
        .shown(built.unwrap_err())
        .replace(bed.root().as_str(), "/source");
    assert_snapshot!(shown, @"
    error: the source of image scf/app:tag could not be sent to the builder: /source/greeting changed while the build context was being sent
    hint: run again once nothing writes to the build context, or list the file in `.dockerignore`
    class: Build
    ");
}
