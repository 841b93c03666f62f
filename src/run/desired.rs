//! What the config wants on this machine: pure.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::{gather::Source, project::Project};
use crate::{
    config::{ComputeKind, Container},
    edge::{Route, RouteTable, Selection, Tid},
    image::{BuildSettings, SecretSource, SshFlag, flags::SecretFlag},
    names::ContainerName,
    plan::local::{Desired, forced_so_far},
    resource::local::{image, routes::DEFAULT_HOST, service},
    source::{BuildSource, DockerfileSource, Fingerprinted},
};

/// The builder image of a source without a Dockerfile that does not name one.
pub const DEFAULT_BUILDER: &str = "heroku/builder:24";
/// What a container listens on if nothing says otherwise.
const DEFAULT_PORT: u16 = 8080;
/// Lambda gives one virtual CPU at this memory, in MiB ("Configure Lambda function memory").
const LAMBDA_MIB_PER_CPU: u32 = 1769;
/// Units of CPU in one virtual CPU of Fargate (ECS task definition parameters).
const FARGATE_UNITS_PER_CPU: u32 = 1024;
/// CloudFront's origin read timeout for a container without a timeout of its own, in seconds.
const ORIGIN_READ_TIMEOUT: u32 = 30;

/// What an image is built from. Context and Dockerfile are relative to the container's `src`, which
/// is relative to the config. Flags of `build.options` stand beside the keys: the config was refused
/// if both said the same thing.
pub fn build_source(project: &Project, container: &Container) -> BuildSource {
    let Container { src, build, .. } = container;
    let flags = &build.options;
    let src = project.identity.folder.join(src);
    let path = build.dockerfile.as_ref().or(flags.file.as_ref());
    let dockerfile = match (&build.docker_file_string, path, &build.builder) {
        (Some(text), _, _) => DockerfileSource::Inline(text.clone()),
        (None, Some(path), _) => DockerfileSource::Path(src.join(path)),
        (None, None, Some(builder)) => DockerfileSource::Buildpacks(builder.clone()),
        (None, None, None) => DockerfileSource::Path(src.join("Dockerfile")),
    };
    // A variable that is not set leaves the argument its default, as `docker build` has it.
    let arguments = flags.args.iter().filter_map(|(name, value)| {
        let value = value.as_ref().or_else(|| project.environment.get(name))?;
        Some((name.clone(), value.clone()))
    });
    BuildSource {
        context: build
            .context
            .as_ref()
            .map_or_else(|| src.clone(), |context| src.join(context)),
        dockerfile,
        args: build.args.clone().into_iter().chain(arguments).collect(),
        labels: flags.labels.clone(),
        target: build.target.clone().or_else(|| flags.target.clone()),
        platform: build.platform.clone().or_else(|| flags.platform.clone()),
        surroundings: flags.surroundings.clone(),
    }
}

/// How it is built. Paths are relative to the container's `src`.
fn build_settings(project: &Project, container: &Container) -> BuildSettings {
    let Container { src, build, .. } = container;
    let flags = &build.options;
    let src = project.identity.folder.join(src);
    let values = build.secrets.iter();
    let values = values.map(|(id, value)| (id.clone(), SecretSource::Value(value.clone())));
    let flagged = flags.secrets.iter().map(|(id, secret)| {
        let secret = match secret {
            SecretFlag::File(path) => SecretSource::File(src.join(path)),
            SecretFlag::Environment(name) => SecretSource::Environment(name.clone()),
            SecretFlag::Named => SecretSource::Either {
                variable: id.clone(),
                file: src.join(id),
            },
        };
        (id.clone(), secret)
    });
    let ssh = build.ssh.iter().chain(&flags.ssh).map(|flag| SshFlag {
        id: flag.id.clone(),
        paths: flag.paths.iter().map(|path| src.join(path)).collect(),
    });
    BuildSettings {
        manner: flags.manner.clone(),
        secrets: values.chain(flagged).collect(),
        ssh: ssh.collect(),
    }
}

/// What to build when there is no Dockerfile where one is looked for by default: the same with
/// buildpacks. `None` if a key of `build` needs a Dockerfile.
pub fn without_dockerfile(source: &BuildSource, container: &Container) -> Option<BuildSource> {
    let by_default = container.build.dockerfile.is_none()
        && container.build.docker_file_string.is_none()
        && container.build.for_dockerfiles().is_empty();
    by_default.then(|| BuildSource {
        dockerfile: DockerfileSource::Buildpacks(DEFAULT_BUILDER.to_owned()),
        ..source.clone()
    })
}

