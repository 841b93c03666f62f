//! What the config wants on this machine: pure.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::{project::Project, recipe, sources::Source};
use crate::{
    config::{ComputeKind, Container},
    edge::{Route, RouteTable, Selection, Tid},
    names::ContainerName,
    plan::local::{Desired, forced_so_far},
    resource::local::{image, routes::DEFAULT_HOST, service},
    source::Fingerprinted,
};

/// What a container listens on if nothing says otherwise.
const DEFAULT_PORT: u16 = 8080;
/// Lambda gives one virtual CPU at this memory, in MiB ("Configure Lambda function memory").
const LAMBDA_MIB_PER_CPU: u32 = 1769;
/// Units of CPU in one virtual CPU of Fargate (ECS task definition parameters).
const FARGATE_UNITS_PER_CPU: u32 = 1024;
/// CloudFront's origin read timeout for a container without a timeout of its own, in seconds.
const ORIGIN_READ_TIMEOUT: u32 = 30;

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
                settings: recipe::settings(project, container),
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
        plain_environment: container.plain_environment.clone(),
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
