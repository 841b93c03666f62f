//! What a good file becomes.

use std::{collections::BTreeMap, time::Duration};

use secrecy::ExposeSecret;

use scf::config::{
    AwsFargateEcs, ComputeKind, Container, DeploymentType, FunctionAuth, Integration, Scale,
    TargetMetric, Ttl,
};
use scf::image::SshFlag;

use super::{api, config, context, load, source};

fn container(lines: &str) -> Container {
    config(&api(lines))
        .containers
        .remove(&"api".parse().unwrap())
        .unwrap()
}

#[test]
fn defaults_are_those_of_the_documents() {
    let config = config(&api(""));
    assert_eq!(config.name.as_str(), "shop");
    assert_eq!(config.deployment.kind, DeploymentType::Aws);
    assert!(config.stages.is_empty() && config.preview.is_none() && config.provider.is_none());
    let api = &config.containers[&"api".parse().unwrap()];
    assert_eq!(api.src, "./api");
    assert_eq!((api.port, api.auth, api.preflight), (None, None, true));
    let compute = &api.compute;
    assert_eq!(compute.kind, ComputeKind::AwsLambda);
    let lambda = &compute.aws_lambda;
    assert_eq!(
        (lambda.memory, lambda.timeout, lambda.vpc),
        (1024, 6, false)
    );
    let fargate = &compute.aws_fargate_ecs;
    assert_eq!(
        (fargate.cpu, fargate.memory, fargate.scale.len()),
        (256, 512, 0)
    );
}

