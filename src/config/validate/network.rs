//! `awsVpc`: subnets that a load balancer can stand in. Elastic Load Balancing API reference,
//! `CreateLoadBalancer`.

use std::collections::BTreeMap;

use super::Document;
use crate::config::{
    problem::Problem,
    schema::{ComputeKind, Vpc},
    tree::Path,
};

pub(super) fn check(document: &Document<'_>, problems: &mut Vec<Problem>) {
    let vpc = Path::of(&["deployment", "awsVpc"]);
    let Some(Vpc {
        public_subnets,
        private_subnets,
        ..
    }) = document.typed(&vpc)
    else {
        return;
    };
    let public = vpc.key("publicSubnets");
    repeated(document, &public, &public_subnets, problems);
    repeated(
        document,
        &vpc.key("privateSubnets"),
        &private_subnets,
        problems,
    );
    let mut containers = document.children(&Path::of(&["containers"])).into_iter();
    let on_fargate =
        containers.find(|path| document.compute(path) == Some(ComputeKind::AwsFargateEcs));
    if let (Some(container), 1) = (on_fargate, public_subnets.len()) {
        problems.push(
            Problem::error(
                document.key_span(&public),
                "a load balancer needs two subnets",
            )
            .label("one is given")
            .also(
                document.key_span(&container),
                "is reached through a load balancer",
            )
            .help("name public subnets of two availability zones or more"),
        );
    }
}

fn repeated(document: &Document<'_>, path: &Path, subnets: &[String], problems: &mut Vec<Problem>) {
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, subnet) in subnets.iter().enumerate() {
        if let Some(known) = first.insert(subnet, index) {
            problems.push(
                Problem::error(document.span(&path.index(index)), "a subnet is there twice")
                    .label("again here")
                    .also(document.span(&path.index(known)), "first here")
                    .help("name subnets of different availability zones"),
            );
        }
    }
}
