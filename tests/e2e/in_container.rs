//! `scf` in a container that has nothing but the engine's socket: no bind mount of the project, no
//! published port.

use std::{path::Path, process::Command, time::Duration};

use bollard::{
    Docker,
    models::{ContainerCreateBody, HostConfig},
    query_parameters::{
        CreateContainerOptionsBuilder, InspectContainerOptions, LogsOptionsBuilder,
        RemoveContainerOptionsBuilder, RemoveImageOptions, StopContainerOptions,
        WaitContainerOptions,
    },
};
use camino::Utf8PathBuf;
use futures::{StreamExt as _, TryStreamExt as _};
use scf::{
    image::{BuildRequest, Builder, registry::Credentials},
    source::{BuildSource, DockerfileSource},
};

use crate::{
    inventory::inventory,
    stage::{Stage, docker},
};

/// An image with `scf`, the libraries that it is linked to, and the project.
async fn runner_image(stage: &Stage) -> String {
    let root = tempfile::tempdir().unwrap();
    let copy = |from: &Path, to: &str| {
        let to = root.path().join(to.trim_start_matches('/'));
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(from, to).unwrap();
    };
    let scf = Path::new(env!("CARGO_BIN_EXE_scf"));
    copy(scf, "/scf");
    let linked = Command::new("ldd").arg(scf).output().unwrap();
    for word in String::from_utf8(linked.stdout).unwrap().split_whitespace() {
        if word.starts_with('/') {
            copy(Path::new(word), word);
        }
    }
    for entry in [
        "serverless.containers.yml",
        "web/Dockerfile",
        "web/.dockerignore",
        "web/bin/web",
    ] {
        copy(&stage.path(entry), &format!("/project/{entry}"));
    }
    for entry in ["api/Dockerfile", "api/.dockerignore", "api/bin/api"] {
        copy(&stage.path(entry), &format!("/project/{entry}"));
    }
    let context = Utf8PathBuf::from_path_buf(root.path().to_owned()).unwrap();
    let dockerfile = "FROM scratch\nCOPY . /\nWORKDIR /project\nENTRYPOINT [\"/scf\"]\n";
    let source = scf::source::read(&BuildSource::new(
        context,
        DockerfileSource::Inline(dockerfile.to_owned()),
    ))
    .unwrap();
    let tag = format!("scf-runner:{}", std::process::id());
    let request = BuildRequest {
        tag: tag.clone(),
        source,
        labels: std::collections::BTreeMap::new(),
        builder: Builder::Newest,
        credentials: Credentials::default(),
        cache: None,
        settings: scf::image::BuildSettings::default(),
    };
    let engine = scf::image::connect().await.unwrap();
    scf::image::build(&engine, &request, &|_| ()).await.unwrap();
    tag
}

/// A runner; removed by its id whatever happens.
struct Runner {
    docker: Docker,
    id: String,
}

impl Runner {
    async fn start(docker: &Docker, image: &str, args: &[&str]) -> Self {
        let body = ContainerCreateBody {
            image: Some(image.to_owned()),
            cmd: Some(args.iter().map(|arg| (*arg).to_owned()).collect()),
            env: Some(vec![
                "SCF_TARGET=local".into(),
                "SCF_HEALTH_DEADLINE=20".into(),
            ]),
            host_config: Some(HostConfig {
                binds: Some(vec!["/var/run/docker.sock:/var/run/docker.sock".into()]),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        };
        let options = CreateContainerOptionsBuilder::new().build();
        let id = docker
            .create_container(Some(options), body)
            .await
            .unwrap()
            .id;
        docker.start_container(&id, None).await.unwrap();
        Self {
            docker: docker.clone(),
            id,
        }
    }

    async fn wait(&self) -> i64 {
        let mut ended = self
            .docker
            .wait_container(&self.id, None::<WaitContainerOptions>);
        match ended.next().await.unwrap() {
            Ok(ended) => ended.status_code,
            Err(bollard::errors::Error::DockerContainerWaitError { code, .. }) => code,
            Err(error) => panic!("{error}"),
        }
    }

    async fn output(&self) -> String {
        let options = LogsOptionsBuilder::new().stdout(true).stderr(true).build();
        let chunks: Vec<_> = self
            .docker
            .logs(&self.id, Some(options))
            .try_collect()
            .await
            .unwrap();
        chunks.into_iter().map(|chunk| chunk.to_string()).collect()
    }

    /// Address on the engine's default bridge.
    async fn address(&self) -> String {
        let own = self
            .docker
            .inspect_container(&self.id, None::<InspectContainerOptions>)
            .await
            .unwrap();
        let networks = own.network_settings.unwrap().networks.unwrap();
        networks["bridge"].ip_address.clone().unwrap()
    }

    async fn remove(self) {
        let options = RemoveContainerOptionsBuilder::new().force(true).build();
        self.docker
            .remove_container(&self.id, Some(options))
            .await
            .unwrap();
    }
}

async fn run(docker: &Docker, image: &str, args: &[&str]) -> String {
    let runner = Runner::start(docker, image, args).await;
    let code = runner.wait().await;
    let output = runner.output().await;
    runner.remove().await;
    assert_eq!(code, 0, "{output}");
    output
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_is_deployed_served_and_removed_with_nothing_but_the_socket() {
    let docker = docker().await;
    let stage = Stage::shop();
    let image = runner_image(&stage).await;

    let first = run(&docker, &image, &["deploy"]).await;
    assert!(
        first.contains("Plan: 6 to create, 0 to change, 0 to destroy."),
        "{first}"
    );
    assert!(first.contains("api  2 running, 2 serving"), "{first}");
    let deployed = inventory(&docker, &stage.name).await;
    assert_eq!(deployed.len(), 6, "{deployed:#?}");

    // Its state went with its container: what runs is found by its labels, and left alone.
    let second = run(&docker, &image, &["deploy"]).await;
    assert!(second.contains("web  1 running, 1 serving"), "{second}");
    assert!(
        !second.contains("/start"),
        "no task is started again: {second}"
    );
    assert_eq!(inventory(&docker, &stage.name).await, deployed);

    // The proxy lives as long as the command.
    let dev = Runner::start(&docker, &image, &["dev"]).await;
    let address = dev.address().await;
    let mut answer = None;
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(200)).await;
        answer = get(&address, "/api/items").await;
        if answer.is_some() {
            break;
        }
    }
    assert!(
        answer.is_some_and(|body| body.contains("apples")),
        "{}",
        dev.output().await
    );
    docker
        .stop_container(&dev.id, None::<StopContainerOptions>)
        .await
        .unwrap();
    assert_eq!(dev.wait().await, 0, "{}", dev.output().await);
    dev.remove().await;
    assert_eq!(inventory(&docker, &stage.name).await, deployed);

    run(&docker, &image, &["remove"]).await;
    assert_eq!(inventory(&docker, &stage.name).await, Vec::<String>::new());
    docker
        .remove_image(&image, None::<RemoveImageOptions>, None)
        .await
        .unwrap();
}

/// The body of a good answer from the proxy in the container.
async fn get(address: &str, path: &str) -> Option<String> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect((address, 8080)).await.ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    answer.starts_with("HTTP/1.1 200").then_some(answer)
}
