//! What AWS would refuse is refused here, with the place.

use super::{api, context, errors, errors_with, load, loaded, source};

use scf::error::Diagnose;

/// A good file with this many more containers on Fargate.
fn fargate(count: usize) -> String {
    let more: String = (0..count)
        .map(|number| {
            format!(
                "  c{number}: {{ src: ., routing: {{ pathPattern: /{number} }}, compute: {{ type: awsFargateEcs }} }}\n"
            )
        })
        .collect();
    api(&more)
}

/// The errors of a container that runs on this.
fn on_fargate(lines: &str) -> String {
    errors(&api(&format!(
        "    compute:\n      type: awsFargateEcs\n{lines}"
    )))
}

fn integration(lines: &str) -> String {
    errors(&api(&format!("    integrations:\n{lines}")))
}

fn policy(statements: &str) -> String {
    let head = "    compute:
      awsIam:
        customPolicy:
          Version: 2012-10-17
          Statement:
";
    errors(&api(&format!("{head}{statements}")))
}

#[test]
fn lambda_reserves_names_of_variables() {
    let text = api("    environment:
      AWS_REGION: eu-central-1
      _HANDLER: x
      LAMBDA_TASK_ROOT: /x
      AWS_LWA_PORT: 8080
      _PRIVATE: x
      MY-KEY: x
      2ND: x
      A=1: x
  web:
    src: ./web
    routing:
      pathPattern: /*
    compute:
      type: awsFargateEcs
    environment:
      AWS_REGION: eu-central-1
      MY-KEY: x
");
    insta::assert_snapshot!(errors(&text), @"
    serverless.containers.yml has 7 errors

    error: Lambda does not let anyone set `AWS_REGION`
      --> serverless.containers.yml:10:7
       |
    10 |       AWS_REGION: eu-central-1
       |       ^^^^^^^^^^ reserved: Lambda sets it itself
       |
       = help: give it another name, or remove it

    error: Lambda does not let anyone set `_HANDLER`
      --> serverless.containers.yml:11:7
       |
    11 |       _HANDLER: x
       |       ^^^^^^^^ reserved: Lambda sets it itself
       |
       = help: give it another name, or remove it

    error: Lambda does not let anyone set `LAMBDA_TASK_ROOT`
      --> serverless.containers.yml:12:7
       |
    12 |       LAMBDA_TASK_ROOT: /x
       |       ^^^^^^^^^^^^^^^^ reserved: Lambda sets it itself
       |
       = help: give it another name, or remove it

    error: Lambda knows no variable named `_PRIVATE`
      --> serverless.containers.yml:14:7
       |
    14 |       _PRIVATE: x
       |       ^^^^^^^^ must be letters, digits and `_`, the first a letter
       |
       = help: give it another name; Fargate takes any

    error: Lambda knows no variable named `MY-KEY`
      --> serverless.containers.yml:15:7
       |
    15 |       MY-KEY: x
       |       ^^^^^^ must be letters, digits and `_`, the first a letter
       |
       = help: give it another name; Fargate takes any

    error: Lambda knows no variable named `2ND`
      --> serverless.containers.yml:16:7
       |
    16 |       2ND: x
       |       ^^^ must be letters, digits and `_`, the first a letter
       |
       = help: give it another name; Fargate takes any

    error: this cannot be the name of a variable
      --> serverless.containers.yml:17:7
       |
    17 |       A=1: x
       |       ^^^ must not be empty or contain `=`
       |
       = help: write `NAME: value`
    ");
}

#[test]
fn lambda_takes_4096_bytes_of_environment_with_what_is_added() {
    let with = |size: usize| {
        api(&format!(
            "    environment:\n      LARGE: {}\n",
            "x".repeat(size)
        ))
    };
    let added = serde_json::json!({
        "AWS_LWA_INVOKE_MODE": "response_stream",
        "AWS_LWA_PORT": "8080",
        "AWS_LWA_READINESS_CHECK_PATH": "/api",
        "LARGE": "",
        "PORT": "8080",
        "SERVERLESS_COMPUTE_TYPE": "awsLambda",
        "SERVERLESS_CONTAINER_NAME": "api",
        "SERVERLESS_LOCAL": "false",
        "SERVERLESS_NAMESPACE": "shop",
        "SERVERLESS_ROUTING_PATH_PATTERN": "/api/*",
        "SERVERLESS_STAGE": "dev",
    });
    let most = 4096 - added.to_string().len();
    assert!(loaded(&with(most), &[]).warnings.is_empty());
    let said = errors(&with(most + 1));
    insta::assert_snapshot!(said, @"
    serverless.containers.yml has 1 error

    error: `containers.api.environment` is too large for Lambda
     --> serverless.containers.yml:9:5
      |
    9 |     environment:
      |     ^^^^^^^^^^^ 4097 bytes; Lambda takes 4096
      |
      = help: names and values count, those of the variables that every container gets too: let the container read large values from SSM or from a file of its image
    ");
    let text = with(4096) + "    compute: { type: awsFargateEcs }\n";
    assert_eq!(loaded(&text, &[]).config.containers.len(), 1);
    // What is judged is the compute of this stage.
    let text = with(4096) + "stages: { dev: { compute: { api: { type: awsFargateEcs } } } }\n";
    assert_eq!(loaded(&text, &[]).config.containers.len(), 1);
}

#[test]
fn names_of_stack_stage_and_container_make_64_characters_at_most() {
    let name =
        |length: usize| api("").replace("name: shop", &format!("name: {}", "n".repeat(length)));
    let long = name(40).replace("  api:\n", &format!("  {}:\n", "c".repeat(19)));
    assert_eq!(loaded(&long, &[]).config.containers.len(), 1);
    let longer = long.replace(&"c".repeat(19), &"c".repeat(20));
    insta::assert_snapshot!(errors(&longer), @"
    serverless.containers.yml has 1 error

    error: the resources of `containers.cccccccccccccccccccc` have too long a name
     --> serverless.containers.yml:5:3
      |
    5 |   cccccccccccccccccccc:
      |   ^^^^^^^^^^^^^^^^^^^^ 65 characters with the names of stack and stage
      |
      = help: functions and roles of AWS take 64 characters, and these are named `<name>-dev-cccccccccccccccccccc`: shorten one of the three
    ");
    let mut context = context(&[]);
    context.stage = "production".parse().unwrap();
    let errors = load(&source(&long), &context).unwrap_err();
    insta::assert_snapshot!(errors.detail().unwrap(), @"
    error: the resources of `containers.ccccccccccccccccccc` have too long a name
     --> serverless.containers.yml:5:3
      |
    5 |   ccccccccccccccccccc:
      |   ^^^^^^^^^^^^^^^^^^^ 71 characters with the names of stack and stage
      |
      = help: functions and roles of AWS take 64 characters, and these are named `<name>-production-ccccccccccccccccccc`: shorten one of the three
    ");
}

#[test]
fn containers_that_differ_only_in_case_would_share_a_repository() {
    let text = api("  Api:\n    src: ./web\n    routing:\n      pathPattern: /*\n");
    insta::assert_snapshot!(errors(&text), @"
    serverless.containers.yml has 1 error

    error: two containers differ only in case
     --> serverless.containers.yml:9:3
      |
    5 |   api:
      |   --- the other
    ...
    9 |   Api:
      |   ^^^ its images would be those of the other
      |
      = help: names of image repositories are lower-case: give one another name
    ");
}

#[test]
fn a_load_balancer_has_100_rules() {
    assert_eq!(loaded(&fargate(100), &[]).config.containers.len(), 101);
    insta::assert_snapshot!(errors(&fargate(102)), @"
    serverless.containers.yml has 1 error

    error: too many containers run on Fargate
       --> serverless.containers.yml:109:3
        |
    109 |   c100: { src: ., routing: { pathPattern: /100 }, compute: { type: awsFargateEcs } }
        |   ^^^^ the 101st of 102
        |
        = help: a load balancer has a rule and a target group for each, 100 at most: move some to `awsLambda`, or to a stack of their own
    ");
}

#[test]
fn a_rule_has_5_wildcards() {
    let text = |pattern: &str| {
        api("      domain: '*.example.com'\n    compute: { type: awsFargateEcs }\n")
            .replace("/api/*", pattern)
    };
    assert_eq!(loaded(&text("/?/*/?/*"), &[]).config.containers.len(), 1);
    insta::assert_snapshot!(errors(&text("/?/*/?/*/*")), @"
    serverless.containers.yml has 1 error

    error: `containers.api.routing.pathPattern` has too many wildcards
     --> serverless.containers.yml:8:20
      |
    8 |       pathPattern: /?/*/?/*/*
      |                    ^^^^^^^^^^ 6 with those of `domain`
      |
      = help: a rule of a load balancer takes 5
    ");
    let on_lambda = text("/?/*/?/*/*").replace("awsFargateEcs", "awsLambda");
    assert_eq!(loaded(&on_lambda, &[]).config.containers.len(), 1);
}

#[test]
fn a_load_balancer_stands_in_two_subnets() {
    let text = "deployment:
  type: aws@1.0
  awsVpc:
    id: vpc-1
    publicSubnets: [subnet-1]
    privateSubnets: [subnet-2, subnet-3, subnet-2]
    s2sSecurityGroupId: sg-1
    loadBalancerSecurityGroupId: sg-2
";
    let text = api("    compute: { type: awsFargateEcs }\n")
        .replace("deployment:\n  type: aws@1.0\n", text);
    insta::assert_snapshot!(errors(&text), @"
    serverless.containers.yml has 2 errors

    error: a load balancer needs two subnets
      --> serverless.containers.yml:6:5
       |
     6 |     publicSubnets: [subnet-1]
       |     ^^^^^^^^^^^^^ one is given
    ...
    11 |   api:
       |   --- is reached through a load balancer
       |
       = help: name public subnets of two availability zones or more

    error: a subnet is there twice
     --> serverless.containers.yml:7:42
      |
    7 |     privateSubnets: [subnet-2, subnet-3, subnet-2]
      |                      -------- first here ^^^^^^^^ again here
      |
      = help: name subnets of different availability zones
    ");
    let on_lambda = text
        .replace("awsFargateEcs", "awsLambda")
        .replace(", subnet-2]", "]");
    assert_eq!(loaded(&on_lambda, &[]).config.containers.len(), 1);
}

#[test]
fn arns_name_the_resource_that_is_meant() {
    let text = api("    compute: { awsIam: { roleArn: 'arn:aws:iam::123456789012:user/me' } }\n")
        .replace(
            "  type: aws@1.0\n",
            "  type: aws@1.0
  awsAlb: { wafAclArn: 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/b' }
  awsFargateEcs: { executionRoleArn: 'arn:aws:iam::123456789012:role/' }
  awsIam: { roleArn: role/api }
",
        );
    insta::assert_snapshot!(errors(&text), @"
    serverless.containers.yml has 4 errors

    error: `deployment.awsAlb.wafAclArn` is malformed
     --> serverless.containers.yml:4:24
      |
    4 |   awsAlb: { wafAclArn: 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/b' }
      |                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ must be the ARN of a regional WAFv2 web ACL: `arn:aws:wafv2:<region>:<account>:regional/webacl/<name>/<id>`

    error: `deployment.awsFargateEcs.executionRoleArn` is malformed
     --> serverless.containers.yml:5:38
      |
    5 |   awsFargateEcs: { executionRoleArn: 'arn:aws:iam::123456789012:role/' }
      |                                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ must be the ARN of a role: `arn:aws:iam::123456789012:role/name`

    error: `deployment.awsIam.roleArn` is malformed
     --> serverless.containers.yml:6:22
      |
    6 |   awsIam: { roleArn: role/api }
      |                      ^^^^^^^^ must be the ARN of a role: `arn:aws:iam::123456789012:role/name`

    error: `containers.api.compute.awsIam.roleArn` is malformed
      --> serverless.containers.yml:12:35
       |
    12 |     compute: { awsIam: { roleArn: 'arn:aws:iam::123456789012:user/me' } }
       |                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ must be the ARN of a role: `arn:aws:iam::123456789012:role/name`
    ");
}

#[test]
fn schedules_are_those_of_eventbridge() {
    for schedule in [
        "rate(1 minute)",
        "rate(5 minutes)",
        "rate(12 hours)",
        "cron(0 12 * * ? *)",
        "cron(0/15 8-17 ? * MON-FRI *)",
        "cron(0 18 L * ? *)",
        "cron(0 18 L-3 * ? *)",
        "cron(0 9 3W jan,JUL ? 2026-2030)",
        "cron(30 9 ? * 6#3 *)",
        "cron(30 9 ? * 6L *)",
        "cron(0 0 1/7 * ? *)",
    ] {
        let text = api(&format!(
            "    integrations: {{ tick: {{ type: schedule, schedule: '{schedule}' }} }}\n"
        ));
        assert_eq!(loaded(&text, &[]).config.containers.len(), 1, "{schedule}");
    }
    insta::assert_snapshot!(integration("      a: { type: schedule, schedule: rate(0 minutes) }
      b: { type: schedule, schedule: rate(5 seconds) }
      c: { type: schedule, schedule: rate(1 day 2 hours) }
      d: { type: schedule, schedule: 'cron(0 12 * * *)' }
      e: { type: schedule, schedule: 'cron(0 12 * * * *)' }
      f: { type: schedule, schedule: 'cron(0 25 * * ? *)' }
      g: { type: schedule, schedule: 'cron(0 12 ? * MUN *)' }
      h: { type: schedule, schedule: 'cron(*/0 12 ? * MON *)' }
      i: { type: schedule, schedule: 'cron(0 12 ? * ? *)' }
      j: { type: schedule, schedule: '0 12 * * *' }
"), @"
    serverless.containers.yml has 10 errors

    error: EventBridge does not know this schedule
      --> serverless.containers.yml:10:38
       |
    10 |       a: { type: schedule, schedule: rate(0 minutes) }
       |                                      ^^^^^^^^^^^^^^^ must begin with a whole number of 1 or more
       |
       = help: write a number and `minutes`, `hours` or `days`: `rate(5 minutes)`

    error: EventBridge does not know this schedule
      --> serverless.containers.yml:11:38
       |
    11 |       b: { type: schedule, schedule: rate(5 seconds) }
       |                                      ^^^^^^^^^^^^^^^ must have one unit: `minutes`, `hours` or `days`
       |
       = help: write a number and `minutes`, `hours` or `days`: `rate(5 minutes)`

    error: EventBridge does not know this schedule
      --> serverless.containers.yml:12:38
       |
    12 |       c: { type: schedule, schedule: rate(1 day 2 hours) }
       |                                      ^^^^^^^^^^^^^^^^^^^ must have one unit: `minutes`, `hours` or `days`
       |
       = help: write a number and `minutes`, `hours` or `days`: `rate(5 minutes)`

    error: EventBridge does not know this schedule
      --> serverless.containers.yml:13:38
       |
    13 |       d: { type: schedule, schedule: 'cron(0 12 * * *)' }
       |                                      ^^^^^^^^^^^^^^^^^^ has 5 fields and needs 6
       |
       = help: write minutes, hours, day of month, month, day of week, year: `cron(0 12 * * ? *)`

    error: EventBridge does not know this schedule
      --> serverless.containers.yml:14:38
       |
    14 |       e: { type: schedule, schedule: 'cron(0 12 * * * *)' }
       |                                      ^^^^^^^^^^^^^^^^^^^^ one of day of month and day of week must be `?`
       |
       = help: write minutes, hours, day of month, month, day of week, year: `cron(0 12 * * ? *)`

    error: EventBridge does not know this schedule
      --> serverless.containers.yml:15:38
       |
    15 |       f: { type: schedule, schedule: 'cron(0 25 * * ? *)' }
       |                                      ^^^^^^^^^^^^^^^^^^^^ `25` cannot be the hours
       |
       = help: write minutes, hours, day of month, month, day of week, year: `cron(0 12 * * ? *)`

    error: EventBridge does not know this schedule
      --> serverless.containers.yml:16:38
       |
    16 |       g: { type: schedule, schedule: 'cron(0 12 ? * MUN *)' }
       |                                      ^^^^^^^^^^^^^^^^^^^^^^ `MUN` cannot be the day of week
       |
       = help: write minutes, hours, day of month, month, day of week, year: `cron(0 12 * * ? *)`

    error: EventBridge does not know this schedule
      --> serverless.containers.yml:17:38
       |
    17 |       h: { type: schedule, schedule: 'cron(*/0 12 ? * MON *)' }
       |                                      ^^^^^^^^^^^^^^^^^^^^^^^^ `*/0` cannot be the minutes
       |
       = help: write minutes, hours, day of month, month, day of week, year: `cron(0 12 * * ? *)`

    error: EventBridge does not know this schedule
      --> serverless.containers.yml:18:38
       |
    18 |       i: { type: schedule, schedule: 'cron(0 12 ? * ? *)' }
       |                                      ^^^^^^^^^^^^^^^^^^^^ only one of the two days can be `?`
       |
       = help: write minutes, hours, day of month, month, day of week, year: `cron(0 12 * * ? *)`

    error: `containers.api.integrations.j.schedule` is malformed
      --> serverless.containers.yml:19:38
       |
    19 |       j: { type: schedule, schedule: '0 12 * * *' }
       |                                      ^^^^^^^^^^^^ must be `rate(5 minutes)` or `cron(0 12 * * ? *)`
    ");
}

