//! What is accepted and may surprise.

use super::{api, loaded};

fn warnings(text: &str) -> String {
    let warnings = loaded(text, &[]).warnings;
    let texts: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    texts.join("\n\n")
}

#[test]
fn a_good_file_has_none() {
    assert_eq!(
        warnings(&api("    environment:\n      A: 1.5\n      B: \"1.10\"\n")),
        ""
    );
}

#[test]
fn keys_of_scf_that_do_nothing_are_named() {
    let text = api("org: acme
frameworkVersion: \"4\"
stages:
  dev:
    resolvers:
      account: { type: aws, profile: ops }
      vault: { type: vault }
      infra: { type: terraform }
")
    .replace("aws@1.0", "awsApi@1.0");
    insta::assert_snapshot!(warnings(&text), @r#"
    warning: `awsApi@1.0` is deployed as `aws@1.0`
     --> serverless.containers.yml:3:9
      |
    3 |   type: awsApi@1.0
      |         ^^^^^^^^^^ SCF's first architecture
      |
      = help: what changes: CloudFront routes in front of the load balancer, and Lambda containers are reached by function URL; write `aws@1.0` once that is fine

    warning: `org` has no effect
     --> serverless.containers.yml:9:1
      |
    9 | org: acme
      | ^^^ a key of SCF
      |
      = help: remove it

    warning: `frameworkVersion` has no effect
      --> serverless.containers.yml:10:1
       |
    10 | frameworkVersion: "4"
       | ^^^^^^^^^^^^^^^^ a key of SCF
       |
       = help: remove it

    warning: `stages.dev.resolvers.account` has no effect
      --> serverless.containers.yml:14:7
       |
    14 |       account: { type: aws, profile: ops }
       |       ^^^^^^^ a key of SCF
       |
       = help: remove it
    "#);
}

#[test]
fn numbers_that_lose_digits_are_named() {
    let text = api("    environment:
      VERSION: 1.10
      ACCOUNT: 012345678901
      FLAGS: 0x10
      FINE: 8080
    build:
      args:
        GO: 1.20
");
    insta::assert_snapshot!(warnings(&text), @r#"
    warning: `containers.api.environment.VERSION` will be `1.1`
      --> serverless.containers.yml:10:16
       |
    10 |       VERSION: 1.10
       |                ^^^^ read as a number
       |
       = help: write "1.10" to keep it as it stands

    warning: `containers.api.environment.ACCOUNT` will be `12345678901`
      --> serverless.containers.yml:11:16
       |
    11 |       ACCOUNT: 012345678901
       |                ^^^^^^^^^^^^ read as a number
       |
       = help: write "012345678901" to keep it as it stands

    warning: `containers.api.environment.FLAGS` will be `16`
      --> serverless.containers.yml:12:14
       |
    12 |       FLAGS: 0x10
       |              ^^^^ read as a number
       |
       = help: write "0x10" to keep it as it stands

    warning: `containers.api.build.args.GO` will be `1.2`
      --> serverless.containers.yml:16:13
       |
    16 |         GO: 1.20
       |             ^^^^ read as a number
       |
       = help: write "1.20" to keep it as it stands
    "#);
}

#[test]
fn a_variable_without_provider_is_named() {
    let text = api("    environment:
      TOKEN: ${TOKEN}
      SHELL: \"$HOME ${A}\"
      KEPT: \\${TOKEN}
");
    insta::assert_snapshot!(warnings(&text), @r"
    warning: `${TOKEN}` is kept as it stands
      --> serverless.containers.yml:10:14
       |
    10 |       TOKEN: ${TOKEN}
       |              ^^^^^^^^ a variable names its provider
       |
       = help: write `${env:TOKEN}`, or `\${TOKEN}` for this very text
    ");
}