/// Images, tasks and routes of every container.
pub fn desired(
    project: &Project,
    sources: Vec<Source>,
    tasks: &[service::Task],
    force: bool,
) -> Desired {
    let stack = &project.config.name;
    let containers = sources
        .into_iter()
        .filter_map(|(name, read)| {
            let container = project.config.containers.get(&name)?;
            let forced = forced_so_far(tasks, &name) + u32::from(force);
            let port = port(container, &read);
            let image = image::Spec {
                stack: stack.clone(),
                container: name.clone(),
                source: read,
                moved: Vec::new(),
                // `validate` has refused what names no image.
                cache: container
                    .build
                    .cache
                    .as_ref()
                    .and_then(|name| name.parse().ok()),
                settings: build_settings(project, container),
            };
            let service = service_spec(project, &name, container, image.tag(), port, forced);
            Some((image, service))
        })
        .collect();
    Desired {
        stack: stack.clone(),
        stage: project.identity.stage.clone(),
        containers,
        routes: routes(project),
    }
}

/// Its own setting, else the one port that its Dockerfile exposes, else the default.
fn port(container: &Container, read: &Fingerprinted) -> u16 {
    match (container.port, read.exposed_ports.as_slice()) {
        (Some(port), _) => port,
        (None, [port]) => *port,
        _ => DEFAULT_PORT,
    }
}

fn service_spec(
    project: &Project,
    name: &ContainerName,
    container: &Container,
    image: String,
    port: u16,
    forced: u32,
) -> service::Spec {
    let compute = &container.compute;
    let (tasks, cpu_millis, memory_mib, timeout_seconds) = match compute.kind {
        ComputeKind::AwsLambda => {
            let lambda = &compute.aws_lambda;
            (
                1,
                lambda.memory * 1000 / LAMBDA_MIB_PER_CPU,
                lambda.memory,
                lambda.timeout,
            )
        }
        ComputeKind::AwsFargateEcs => {
            let fargate = &compute.aws_fargate_ecs;
            let cpu = fargate.cpu * 1000 / FARGATE_UNITS_PER_CPU;
            (container.tasks(), cpu, fargate.memory, ORIGIN_READ_TIMEOUT)
        }
    };
    service::Spec {
        stack: project.config.name.clone(),
        stage: project.identity.stage.clone(),
        container: name.clone(),
        image,
        compute: compute.kind,
        tasks,
        environment: environment(project, name, container, port),
        port,
        health_path: container.routing.health_check_path(),
        cpu_millis,
        memory_mib,
        timeout_seconds,
        forced,
    }
}

/// The user's variables, under those that we inject (names as the Serverless Container Framework
/// had them).
fn environment(
    project: &Project,
    name: &ContainerName,
    container: &Container,
    port: u16,
) -> BTreeMap<String, SecretString> {
    let compute = match container.compute.kind {
        ComputeKind::AwsLambda => "awsLambda",
        ComputeKind::AwsFargateEcs => "awsFargateEcs",
    };
    let injected = [
        ("SERVERLESS_NAMESPACE", project.config.name.to_string()),
        ("SERVERLESS_STAGE", project.identity.stage.to_string()),
        ("SERVERLESS_CONTAINER_NAME", name.to_string()),
        ("SERVERLESS_COMPUTE_TYPE", compute.to_owned()),
        (
            "SERVERLESS_ROUTING_PATH_PATTERN",
            container.routing.path_pattern.clone(),
        ),
        ("SERVERLESS_LOCAL", "true".to_owned()),
        ("PORT", port.to_string()),
    ];
    let mut environment = container.environment.clone();
    environment.extend(injected.map(|(name, value)| (name.to_owned(), value.into())));
    environment
}

fn routes(project: &Project) -> RouteTable {
    let routes = project
        .config
        .containers
        .iter()
        .map(|(name, container)| Route {
            pattern: container.routing.path_pattern.clone(),
            domain: container.routing.domain.clone(),
            tid: Tid::of(name),
        });
    RouteTable {
        stage: project.identity.stage.clone(),
        default_host: DEFAULT_HOST.to_owned(),
        selection: Selection::Host(None),
        protected: false,
        version: 0,
        routes: routes.collect(),
    }
}
