//! Mistakes that the JSON Schema finds.

use super::{api, errors, errors_with};

#[test]
fn an_unknown_key_gets_a_suggestion() {
    insta::assert_snapshot!(errors(&api("    enviroment: {}")), @r"
    serverless.containers.yml has 1 error

    error: unknown key `enviroment`
     --> serverless.containers.yml:9:5
      |
    9 |     enviroment: {}
      |     ^^^^^^^^^^ `containers.api` has no such key
      |
      = help: did you mean `environment`?
    ");
}

#[test]
fn an_unknown_key_like_no_other_gets_the_list() {
    let text = api("    compute:
      colour: red
    dev:
      hooks:
        onstart: make
");
    insta::assert_snapshot!(errors(&text), @r"
    serverless.containers.yml has 2 errors

    error: unknown key `colour`
      --> serverless.containers.yml:10:7
       |
    10 |       colour: red
       |       ^^^^^^ `containers.api.compute` has no such key
       |
       = help: write one of `awsFargateEcs`, `awsIam`, `awsLambda` or `type`

    error: unknown key `onstart`
      --> serverless.containers.yml:13:9
       |
    13 |         onstart: make
       |         ^^^^^^^ `containers.api.dev.hooks` has no such key
       |
       = help: its only key is `onreload`
    ");
}

#[test]
fn a_wrong_type_is_named() {
    let text = api("    port: \"8080\"
    preflight: yes
    environment: [A=1]
    auth: 5
    build:
      options: 3
      target: [a]
");
    insta::assert_snapshot!(errors(&text), @r#"
    serverless.containers.yml has 6 errors

    error: `containers.api.port` must be a whole number
     --> serverless.containers.yml:9:11
      |
    9 |     port: "8080"
      |           ^^^^^^ this is text
      |
      = help: write it without quotes

    error: `containers.api.preflight` must be `true` or `false`
      --> serverless.containers.yml:10:16
       |
    10 |     preflight: yes
       |                ^^^ this is text
       |
       = help: write `true` or `false`: in YAML 1.2 `yes`, `no`, `on` and `off` are text

    error: `containers.api.environment` must be a map
      --> serverless.containers.yml:11:5
       |
    11 |     environment: [A=1]
       |     ^^^^^^^^^^^ this is a list
       |
       = help: write `key: value` lines, without `-`

    error: `containers.api.auth` has no such value
      --> serverless.containers.yml:12:11
       |
    12 |     auth: 5
       |           ^ must be `none` or `oac`

    error: `containers.api.build.options` must be text or a list
      --> serverless.containers.yml:14:16
       |
    14 |       options: 3
       |                ^ this is a number
       |
       = help: put it in quotes

    error: `containers.api.build.target` must be text
      --> serverless.containers.yml:15:7
       |
    15 |       target: [a]
       |       ^^^^^^ this is a list
    "#);
}

#[test]
fn an_empty_block_is_no_default() {
    let text = api("    build:
    environment:
      EMPTY:
");
    insta::assert_snapshot!(errors(&text), @r#"
    serverless.containers.yml has 2 errors

    error: `containers.api.build` is empty
     --> serverless.containers.yml:9:5
      |
    9 |     build:
      |     ^^^^^ nothing is written here
      |
      = help: write its keys below it, indented, or remove it

    error: `containers.api.environment.EMPTY` is empty
      --> serverless.containers.yml:11:7
       |
    11 |       EMPTY:
       |       ^^^^^ nothing is written here
       |
       = help: write a value, `""` for empty text, or remove the key
    "#);
}

#[test]
fn a_missing_key_comes_with_an_example() {
    insta::assert_snapshot!(errors("containers:\n  api: {}\n"), @r"
    serverless.containers.yml has 4 errors

    error: missing key `deployment`
     --> serverless.containers.yml:1:1
      |
    1 | containers:
      | ^^^^^^^^^^ the file needs it
      |
      = help: for example `deployment: { type: aws@1.0 }`

    error: missing key `name`
     --> serverless.containers.yml:1:1
      |
    1 | containers:
      | ^^^^^^^^^^ the file needs it
      |
      = help: for example `name: my-app`

    error: missing key `src`
     --> serverless.containers.yml:2:3
      |
    2 |   api: {}
      |   ^^^ `containers.api` needs it
      |
      = help: for example `src: ./api`

    error: missing key `routing`
     --> serverless.containers.yml:2:3
      |
    2 |   api: {}
      |   ^^^ `containers.api` needs it
      |
      = help: for example `routing: { pathPattern: /* }`
    ");
}

#[test]
fn a_misspelt_key_is_not_missing_too() {
    insta::assert_snapshot!(errors(&api("").replace("name:", "nmae:").replace("src:", "scr:")), @r"
    serverless.containers.yml has 2 errors

    error: unknown key `nmae`
     --> serverless.containers.yml:1:1
      |
    1 | nmae: shop
      | ^^^^ the file has no such key
      |
      = help: did you mean `name`?

    error: unknown key `scr`
     --> serverless.containers.yml:6:5
      |
    6 |     scr: ./api
      |     ^^^ `containers.api` has no such key
      |
      = help: did you mean `src`?
    ");
}

#[test]
fn a_misspelt_type_is_an_unknown_key() {
    let text = api("    compute:
      type: awsFargateEcs
      awsFargateEcs:
        scale:
          - { typ: max, max: 3 }
          - { vype: step, metricName: CPUUtilization }
    integrations:
      nightly: { tpye: schedule, schedule: rate(1 day) }
      none: { schedule: rate(1 day) }
");
    insta::assert_snapshot!(errors(&text), @"
    serverless.containers.yml has 4 errors

    error: unknown key `typ`
      --> serverless.containers.yml:13:15
       |
    13 |           - { typ: max, max: 3 }
       |               ^^^ `containers.api.compute.awsFargateEcs.scale[0]` has no such key
       |
       = help: did you mean `type`?

    error: unknown key `vype`
      --> serverless.containers.yml:14:15
       |
    14 |           - { vype: step, metricName: CPUUtilization }
       |               ^^^^ `containers.api.compute.awsFargateEcs.scale[1]` has no such key
       |
       = help: did you mean `type`?

    error: unknown key `tpye`
      --> serverless.containers.yml:16:18
       |
    16 |       nightly: { tpye: schedule, schedule: rate(1 day) }
       |                  ^^^^ `containers.api.integrations.nightly` has no such key
       |
       = help: did you mean `type`?

    error: missing key `type`
      --> serverless.containers.yml:17:7
       |
    17 |       none: { schedule: rate(1 day) }
       |       ^^^^ `containers.api.integrations.none` needs it
       |
       = help: for example `type: schedule`
    ");
}

#[test]
fn a_word_that_is_no_option_gets_the_options() {
    let text = api("    compute:
      type: awsLamda
    auth: iam
");
    insta::assert_snapshot!(errors(&text), @r"
    serverless.containers.yml has 2 errors

    error: `containers.api.compute.type` has no such value
      --> serverless.containers.yml:10:13
       |
    10 |       type: awsLamda
       |             ^^^^^^^^ must be `awsLambda` or `awsFargateEcs`
       |
       = help: did you mean `awsLambda`?

    error: `containers.api.auth` has no such value
      --> serverless.containers.yml:11:11
       |
    11 |     auth: iam
       |           ^^^ must be `none` or `oac`
    ");
}

#[test]
fn of_alternatives_the_one_that_was_meant_is_judged() {
    let text = api("    integrations:
      none:
        schedule: rate(1 day)
      other:
        type: webhook
      clock:
        type: schedule
        schedule: daily
        handler: x
      bus:
        type: awsEventBridge
        pattern: {}
      wrong: slack
");
    insta::assert_snapshot!(errors(&text), @r"
    serverless.containers.yml has 6 errors

    error: missing key `type`
      --> serverless.containers.yml:10:7
       |
    10 |       none:
       |       ^^^^ `containers.api.integrations.none` needs it
       |
       = help: for example `type: schedule`

    error: `containers.api.integrations.other.type` has no such value
      --> serverless.containers.yml:13:15
       |
    13 |         type: webhook
       |               ^^^^^^^ must be `schedule`, `awsEventBridge` or `slack`

    error: `containers.api.integrations.clock.schedule` is malformed
      --> serverless.containers.yml:16:19
       |
    16 |         schedule: daily
       |                   ^^^^^ must be `rate(5 minutes)` or `cron(0 12 * * ? *)`

    error: unknown key `handler`
      --> serverless.containers.yml:17:9
       |
    17 |         handler: x
       |         ^^^^^^^ `containers.api.integrations.clock` has no such key
       |
       = help: write one of `schedule`, `type` or `webhookPath`

    error: `containers.api.integrations.bus.pattern` is empty
      --> serverless.containers.yml:20:9
       |
    20 |         pattern: {}
       |         ^^^^^^^ needs one entry or more

    error: `containers.api.integrations.wrong` must be a map
      --> serverless.containers.yml:21:14
       |
    21 |       wrong: slack
       |              ^^^^^ this is text
    ");
}

#[test]
fn numbers_have_bounds() {
    let text = api("    port: 0
    compute:
      awsLambda:
        memory: 10241
        timeout: 0
  web:
    src: ./web
    routing:
      pathPattern: /*
    compute:
      type: awsFargateEcs
      awsFargateEcs:
        cpu: half
");
    insta::assert_snapshot!(errors(&text), @r"
    serverless.containers.yml has 4 errors

    error: `containers.api.port` is too small
     --> serverless.containers.yml:9:11
      |
    9 |     port: 0
      |           ^ must be at least 1
      |
      = help: Port that it listens on, 8080 or the one that its Dockerfile exposes; it finds it in `PORT`

    error: `containers.api.compute.awsLambda.memory` is too large
      --> serverless.containers.yml:12:17
       |
    12 |         memory: 10241
       |                 ^^^^^ must be at most 10240
       |
       = help: Memory in MiB

    error: `containers.api.compute.awsLambda.timeout` is too small
      --> serverless.containers.yml:13:18
       |
    13 |         timeout: 0
       |                  ^ must be at least 1
       |
       = help: Longest time a request may take, in seconds

    error: `containers.web.compute.awsFargateEcs.cpu` must be a whole number
      --> serverless.containers.yml:21:14
       |
    21 |         cpu: half
       |              ^^^^ this is text
    ");
}

#[test]
fn a_malformed_value_is_told_its_form() {
    let text = api("    compute:
      awsIam:
        roleArn: admin
    build:
      platform: amd64
")
    .replace("name: shop", "name: _shop")
    .replace("/api/*", "/a{b}\n      domain: https://example.com/x");
    insta::assert_snapshot!(errors(&text), @r"
    serverless.containers.yml has 5 errors

    error: `name` is malformed
     --> serverless.containers.yml:1:7
      |
    1 | name: _shop
      |       ^^^^^ must be 1 to 40 letters, digits, `-` and `_`, the first a letter or digit

    error: `containers.api.routing.pathPattern` is malformed
     --> serverless.containers.yml:8:20
      |
    8 |       pathPattern: /a{b}
      |                    ^^^^^ must be a path that begins with `/`: at most 128 letters, digits and _ - . $ / ~ ' @ : + & * ?

    error: `containers.api.routing.domain` is malformed
     --> serverless.containers.yml:9:15
      |
    9 |       domain: https://example.com/x
      |               ^^^^^^^^^^^^^^^^^^^^^ must be a host name such as `api.example.com`, without `https://` and path

    error: `containers.api.compute.awsIam.roleArn` is malformed
      --> serverless.containers.yml:12:18
       |
    12 |         roleArn: admin
       |                  ^^^^^ must be the ARN of a role: `arn:aws:iam::123456789012:role/name`

    error: `containers.api.build.platform` is malformed
      --> serverless.containers.yml:14:17
       |
    14 |       platform: amd64
       |                 ^^^^^ must be a platform such as `linux/amd64` or `linux/arm64`
    ");
}

#[test]
fn name_and_namespace_are_one_key() {
    insta::assert_snapshot!(errors(&format!("{}namespace: shop\n", api(""))), @r"
    serverless.containers.yml has 1 error

    error: both `name` and `namespace` are given
     --> serverless.containers.yml:9:1
      |
    1 | name: shop
      | ---- given here
    ...
    9 | namespace: shop
      | ^^^^^^^^^ the older spelling of `name`
      |
      = help: keep `name`
    ");
}

#[test]
fn all_errors_of_all_phases_come_at_once() {
    let text = api("    port: many
    environment:
      TOKEN: ${env:TOKEN}
    compute:
      type: awsFargateEcs
      awsFargateEcs:
        memory: 640
        scale:
          - type: min
            min: 3
  web:
    src: ./web
    roting:
      pathPattern: /*
");
    insta::assert_snapshot!(errors(&text), @r"
    serverless.containers.yml has 5 errors

    error: `containers.api.port` must be a whole number
     --> serverless.containers.yml:9:11
      |
    9 |     port: many
      |           ^^^^ this is text

    error: the environment variable `TOKEN` is not set
      --> serverless.containers.yml:11:16
       |
    11 |       TOKEN: ${env:TOKEN}
       |                ^^^^^^^^^
       |
       = help: set it, or give a default: `${env:TOKEN, 'value'}`

    error: Fargate has no such `memory` for 256 CPU units
      --> serverless.containers.yml:15:17
       |
    15 |         memory: 640
       |                 ^^^ not a size
       |
       = help: write one of `512`, `1024` or `2048`

    error: `min` does nothing without a policy
      --> serverless.containers.yml:17:13
       |
    17 |           - type: min
       |             ^^^^ nothing scales between the bounds
       |
       = help: add a policy, such as `- type: target` with `target: cpu`, or write `- type: desired` for a fixed number

    error: unknown key `roting`
      --> serverless.containers.yml:21:5
       |
    21 |     roting:
       |     ^^^^^^ `containers.web` has no such key
       |
       = help: did you mean `routing`?
    ");
}

#[test]
fn a_value_of_a_variable_is_not_repeated() {
    let text = api("    port: ${env:SECRET}
    auth: ${env:SECRET}
    build:
      platform: ${env:SECRET}
      target: [\"${env:SECRET}\"]
");
    let shown = errors_with(&text, &[("SECRET", super::seeds::ENVIRONMENT)]);
    assert!(!shown.contains(super::seeds::ENVIRONMENT));
    insta::assert_snapshot!(shown, @r#"
    serverless.containers.yml has 4 errors

    error: `containers.api.port` must be a whole number
     --> serverless.containers.yml:9:11
      |
    9 |     port: ${env:SECRET}
      |           ^^^^^^^^^^^^^ this is text
      |
      = help: the value comes from a variable

    error: `containers.api.auth` has no such value
      --> serverless.containers.yml:10:11
       |
    10 |     auth: ${env:SECRET}
       |           ^^^^^^^^^^^^^ must be `none` or `oac`

    error: `containers.api.build.platform` is malformed
      --> serverless.containers.yml:12:17
       |
    12 |       platform: ${env:SECRET}
       |                 ^^^^^^^^^^^^^ must be a platform such as `linux/amd64` or `linux/arm64`

    error: `containers.api.build.target` must be text
      --> serverless.containers.yml:13:7
       |
    13 |       target: ["${env:SECRET}"]
       |       ^^^^^^ this is a list
    "#);
}
