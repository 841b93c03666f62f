//! Rules of the load balancer that Fargate containers stand behind. Elastic Load Balancing user
//! guide, "Quotas for your Application Load Balancers".

use super::Document;
use crate::config::{
    problem::Problem,
    schema::{ComputeKind, Routing},
    tree::Path,
};

/// Rules, and target groups too, of one load balancer: the latter cannot be raised.
const MOST_RULES: usize = 100;
/// Of all conditions of a rule together.
const MOST_WILDCARDS: usize = 5;

pub(super) fn check(document: &Document<'_>, problems: &mut Vec<Problem>) {
    let containers = document.children(&Path::of(&["containers"]));
    let on_fargate: Vec<&Path> = containers
        .iter()
        .filter(|path| document.compute(path) == Some(ComputeKind::AwsFargateEcs))
        .collect();
    if let Some(surplus) = on_fargate.get(MOST_RULES) {
        problems.push(
            Problem::error(
                document.key_span(surplus),
                "too many containers run on Fargate",
            )
            .label(format!("the {}st of {}", MOST_RULES + 1, on_fargate.len()))
            .help(format!(
                "a load balancer has a rule and a target group for each, {MOST_RULES} at most: \
                     move some to `awsLambda`, or to a stack of their own"
            )),
        );
    }
    for container in on_fargate {
        problems.extend(wildcards(document, &container.key("routing")));
    }
}

fn wildcards(document: &Document<'_>, path: &Path) -> Option<Problem> {
    let routing = document.typed::<Routing>(path)?;
    let of = |text: &str| text.matches(['*', '?']).count();
    let count = of(&routing.path_pattern) + routing.domain.as_deref().map_or(0, of);
    (count > MOST_WILDCARDS).then(|| {
        let at = path.key("pathPattern");
        Problem::error(document.span(&at), format!("`{at}` has too many wildcards"))
            .label(format!("{count} with those of `domain`"))
            .help(format!("a rule of a load balancer takes {MOST_WILDCARDS}"))
    })
}
