//! The help of every command, whole.

use crate::folder::Folder;

fn help(command: &str) -> String {
    let ran = Folder::empty().scf(&format!("{command} --help"));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    // Lines of blanks that separate are no part of what is read.
    let lines: Vec<&str> = ran.stdout.lines().map(str::trim_end).collect();
    lines.join(
        "
",
    )
}

#[test]
fn of_the_program() {
    insta::assert_snapshot!(help(""), @"
    Deploys container apps: from one `serverless.containers.yml` to served URLs

    Usage: scf <COMMAND>

    Commands:
      plan      Show what a deploy would change, and why
      deploy    Deploy the stage: only what changed
      dev       Deploy locally, then watch the sources and redeploy what changed
      remove    Remove the stage and everything that belongs to it
      info      Show the URLs, the tasks and the last deployment of the stage
      logs      Print the logs of the stage's containers
      validate  Check the config file
      schema    Print the JSON Schema of the config file
      help      Print this message or the help of the given subcommand(s)

    Options:
      -h, --help     Print help
      -V, --version  Print version
    ");
    insta::assert_snapshot!(Folder::empty().scf("--version").stdout, @"scf <version>");
}

#[test]
fn of_plan() {
    insta::assert_snapshot!(help("plan"), @"
    Show what a deploy would change, and why

    Usage: scf plan [OPTIONS]

    Options:
          --config <FILE>
              Config file [default: serverless.containers.yml of this folder]

              [env: SCF_CONFIG=]

          --stage <STAGE>
              Stage

              [env: SERVERLESS_STAGE=]
              [default: dev]

          --param <KEY=VALUE>
              Parameter of the config, `${param:KEY}`; may be repeated

          --output <OUTPUT>
              How results are printed

              Possible values:
              - text: For people
              - json: One JSON document; of logs, one a line

              [default: text]

          --target <TARGET>
              Where the stage runs

              Possible values:
              - aws:   AWS
              - local: The Docker Engine of this machine

              [env: SCF_TARGET=]
              [default: aws]

          --force
              Plan as if every container had changed

      -h, --help
              Print help (see a summary with '-h')
    ");
}

#[test]
fn of_deploy() {
    insta::assert_snapshot!(help("deploy"), @"
    Deploy the stage: only what changed

    Usage: scf deploy [OPTIONS]

    Options:
          --config <FILE>
              Config file [default: serverless.containers.yml of this folder]

              [env: SCF_CONFIG=]

          --stage <STAGE>
              Stage

              [env: SERVERLESS_STAGE=]
              [default: dev]

          --param <KEY=VALUE>
              Parameter of the config, `${param:KEY}`; may be repeated

          --output <OUTPUT>
              How results are printed

              Possible values:
              - text: For people
              - json: One JSON document; of logs, one a line

              [default: text]

          --target <TARGET>
              Where the stage runs

              Possible values:
              - aws:   AWS
              - local: The Docker Engine of this machine

              [env: SCF_TARGET=]
              [default: aws]

          --force
              Rebuild and redeploy every container, changed or not

          --plan-digest <DIGEST>
              Deploy only if the plan still has this digest

          --concurrency <N>
              Most steps at once

              [env: SCF_CONCURRENCY=]
              [default: 16]

          --lock-timeout <SECONDS>
              Seconds to wait for another run of the stage

              [env: SCF_LOCK_TIMEOUT=]
              [default: 0]

          --lease <SECONDS>
              Seconds that the lease of the stage holds after a heartbeat

              [env: SCF_LEASE=]
              [default: 60]

          --heartbeat <SECONDS>
              Seconds between two heartbeats

              [env: SCF_HEARTBEAT=]
              [default: 15]

          --drain <SECONDS>
              Local: seconds that requests may go on at an old task

              [env: SCF_DRAIN=]
              [default: 30]

          --debug
              Show each step and the logs of builds as they come

              [env: SCF_DEBUG=]

          --health-deadline <SECONDS>
              Local: seconds that a task may take until it is healthy

              [env: SCF_HEALTH_DEADLINE=]
              [default: 60]

          --port <PORT>
              Local: port of the stage [default: the last one, 8080, or any that is free]

              [env: SCF_LOCAL_PORT=]

          --registry-auth <LOGINS>
              Credentials of registries: `registry=user:password`, one a line [better in the
              environment]

              [env: SCF_REGISTRY_AUTH]

      -h, --help
              Print help (see a summary with '-h')
    ");
    let short = Folder::empty().scf("deploy -h").stdout;
    assert!(
        !short.contains("--heartbeat"),
        "what few need is in the long help only"
    );
}

#[test]
fn of_dev() {
    insta::assert_snapshot!(help("dev"), @"
    Deploy locally, then watch the sources and redeploy what changed

    Usage: scf dev [OPTIONS]

    Options:
          --config <FILE>
              Config file [default: serverless.containers.yml of this folder]

              [env: SCF_CONFIG=]

          --stage <STAGE>
              Stage

              [env: SERVERLESS_STAGE=]
              [default: dev]

          --param <KEY=VALUE>
              Parameter of the config, `${param:KEY}`; may be repeated

          --output <OUTPUT>
              How results are printed

              Possible values:
              - text: For people
              - json: One JSON document; of logs, one a line

              [default: text]

          --concurrency <N>
              Most steps at once

              [env: SCF_CONCURRENCY=]
              [default: 16]

          --lock-timeout <SECONDS>
              Seconds to wait for another run of the stage

              [env: SCF_LOCK_TIMEOUT=]
              [default: 0]

          --lease <SECONDS>
              Seconds that the lease of the stage holds after a heartbeat

              [env: SCF_LEASE=]
              [default: 60]

          --heartbeat <SECONDS>
              Seconds between two heartbeats

              [env: SCF_HEARTBEAT=]
              [default: 15]

          --drain <SECONDS>
              Local: seconds that requests may go on at an old task

              [env: SCF_DRAIN=]
              [default: 30]

          --debug
              Show each step and the logs of builds as they come

              [env: SCF_DEBUG=]

          --health-deadline <SECONDS>
              Local: seconds that a task may take until it is healthy

              [env: SCF_HEALTH_DEADLINE=]
              [default: 60]

          --port <PORT>
              Local: port of the stage [default: the last one, 8080, or any that is free]

              [env: SCF_LOCAL_PORT=]

          --registry-auth <LOGINS>
              Credentials of registries: `registry=user:password`, one a line [better in the
              environment]

              [env: SCF_REGISTRY_AUTH]

      -h, --help
              Print help (see a summary with '-h')
    ");
}

#[test]
fn of_remove() {
    insta::assert_snapshot!(help("remove"), @"
    Remove the stage and everything that belongs to it

    Usage: scf remove [OPTIONS]

    Options:
          --config <FILE>
              Config file [default: serverless.containers.yml of this folder]

              [env: SCF_CONFIG=]

          --stage <STAGE>
              Stage

              [env: SERVERLESS_STAGE=]
              [default: dev]

          --param <KEY=VALUE>
              Parameter of the config, `${param:KEY}`; may be repeated

          --output <OUTPUT>
              How results are printed

              Possible values:
              - text: For people
              - json: One JSON document; of logs, one a line

              [default: text]

          --target <TARGET>
              Where the stage runs

              Possible values:
              - aws:   AWS
              - local: The Docker Engine of this machine

              [env: SCF_TARGET=]
              [default: aws]

          --concurrency <N>
              Most steps at once

              [env: SCF_CONCURRENCY=]
              [default: 16]

          --lock-timeout <SECONDS>
              Seconds to wait for another run of the stage

              [env: SCF_LOCK_TIMEOUT=]
              [default: 0]

          --lease <SECONDS>
              Seconds that the lease of the stage holds after a heartbeat

              [env: SCF_LEASE=]
              [default: 60]

          --heartbeat <SECONDS>
              Seconds between two heartbeats

              [env: SCF_HEARTBEAT=]
              [default: 15]

          --drain <SECONDS>
              Local: seconds that requests may go on at an old task

              [env: SCF_DRAIN=]
              [default: 30]

          --debug
              Show each step and the logs of builds as they come

              [env: SCF_DEBUG=]

      -h, --help
              Print help (see a summary with '-h')
    ");
}

#[test]
fn of_info() {
    insta::assert_snapshot!(help("info"), @"
    Show the URLs, the tasks and the last deployment of the stage

    Usage: scf info [OPTIONS]

    Options:
          --config <FILE>
              Config file [default: serverless.containers.yml of this folder]

              [env: SCF_CONFIG=]

          --stage <STAGE>
              Stage

              [env: SERVERLESS_STAGE=]
              [default: dev]

          --param <KEY=VALUE>
              Parameter of the config, `${param:KEY}`; may be repeated

          --output <OUTPUT>
              How results are printed

              Possible values:
              - text: For people
              - json: One JSON document; of logs, one a line

              [default: text]

          --target <TARGET>
              Where the stage runs

              Possible values:
              - aws:   AWS
              - local: The Docker Engine of this machine

              [env: SCF_TARGET=]
              [default: aws]

      -h, --help
              Print help (see a summary with '-h')
    ");
}

#[test]
fn of_logs() {
    insta::assert_snapshot!(help("logs"), @"
    Print the logs of the stage's containers

    Usage: scf logs [OPTIONS]

    Options:
          --config <FILE>
              Config file [default: serverless.containers.yml of this folder]

              [env: SCF_CONFIG=]

          --stage <STAGE>
              Stage

              [env: SERVERLESS_STAGE=]
              [default: dev]

          --param <KEY=VALUE>
              Parameter of the config, `${param:KEY}`; may be repeated

          --output <OUTPUT>
              How results are printed

              Possible values:
              - text: For people
              - json: One JSON document; of logs, one a line

              [default: text]

          --target <TARGET>
              Where the stage runs

              Possible values:
              - aws:   AWS
              - local: The Docker Engine of this machine

              [env: SCF_TARGET=]
              [default: aws]

      -f, --follow
              Go on printing as lines come

          --container <NAME>
              Only this container

          --tail <LINES>
              Lines of the past, for each task

              [default: 100]

      -h, --help
              Print help (see a summary with '-h')
    ");
}

#[test]
fn of_validate() {
    insta::assert_snapshot!(help("validate"), @"
    Check the config file

    Usage: scf validate [OPTIONS]

    Options:
          --config <FILE>
              Config file [default: serverless.containers.yml of this folder]

              [env: SCF_CONFIG=]

          --stage <STAGE>
              Stage

              [env: SERVERLESS_STAGE=]
              [default: dev]

          --param <KEY=VALUE>
              Parameter of the config, `${param:KEY}`; may be repeated

          --output <OUTPUT>
              How results are printed

              Possible values:
              - text: For people
              - json: One JSON document; of logs, one a line

              [default: text]

      -h, --help
              Print help (see a summary with '-h')
    ");
}

#[test]
fn of_schema() {
    insta::assert_snapshot!(help("schema"), @"
    Print the JSON Schema of the config file

    Usage: scf schema

    Options:
      -h, --help  Print help
    ");
}
