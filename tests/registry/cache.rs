//! The build cache in a registry.

use std::{
    collections::HashMap,
    io::{Read as _, Write as _},
    os::unix::net::UnixStream,
};

use bollard::{
    Docker,
    query_parameters::{PruneBuildOptionsBuilder, RemoveImageOptionsBuilder},
};
use scf::image::{Builder, cache};

use crate::{
    bed::{Auth, RegistryServer},
    context::Context,
    program::static_program,
    scratch::Scratch,
};

/// Writes something else each time it runs.
const DICE: &str = r#"
use std::{fs, io::Read};
fn main() {
    let mut bytes = [0; 16];
    fs::File::open("/dev/urandom").unwrap().read_exact(&mut bytes).unwrap();
    fs::write("/thrown", format!("{bytes:?}")).unwrap();
    println!("threw the dice");
}
"#;

/// A Dockerfile whose one expensive step can be told from those of all other builds.
fn dockerfile(mark: &str) -> String {
    format!("FROM scratch\nCOPY dice /dice\nRUN [\"/dice\", \"{mark}\"]\n")
}

/// Makes the engine forget this step, as if it had been built on another machine: the image, and
/// what the builder kept of its layers.
async fn forget(docker: &Docker, image: &str, mark: &str) {
    let force = RemoveImageOptionsBuilder::default().force(true).build();
    docker.remove_image(image, Some(force), None).await.unwrap();
    for record in records(mark) {
        let filters = HashMap::from([("id", vec![record])]);
        let options = PruneBuildOptionsBuilder::default()
            .all(true)
            .filters(&filters)
            .build();
        docker.prune_build(Some(options)).await.unwrap();
    }
}

/// Ids of the builder's records of this step. The client library reads only the newest engines' form
/// of this answer.
fn records(mark: &str) -> Vec<String> {
    let mut socket = UnixStream::connect("/var/run/docker.sock").unwrap();
    let request = "GET /v1.41/system/df HTTP/1.0\r\nHost: docker\r\n\r\n";
    socket.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    let usage: serde_json::Value = serde_json::from_str(body).unwrap();
    let records = usage["BuildCache"].as_array().unwrap().iter();
    let ours = records.filter(|record| record["Description"].as_str().unwrap().contains(mark));
    ours.map(|record| record["ID"].as_str().unwrap().to_owned())
        .collect()
}

async fn layers(docker: &Docker, image: &str) -> Vec<String> {
    docker
        .inspect_image(image)
        .await
        .unwrap()
        .root_fs
        .unwrap()
        .layers
        .unwrap()
}

#[tokio::test]
async fn another_machine_takes_the_layers_from_the_registry() {
    let server = RegistryServer::start(&Auth::Basic);
    let (scratch, keychain) = (Scratch::new().await, server.known());
    let docker = &scratch.docker;
    let reference = server.reference("shop/api:cache");
    let mark = scratch.name().replace(':', "-");
    let context = Context::new(&scratch, &dockerfile(&mark));
    context.add("dice", &static_program("registry-dice", DICE));

    let (first, built) = context
        .build(Builder::Newest, &keychain, Some(&reference))
        .await;
    built.unwrap();
    let lines = context.lines();
    assert!(
        lines.iter().any(|line| line == "threw the dice"),
        "{lines:?}"
    );
    // A cache that is not there yet is worth a line, and no more.
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("warning: the build cache is not used: ")),
        "{lines:?}"
    );
    let thrown = layers(docker, &first).await;
    let stored = cache::publish(docker, &first, &reference, &keychain, &|_| {})
        .await
        .unwrap();
    assert_eq!(stored.reference, reference);

    // Without the cache the engine has to throw the dice again.
    forget(docker, &first, &mark).await;
    let (second, built) = context.build(Builder::Newest, &keychain, None).await;
    built.unwrap();
    assert!(context.lines().iter().any(|line| line == "threw the dice"));
    assert_ne!(layers(docker, &second).await, thrown);

    forget(docker, &second, &mark).await;
    let (third, built) = context
        .build(Builder::Newest, &keychain, Some(&reference))
        .await;
    built.unwrap();
    let lines = context.lines();
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("CACHED ") && line.contains(&mark)),
        "{lines:?}"
    );
    assert!(
        !lines.iter().any(|line| line == "threw the dice"),
        "{lines:?}"
    );
    assert_eq!(layers(docker, &third).await, thrown);
}

#[tokio::test]
async fn the_classic_builder_takes_them_from_the_image_itself() {
    let server = RegistryServer::start(&Auth::Basic);
    let (scratch, keychain) = (Scratch::new().await, server.known());
    let docker = &scratch.docker;
    let reference = server.reference("shop/api:cache");
    scratch.remember(&reference.to_string());
    let mark = scratch.name().replace(':', "-");
    let context = Context::new(&scratch, &dockerfile(&mark));
    context.add("dice", &static_program("registry-dice", DICE));

    cache::fetch(docker, &reference, &keychain, &|_| {})
        .await
        .expect_err("there is none yet");
    let (first, built) = context
        .build(Builder::Classic, &keychain, Some(&reference))
        .await;
    built.unwrap();
    assert!(context.lines().iter().any(|line| line == "threw the dice"));
    let thrown = layers(docker, &first).await;
    cache::publish(docker, &first, &reference, &keychain, &|_| {})
        .await
        .unwrap();
    let force = RemoveImageOptionsBuilder::default().force(true).build();
    docker
        .remove_image(&first, Some(force), None)
        .await
        .unwrap();

    cache::fetch(docker, &reference, &keychain, &|_| {})
        .await
        .unwrap();
    let (second, built) = context
        .build(Builder::Classic, &keychain, Some(&reference))
        .await;
    built.unwrap();
    let lines = context.lines();
    assert!(
        !lines.iter().any(|line| line == "threw the dice"),
        "{lines:?}"
    );
    assert_eq!(layers(docker, &second).await, thrown);
}

#[tokio::test]
async fn a_cache_that_may_not_be_read_does_not_hold_up_a_build() {
    let server = RegistryServer::start(&Auth::Basic);
    let scratch = Scratch::new().await;
    let keychain = server.keychain("scf:wrong");
    let reference = server.reference("shop/api:cache");
    let context = Context::new(&scratch, "FROM scratch\nCOPY Dockerfile /\n");
    let (tag, built) = context
        .build(Builder::Newest, &keychain, Some(&reference))
        .await;
    built.unwrap();
    let lines = context.lines();
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("warning: the build cache is not used: ")),
        "{lines:?}"
    );
    let refused = cache::publish(&scratch.docker, &tag, &reference, &keychain, &|_| {}).await;
    assert!(refused.unwrap_err().to_string().contains("refuses to push"));
    // What fails for another reason says so.
    let broken = Context::new(&scratch, "FROM scratch\nCOPY nothing /\n");
    let (_, built) = broken
        .build(Builder::Newest, &keychain, Some(&reference))
        .await;
    let error = built.unwrap_err().to_string();
    assert!(
        error.contains("nothing") && !error.contains("cache"),
        "{error}"
    );
}
