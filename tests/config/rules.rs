//! Mistakes between keys.

use super::{api, errors};

fn scale(entries: &str) -> String {
    let head = "    compute:
      type: awsFargateEcs
      awsFargateEcs:
        scale:
";
    let lines: String = entries
        .lines()
        .map(|line| format!("          - {line}\n"))
        .collect();
    errors(&api(&format!("{head}{lines}")))
}

#[test]
fn fargate_sells_certain_sizes() {
    let text = api("    compute:
      type: awsFargateEcs
      awsFargateEcs:
        cpu: 8192
        memory: 18432
  web:
    src: ./web
    routing:
      pathPattern: /*
    compute:
      type: awsFargateEcs
      awsFargateEcs:
        cpu: 1024
");
    insta::assert_snapshot!(errors(&text), @r"
    serverless.containers.yml has 2 errors

    error: Fargate has no such `memory` for 8192 CPU units
      --> serverless.containers.yml:13:17
       |
    13 |         memory: 18432
       |                 ^^^^^ not a size
       |
       = help: write `memory: 16384`, `20480`, … up to `61440`

    error: Fargate has no such `memory` for 1024 CPU units
      --> serverless.containers.yml:21:14
       |
    21 |         cpu: 1024
       |              ^^^^ `memory` is 512 when not given
       |
       = help: write one of `2048`, `3072`, `4096`, `5120`, `6144`, `7168` or `8192`
    ");
}

#[test]
fn settings_of_the_other_compute_are_refused() {
    let text = api("    compute:
      awsFargateEcs:
        cpu: 300
");
    insta::assert_snapshot!(errors(&text), @r"
    serverless.containers.yml has 2 errors

    error: `containers.api.compute.awsFargateEcs` has no use
      --> serverless.containers.yml:10:7
       |
    10 |       awsFargateEcs:
       |       ^^^^^^^^^^^^^ this container runs on `awsLambda`
       |
       = help: remove it, or write `type: awsFargateEcs`

    error: `containers.api.compute.awsFargateEcs.cpu` has no such value
      --> serverless.containers.yml:11:14
       |
    11 |         cpu: 300
       |              ^^^ must be `256`, `512`, `1024`, `2048`, `4096`, `8192` or `16384`
    ");
}

#[test]
fn a_role_and_a_policy_exclude_one_another() {
    let text = api("    compute:
      awsIam:
        roleArn: arn:aws:iam::123456789012:role/api
        customPolicy:
          Version: 2012-10-17
          Statement:
            - Effect: Allow
              Action: s3:GetObject
              NotAction: s3:PutObject
");
    insta::assert_snapshot!(errors(&text), @r"
    serverless.containers.yml has 3 errors

    error: both a role and a policy are given
      --> serverless.containers.yml:12:9
       |
    11 |         roleArn: arn:aws:iam::123456789012:role/api
       |         ------- an existing role, which is never changed
    12 |         customPolicy:
       |         ^^^^^^^^^^^^ for a role that is made
       |
       = help: keep `roleArn` or `customPolicy`

    error: a statement has either `Action` or `NotAction`
      --> serverless.containers.yml:15:15
       |
    15 |             - Effect: Allow
       |               ^^^^^^ both are here

    error: a statement has either `Resource` or `NotResource`
      --> serverless.containers.yml:15:15
       |
    15 |             - Effect: Allow
       |               ^^^^^^ neither is here
    ");
}

#[test]
fn bounds_without_a_policy_do_nothing() {
    insta::assert_snapshot!(scale("{ type: min, min: 1 }\n{ type: max, max: 3 }"), @r"
    serverless.containers.yml has 2 errors

    error: `min` does nothing without a policy
      --> serverless.containers.yml:13:15
       |
    13 |           - { type: min, min: 1 }
       |               ^^^^ nothing scales between the bounds
       |
       = help: add a policy, such as `- type: target` with `target: cpu`, or write `- type: desired` for a fixed number

    error: `max` does nothing without a policy
      --> serverless.containers.yml:14:15
       |
    14 |           - { type: max, max: 3 }
       |               ^^^^ nothing scales between the bounds
       |
       = help: add a policy, such as `- type: target` with `target: cpu`, or write `- type: desired` for a fixed number
    ");
}

#[test]
fn a_policy_needs_an_upper_bound() {
    insta::assert_snapshot!(scale("{ type: target, target: cpu }"), @r"
    serverless.containers.yml has 1 error

    error: a policy needs `max`
      --> serverless.containers.yml:13:15
       |
    13 |           - { type: target, target: cpu }
       |               ^^^^ would add tasks, and cost, without end
       |
       = help: add `- type: max` with `max: 10`
    ");
}

#[test]
fn an_entry_may_be_there_once() {
    let entries = "{ type: max, max: 3 }
{ type: target, target: cpu }
{ type: target, target: memory }
{ type: target, target: cpu }
{ type: max, max: 4 }";
    insta::assert_snapshot!(scale(entries), @r"
    serverless.containers.yml has 2 errors

    error: `cpu` is there twice
      --> serverless.containers.yml:16:15
       |
    14 |           - { type: target, target: cpu }
       |               ---- first here
    15 |           - { type: target, target: memory }
    16 |           - { type: target, target: cpu }
       |               ^^^^ again here

    error: `max` is there twice
      --> serverless.containers.yml:17:15
       |
    13 |           - { type: max, max: 3 }
       |               ---- first here
    ...
    17 |           - { type: max, max: 4 }
       |               ^^^^ again here
    ");
}

#[test]
fn policies_of_two_kinds_and_a_fixed_number_contradict_one_another() {
    let entries = "{ type: desired, desired: 9 }
{ type: min, min: 4 }
{ type: max, max: 3 }
{ type: target, target: cpu }
{ type: step, adjustmentType: ChangeInCapacity, metricName: m, namespace: n, threshold: 1, comparisonOperator: GreaterThanThreshold, stepAdjustments: [{ scalingAdjustment: 1 }] }";
    insta::assert_snapshot!(scale(entries), @"
    serverless.containers.yml has 5 errors

    error: `desired` has no use beside a `target` policy
      --> serverless.containers.yml:13:15
       |
    13 |           - { type: desired, desired: 9 }
       |               ^^^^ autoscaling sets the number of tasks
       |
       = help: remove it; `min` and `max` are the bounds

    error: `max` is less than `min`
      --> serverless.containers.yml:15:31
       |
    14 |           - { type: min, min: 4 }
       |                               - more than that
    15 |           - { type: max, max: 3 }
       |                               ^

    error: `max` is less than `desired`
      --> serverless.containers.yml:15:31
       |
    13 |           - { type: desired, desired: 9 }
       |                                       - more than that
    14 |           - { type: min, min: 4 }
    15 |           - { type: max, max: 3 }
       |                               ^

    error: `step` and `target` policies contradict one another
      --> serverless.containers.yml:17:15
       |
    16 | ...   - { type: target, target: cpu }
       |           ---- keeps a metric at a value
    17 | ...   - { type: step, adjustmentType: ChangeInCapacity, metricName: m, namespace: n, threshold: 1, comparisonOperator: GreaterThanTh...
       |           ^^^^ adds tasks in steps
       |
       = help: keep one kind

    error: the step has no bound
      --> serverless.containers.yml:17:166
       |
    17 | ...isonOperator: GreaterThanThreshold, stepAdjustments: [{ scalingAdjustment: 1 }] }
       |                                                            ^^^^^^^^^^^^^^^^^
       |
       = help: write `metricIntervalLowerBound: 0` for all above the threshold, or `metricIntervalUpperBound: 0` for all below
    ");
}

#[test]
fn steps_ascend_without_overlap() {
    let text = api("    compute:
      type: awsFargateEcs
      awsFargateEcs:
        scale:
          - type: max
            max: 3
          - type: step
            adjustmentType: ChangeInCapacity
            metricName: CPUUtilization
            namespace: AWS/ECS
            threshold: 75
            comparisonOperator: GreaterThanThreshold
            stepAdjustments:
              - metricIntervalLowerBound: 20
                metricIntervalUpperBound: 10
                scalingAdjustment: 1
              - metricIntervalLowerBound: 5
                scalingAdjustment: 2
");
    insta::assert_snapshot!(errors(&text), @r"
    serverless.containers.yml has 2 errors

    error: the step ends before it begins
      --> serverless.containers.yml:22:17
       |
    22 |               - metricIntervalLowerBound: 20
       |                 ^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: `metricIntervalUpperBound` must be more than `metricIntervalLowerBound`

    error: the step overlaps the one before
      --> serverless.containers.yml:25:17
       |
    23 |                 metricIntervalUpperBound: 10
       |                                           -- the one before ends here
    24 |                 scalingAdjustment: 1
    25 |               - metricIntervalLowerBound: 5
       |                 ^^^^^^^^^^^^^^^^^^^^^^^^ begins too low
       |
       = help: let it begin where the one before ends; steps ascend
    ");
}

#[test]
fn two_containers_cannot_have_the_same_route() {
    let text = api("      domain: Example.com
  web:
    src: ./web
    routing:
      domain: example.com
      pathPattern: /api/*
  other:
    src: ./other
    routing:
      pathPattern: /api/*
");
    insta::assert_snapshot!(errors(&text), @r"
    serverless.containers.yml has 1 error

    error: two containers have the same route
      --> serverless.containers.yml:14:20
       |
     8 |       pathPattern: /api/*
       |                    ------ the same route
    ...
    14 |       pathPattern: /api/*
       |                    ^^^^^^ the route of `containers.web`
       |
       = help: give one of them another `pathPattern` or `domain`
    ");
}

#[test]
fn a_build_has_one_dockerfile_and_flags_that_can_be_split() {
    let text = api("    build:
      dockerfile: docker/api
      dockerFileString: FROM scratch
      options: --label='a b
");
    insta::assert_snapshot!(errors(&text), @r"
    serverless.containers.yml has 2 errors

    error: two Dockerfiles are given
      --> serverless.containers.yml:11:7
       |
    10 |       dockerfile: docker/api
       |       ---------- the path of another
    11 |       dockerFileString: FROM scratch
       |       ^^^^^^^^^^^^^^^^ the text of one
       |
       = help: keep `dockerfile` or `dockerFileString`

    error: `containers.api.build.options` cannot be split
      --> serverless.containers.yml:12:16
       |
    12 |       options: --label='a b
       |                ^^^^^^^^^^^^ a quote is not closed
       |
       = help: write a list, one flag an item: `- --label=version=1`
    ");
}

#[test]
fn socket_mode_needs_an_app_token() {
    let text = api("    integrations:
      chat:
        type: slack
        name: Chat
        socketMode: true
        credentials:
          signingSecret: s
          botToken: b
");
    insta::assert_snapshot!(errors(&text), @r"
    serverless.containers.yml has 1 error

    error: missing key `appToken`
      --> serverless.containers.yml:14:9
       |
    13 |         socketMode: true
       |         ---------- on here
    14 |         credentials:
       |         ^^^^^^^^^^^ socket mode connects with it
       |
       = help: add `appToken: ${env:SLACK_APP_TOKEN}`
    ");
}

#[test]
fn names_of_containers_stages_and_variables_have_rules() {
    let text = api("    environment:
      A=1: x
  a b:
    src: ./x
    routing:
      pathPattern: /x
stages:
  my_stage: {}
");
    insta::assert_snapshot!(errors(&text), @r#"
    serverless.containers.yml has 3 errors

    error: this cannot be the name of a variable
      --> serverless.containers.yml:10:7
       |
    10 |       A=1: x
       |       ^^^ must not be empty or contain `=`
       |
       = help: write `NAME: value`

    error: container "a b" may contain only letters, digits and -_
      --> serverless.containers.yml:11:3
       |
    11 |   a b:
       |   ^^^

    error: stage "my_stage" may contain only letters, digits and -
      --> serverless.containers.yml:16:3
       |
    16 |   my_stage: {}
       |   ^^^^^^^^
    "#);
}

#[test]
fn a_bad_name_does_not_silence_what_is_below_it() {
    let text = api("  _b:
    src: ./x
    prt: 1
    routing:
      pathPattern: /x
stages:
  dev:
    compute:
      _c: {}
preview:
  base: my_stage
")
    .replace("name: shop", &format!("name: {}", "x".repeat(41)));
    insta::assert_snapshot!(errors(&text), @r#"
    serverless.containers.yml has 6 errors

    error: `name` is malformed
     --> serverless.containers.yml:1:7
      |
    1 | name: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ must be 1 to 40 letters, digits, `-` and `_`, the first a letter or digit

    error: container "_b" must begin with a letter or digit
     --> serverless.containers.yml:9:3
      |
    9 |   _b:
      |   ^^

    error: unknown key `prt`
      --> serverless.containers.yml:11:5
       |
    11 |     prt: 1
       |     ^^^ `containers._b` has no such key
       |
       = help: did you mean `port`?

    error: container "_c" must begin with a letter or digit
      --> serverless.containers.yml:17:7
       |
    17 |       _c: {}
       |       ^^

    error: there is no container `_c`
      --> serverless.containers.yml:17:7
       |
    17 |       _c: {}
       |       ^^
       |
       = help: did you mean `_b`?

    error: `preview.base` is malformed
      --> serverless.containers.yml:19:9
       |
    19 |   base: my_stage
       |         ^^^^^^^^ must be 1 to 28 letters, digits and `-`, the first a letter or digit
    "#);
}

#[test]
fn a_stage_overrides_containers_that_exist() {
    let text = api("stages:
  prod:
    compute:
      app:
        type: awsFargateEcs
        awsLambda: {}
");
    insta::assert_snapshot!(errors(&text), @r"
    serverless.containers.yml has 2 errors

    error: there is no container `app`
      --> serverless.containers.yml:12:7
       |
    12 |       app:
       |       ^^^
       |
       = help: did you mean `api`?

    error: `stages.prod.compute.app.awsLambda` has no use
      --> serverless.containers.yml:14:9
       |
    14 |         awsLambda: {}
       |         ^^^^^^^^^ this container runs on `awsFargateEcs`
       |
       = help: remove it, or write `type: awsLambda`
    ");
}