#[test]
fn namespace_is_the_name() {
    assert_eq!(
        config(&api("").replace("name:", "namespace:"))
            .name
            .as_str(),
        "shop"
    );
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_key() {
    let text = format!("\u{feff}{}", api(""));
    assert_eq!(config(&text).name.as_str(), "shop");
}

#[test]
fn every_key_is_read() {
    let container = container(
        "    port: 3000
    auth: oac
    preflight: false
    dev:
      hooks: { onreload: make }
      watchPath: src
      watchExtensions: [.js]
      excludeDirectories: [dist]
    build:
      dockerfile: docker/api
      context: .
      target: prod
      platform: linux/arm64
      args: { A: x, B: 1, C: true }
      ssh: [default]
    integrations:
      bus: { type: awsEventBridge, pattern: { source: [a] }, webhookPath: /bus }
    compute:
      type: awsFargateEcs
      awsIam:
        customPolicy:
          Version: 2012-10-17
          Statement:
            Effect: Deny
            NotAction: [s3:Get*]
            Resource: '*'
            Condition: { StringEquals: { 'aws:PrincipalTag/team': x } }
",
    );
    assert_eq!(
        (container.port, container.auth),
        (Some(3000), Some(FunctionAuth::Oac))
    );
    assert!(!container.preflight);
    let dev = container.dev.unwrap();
    assert_eq!(dev.hooks.onreload.as_deref(), Some("make"));
    assert_eq!(
        (dev.watch_extensions, dev.exclude_directories),
        (vec![".js".to_owned()], vec!["dist".to_owned()])
    );
    let build = container.build;
    assert_eq!(build.dockerfile.unwrap(), "docker/api");
    assert_eq!(build.context.unwrap(), ".");
    assert_eq!(
        (build.target.as_deref(), build.platform.as_deref()),
        (Some("prod"), Some("linux/arm64"))
    );
    let args = [("A", "x"), ("B", "1"), ("C", "true")]
        .map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(build.args, BTreeMap::from(args));
    assert_eq!(build.ssh, [SshFlag::parse("default").unwrap()]);
    let policy = container.compute.aws_iam.unwrap().custom_policy.unwrap();
    assert!(policy.statement[0].condition.is_some());
    assert_eq!(container.integrations["bus"].webhook_path("bus"), "/bus");
}

#[test]
fn environment_values_become_text() {
    let container = container(
        "    environment:
      TEXT: x
      NUMBER: 1
      FLOAT: 1.5
      WHOLE: 2.0
      TRUE: true
      LIST: [1, a, null]
      MAP: { k: [v] }
      EMPTY: ''
      DATE: 2024-01-15
      YES: yes
      NAN: .nan
",
    );
    let values: Vec<(&str, &str)> = container
        .environment
        .iter()
        .map(|(name, value)| (name.as_str(), value.expose_secret()))
        .collect();
    assert_eq!(
        values,
        [
            ("DATE", "2024-01-15"),
            ("EMPTY", ""),
            ("FLOAT", "1.5"),
            ("LIST", r#"[1,"a",null]"#),
            ("MAP", r#"{"k":["v"]}"#),
            ("NAN", ".nan"),
            ("NUMBER", "1"),
            ("TEXT", "x"),
            ("TRUE", "true"),
            ("WHOLE", "2"),
            ("YES", "yes"),
        ]
    );
}

#[test]
fn anchors_and_merge_keys_work() {
    let text = api("    environment: &base { A: a, B: b }
  web:
    src: ./web
    routing:
      pathPattern: /*
    environment:
      <<: *base
      B: own
");
    let web = &config(&text).containers[&"web".parse().unwrap()];
    let values: Vec<&str> = web
        .environment
        .values()
        .map(ExposeSecret::expose_secret)
        .collect();
    assert_eq!(values, ["a", "own"]);
}

#[test]
fn build_options_are_split_as_a_shell_splits_them() {
    let text = r#"    build:
      options: --label 'a b' --build-arg X="y \" z"\ w  --target=prod
"#;
    let flags = container(text).build.options;
    assert_eq!(flags.labels, [("a b", "")].map(owned).into());
    assert_eq!(flags.args["X"].as_deref(), Some("y \" z w"));
    assert_eq!(flags.target.as_deref(), Some("prod"));
    let list = container("    build:\n      options: [--target, 'p q']\n");
    assert_eq!(list.build.options.target.as_deref(), Some("p q"));
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn a_health_check_asks_the_pattern_up_to_its_wildcard() {
    for (pattern, path) in [
        ("/*", "/"),
        ("/api/*", "/api"),
        ("/api*", "/api"),
        ("/v?/x", "/v"),
        ("/exact/path", "/exact/path"),
        ("/", "/"),
    ] {
        let text = api("").replace("/api/*", &format!("'{pattern}'"));
        let config = config(&text);
        let routing = &config.containers[&"api".parse().unwrap()].routing;
        assert_eq!(routing.health_check_path(), path, "{pattern}");
    }
    assert_eq!(
        container("      pathHealthCheck: /up?full=1\n")
            .routing
            .health_check_path(),
        "/up?full=1"
    );
}

#[test]
fn tasks_are_those_desired_else_the_minimum_else_one() {
    let tasks = |scale: &str| {
        let lines = format!(
            "    compute:\n      type: awsFargateEcs\n      awsFargateEcs:\n        scale: {scale}\n"
        );
        container(&lines).tasks()
    };
    let policy = "{ type: target, target: cpu }, { type: max, max: 9 }";
    assert_eq!(tasks("[]"), 1);
    assert_eq!(tasks("[{ type: desired, desired: 3 }]"), 3);
    assert_eq!(tasks("[{ type: desired }]"), 5);
    assert_eq!(tasks(&format!("[{policy}]")), 1);
    assert_eq!(tasks(&format!("[{policy}, {{ type: min, min: 2 }}]")), 2);
    assert_eq!(container("").tasks(), 1);
}

#[test]
fn a_target_policy_has_defaults() {
    let lines = "    compute:
      type: awsFargateEcs
      awsFargateEcs:
        scale: [{ type: target, target: memory }, { type: max, max: 2 }]
";
    let scale = container(lines).compute.aws_fargate_ecs.scale;
    let Scale::Target(policy) = &scale[0] else {
        panic!("{scale:?}")
    };
    assert_eq!(policy.target, TargetMetric::Memory);
    assert!((policy.value - 70.0).abs() < f64::EPSILON && policy.scale_in);
}

#[test]
fn integrations_post_to_a_path_of_their_own() {
    let container = container(
        "    integrations:
      clock: { type: schedule, schedule: 'cron(0 2 * * ? *)' }
      chat: { type: slack, name: Chat }
      bus: { type: awsEventBridge, pattern: { source: [a] } }
",
    );
    let paths: Vec<String> = container
        .integrations
        .iter()
        .map(|(name, it)| Integration::webhook_path(it, name))
        .collect();
    assert_eq!(
        paths,
        [
            "/integrations/bus/eventbridge",
            "/integrations/chat/slack",
            "/integrations/clock/schedule"
        ]
    );
}

#[test]
fn stages_and_previews_are_read() {
    let config = config(&api("stages:
  prod:
    branch: main
    protected: true
    zones: 3
    params: { a: [1] }
    compute:
      api: { type: awsFargateEcs, awsFargateEcs: { cpu: 512, memory: 1024 } }
preview:
  base: staging
  ttl: 12h
  label: preview
  shareImages: true
"));
    let prod = &config.stages[&"prod".parse().unwrap()];
    assert_eq!(
        (prod.branch.as_deref(), prod.protected, prod.zones),
        (Some("main"), true, Some(3))
    );
    assert_eq!(
        prod.compute[&"api".parse().unwrap()].aws_fargate_ecs.memory,
        1024
    );
    let preview = config.preview.unwrap();
    assert_eq!(preview.base.unwrap().as_str(), "staging");
    assert_eq!(preview.ttl, Ttl(Duration::from_hours(12)));
    assert_eq!(Ttl::default(), Ttl(Duration::from_hours(7 * 24)));
    assert!(preview.share_images);
}

#[test]
fn fargate_sizes_are_those_of_the_documents() {
    assert_eq!(AwsFargateEcs::memory_sizes(256), [512, 1024, 2048]);
    let ends = [512, 1024, 2048, 4096, 8192, 16384].map(|cpu| {
        let sizes = AwsFargateEcs::memory_sizes(cpu);
        (sizes.len(), sizes[0], *sizes.last().unwrap())
    });
    assert_eq!(
        ends,
        [
            (4, 1024, 4096),
            (7, 2048, 8192),
            (13, 4096, 16384),
            (23, 8192, 30720),
            (12, 16384, 61440),
            (12, 32768, 122_880)
        ]
    );
    assert!(AwsFargateEcs::memory_sizes(300).is_empty());
}

#[test]
fn debug_text_holds_no_values() {
    let text = api("    environment: { A: hunter2 }
    build:
      args: { B: hunter2 }
      secrets: { C: hunter2 }
      dockerFileString: 'RUN echo hunter2'
      options: --build-arg=T=hunter2
    integrations:
      chat:
        type: slack
        name: Chat
        credentials: { signingSecret: hunter2, botToken: hunter2, appToken: hunter2 }
stages:
  dev:
    params: { D: hunter2 }
");
    assert!(!format!("{:?}", config(&text)).contains("hunter2"));
    assert!(!format!("{:?}", super::source(&text)).contains("hunter2"));
    assert!(!format!("{:?}", super::context(&[("A", "hunter2")])).contains("hunter2"));
}

#[test]
fn a_value_is_plain_when_no_variable_is_part_of_it() {
    let text = api(
        "    environment:\n      LITERAL: a\n      MAP: { a: [b] }\n      WHOLE: ${env:V}\n      PART: a-${env:V}\n      \
         DEEP: { a: [\"${env:V}\"] }\n      SELF: ${self:name}\n",
    );
    let loaded = load(&source(&text), &context(&[("V", "v")])).unwrap();
    let container = &loaded.config.containers[&"api".parse().unwrap()];
    let plain: Vec<_> = container.plain_environment.iter().collect();
    assert_eq!(plain, ["LITERAL", "MAP"]);
}