#[test]
fn a_schedule_of_a_variable_is_not_repeated() {
    let text = api("    integrations: { a: { type: schedule, schedule: '${env:WHEN}' } }\n");
    insta::assert_snapshot!(errors_with(&text, &[("WHEN", "cron(0 12 1 1 hidden *)")]), @"
    serverless.containers.yml has 1 error

    error: EventBridge does not know this schedule
     --> serverless.containers.yml:9:52
      |
    9 |     integrations: { a: { type: schedule, schedule: '${env:WHEN}' } }
      |                                                    ^^^^^^^^^^^^^ `***` cannot be the day of week
      |
      = help: write minutes, hours, day of month, month, day of week, year: `cron(0 12 * * ? *)`
    ");
}

#[test]
fn event_patterns_are_those_of_eventbridge() {
    insta::assert_snapshot!(integration("      a b:
        type: awsEventBridge
        pattern:
          source: my.orders
          detail-type: []
          detail:
            state: { $or: [{ code: [1] }] }
            size: 5
            empty: {}
"), @"
    serverless.containers.yml has 5 errors

    error: AWS takes no rule of this name
      --> serverless.containers.yml:10:7
       |
    10 |       a b:
       |       ^^^ must be letters, digits, `.`, `-` and `_`

    error: `containers.api.integrations.a b.pattern.source` matches nothing
      --> serverless.containers.yml:13:19
       |
    13 |           source: my.orders
       |                   ^^^^^^^^^ must be a list of values, or a map of fields
       |
       = help: put the value in a list: `[value]`

    error: `containers.api.integrations.a b.pattern.detail-type` matches nothing
      --> serverless.containers.yml:14:11
       |
    14 |           detail-type: []
       |           ^^^^^^^^^^^ must not be empty
       |
       = help: write the values that it may have, or `[{ exists: true }]`

    error: `containers.api.integrations.a b.pattern.detail.size` matches nothing
      --> serverless.containers.yml:17:19
       |
    17 |             size: 5
       |                   ^ must be a list of values, or a map of fields
       |
       = help: put the value in a list: `[value]`

    error: `containers.api.integrations.a b.pattern.detail.empty` matches nothing
      --> serverless.containers.yml:18:13
       |
    18 |             empty: {}
       |             ^^^^^ must not be empty
       |
       = help: write the values that it may have, or `[{ exists: true }]`
    ");
    let large = format!(
        "      a:\n        type: awsEventBridge\n        pattern: {{ source: [{}] }}\n",
        vec!["my.orders"; 400].join(", ")
    );
    let said = integration(&large);
    insta::assert_snapshot!(said.replace(&vec!["my.orders"; 400].join(", "), "…"), @"
    serverless.containers.yml has 1 error

    error: the event pattern is too large
      --> serverless.containers.yml:12:9
       |
    12 | ...   pattern: { source: [my.orders, my.orders, my.orders, my.orders, my.orders, my.orders, my.orders, my.orders, my.orders, my.orde...
       |       ^^^^^^^ 4812 characters as JSON; EventBridge takes 4096
       |
       = help: match by fewer values, or by `prefix` and `wildcard`
    ");
}

#[test]
fn statements_are_those_of_iam() {
    insta::assert_snapshot!(policy("            - Sid: one
              Effect: Allow
              Action: [s3:GetObject, GetObject, 's3:']
              Resource: [my-bucket, 'arn:aws:s3:::my-bucket/*', '*', 'arn:aws:s3']
            - Sid: one
              Effect: Deny
              NotAction: '*'
              NotResource: []
              Condition:
                StringEquals: eu-central-1
                Bool: { 'aws:SecureTransport': false }
                StringLike: { 'aws:PrincipalArn': { a: b } }
            - Sid: not one
              Effect: Allow
              Action: []
              Resource: '*'
"), @r#"
    serverless.containers.yml has 10 errors

    error: `containers.api.compute.awsIam.customPolicy.Statement[0].Action[1]` is no action
      --> serverless.containers.yml:16:38
       |
    16 |               Action: [s3:GetObject, GetObject, 's3:']
       |                                      ^^^^^^^^^
       |
       = help: write `service:Action`, such as `s3:GetObject`, or `*`

    error: `containers.api.compute.awsIam.customPolicy.Statement[0].Action[2]` is no action
      --> serverless.containers.yml:16:49
       |
    16 |               Action: [s3:GetObject, GetObject, 's3:']
       |                                                 ^^^^^
       |
       = help: write `service:Action`, such as `s3:GetObject`, or `*`

    error: `containers.api.compute.awsIam.customPolicy.Statement[0].Resource[0]` is no resource
      --> serverless.containers.yml:17:26
       |
    17 |               Resource: [my-bucket, 'arn:aws:s3:::my-bucket/*', '*', 'arn:aws:s3']
       |                          ^^^^^^^^^
       |
       = help: write an ARN, such as `arn:aws:s3:::my-bucket/*`, or `*`

    error: `containers.api.compute.awsIam.customPolicy.Statement[0].Resource[3]` is no resource
      --> serverless.containers.yml:17:70
       |
    17 |               Resource: [my-bucket, 'arn:aws:s3:::my-bucket/*', '*', 'arn:aws:s3']
       |                                                                      ^^^^^^^^^^^^
       |
       = help: write an ARN, such as `arn:aws:s3:::my-bucket/*`, or `*`

    error: two statements have the same name
      --> serverless.containers.yml:18:20
       |
    14 |             - Sid: one
       |                    --- first here
    ...
    18 |             - Sid: one
       |                    ^^^ again here
       |
       = help: a `Sid` may be left out

    error: `containers.api.compute.awsIam.customPolicy.Statement[1].NotResource` is empty
      --> serverless.containers.yml:21:15
       |
    21 |               NotResource: []
       |               ^^^^^^^^^^^ needs one entry or more
       |
       = help: write an ARN, such as `arn:aws:s3:::my-bucket/*`, or `*`

    error: `containers.api.compute.awsIam.customPolicy.Statement[1].Condition.StringEquals` is no condition
      --> serverless.containers.yml:23:31
       |
    23 |                 StringEquals: eu-central-1
       |                               ^^^^^^^^^^^^ must be a map of keys to a value or a list of values
       |
       = help: for example `StringEquals: { "aws:SourceAccount": "123456789012" }`

    error: `containers.api.compute.awsIam.customPolicy.Statement[1].Condition.StringLike` is no condition
      --> serverless.containers.yml:25:17
       |
    25 |                 StringLike: { 'aws:PrincipalArn': { a: b } }
       |                 ^^^^^^^^^^ must be a map of keys to a value or a list of values
       |
       = help: for example `StringEquals: { "aws:SourceAccount": "123456789012" }`

    error: `containers.api.compute.awsIam.customPolicy.Statement[2].Sid` is malformed
      --> serverless.containers.yml:26:20
       |
    26 |             - Sid: not one
       |                    ^^^^^^^ must be letters and digits

    error: `containers.api.compute.awsIam.customPolicy.Statement[2].Action` is empty
      --> serverless.containers.yml:28:15
       |
    28 |               Action: []
       |               ^^^^^^ needs one entry or more
       |
       = help: write `service:Action`, such as `s3:GetObject`, or `*`
    "#);
}

#[test]
fn a_policy_has_10240_characters() {
    let large: String = (0..400)
        .map(|number| format!("                - arn:aws:s3:::my-bucket-{number}/*\n"))
        .collect();
    let said = policy(&format!(
        "            - Effect: Allow\n              Action: s3:GetObject\n              Resource:\n{large}"
    ));
    insta::assert_snapshot!(said, @"
    serverless.containers.yml has 1 error

    error: the policy is too large
      --> serverless.containers.yml:11:9
       |
    11 |         customPolicy:
       |         ^^^^^^^^^^^^ 12384 characters; a role takes 10240
       |
       = help: name resources by wildcard, or make a role of your own and write `roleArn`
    ");
}

#[test]
fn steps_have_no_gap_and_no_open_end() {
    insta::assert_snapshot!(on_fargate("      awsFargateEcs:
        scale:
          - { type: max, max: 3 }
          - type: step
            adjustmentType: ExactCapacity
            metricName: CPUUtilization
            namespace: AWS/ECS
            threshold: 75
            comparisonOperator: GreaterThanThreshold
            stepAdjustments:
              - { metricIntervalLowerBound: -20, metricIntervalUpperBound: -10, scalingAdjustment: 1 }
              - { metricIntervalLowerBound: 0, metricIntervalUpperBound: 20, scalingAdjustment: -2 }
          - type: step
            adjustmentType: ChangeInCapacity
            metricName: CPUUtilization
            namespace: AWS/ECS
            threshold: 75
            comparisonOperator: GreaterThanThreshold
            stepAdjustments: [{ scalingAdjustment: 1 }]
"), @"
    serverless.containers.yml has 5 errors

    error: no step follows below this one
      --> serverless.containers.yml:21:45
       |
    21 |               - { metricIntervalLowerBound: -20, metricIntervalUpperBound: -10, scalingAdjustment: 1 }
       |                                             ^^^
       |
       = help: leave `metricIntervalLowerBound` of the first step out

    error: there is a gap before this step
      --> serverless.containers.yml:22:19
       |
    21 |               - { metricIntervalLowerBound: -20, metricIntervalUpperBound: -10, scalingAdjustment: 1 }
       |                                                                            --- the one before ends here
    22 |               - { metricIntervalLowerBound: 0, metricIntervalUpperBound: 20, scalingAdjustment: -2 }
       |                   ^^^^^^^^^^^^^^^^^^^^^^^^ begins too high
       |
       = help: let it begin where the one before ends; steps ascend

    error: no step follows above this one
      --> serverless.containers.yml:22:74
       |
    22 |               - { metricIntervalLowerBound: 0, metricIntervalUpperBound: 20, scalingAdjustment: -2 }
       |                                                                          ^^
       |
       = help: leave `metricIntervalUpperBound` of the last step out

    error: no service has less than no tasks
      --> serverless.containers.yml:22:97
       |
    22 |               - { metricIntervalLowerBound: 0, metricIntervalUpperBound: 20, scalingAdjustment: -2 }
       |                                                                                                 ^^ `ExactCapacity` is a number of tasks

    error: the step has no bound
      --> serverless.containers.yml:29:33
       |
    29 |             stepAdjustments: [{ scalingAdjustment: 1 }]
       |                                 ^^^^^^^^^^^^^^^^^
       |
       = help: write `metricIntervalLowerBound: 0` for all above the threshold, or `metricIntervalUpperBound: 0` for all below
    ");
}

#[test]
fn a_health_check_outside_of_the_paths_is_a_warning() {
    let loaded = |pattern: &str, health: &str| {
        let text = api(&format!("      pathHealthCheck: {health}\n")).replace("/api/*", pattern);
        let warnings = loaded(&text, &[]).warnings;
        warnings.iter().map(ToString::to_string).collect::<String>()
    };
    insta::assert_snapshot!(loaded("/api/*", "/health"), @"
    warning: the health check is outside of the container's own paths
     --> serverless.containers.yml:9:24
      |
    8 |       pathPattern: /api/*
      |                    ------ does not match it
    9 |       pathHealthCheck: /health
      |                        ^^^^^^^ asked of the container all the same
      |
      = help: nothing is wrong with it when the container answers there
    ");
    for (pattern, health) in [
        ("/api/*", "/api/health"),
        ("/*", "/health?deep=1"),
        ("/a/?/*z", "/a/b/c/z"),
        ("/health", "/health"),
        ("/*a*b", "/xaybzab"),
    ] {
        assert_eq!(loaded(pattern, health), "", "{pattern} {health}");
    }
    for (pattern, health) in [
        ("/api", "/api/"),
        ("/?", "/"),
        ("/A*", "/a"),
        ("/*a*b", "/xaybza"),
    ] {
        assert_ne!(loaded(pattern, health), "", "{pattern} {health}");
    }
}
