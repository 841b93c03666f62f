//! Runs the program with every secret in every place, good and bad, and records what it says.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use super::{
    seeds::{BUILD, ENVIRONMENT, PARAMETER, REGISTRY, TERRAFORM, TOKEN},
    server::Server,
};

const HEAD: &str = "\
name: shop
deployment:
  type: aws@1.0
stages:
  default:
    resolvers:
      infra: { type: terraform, backend: local, path: secret.tfstate }
containers:
  api:
    src: ./api
    routing:
      pathPattern: /api/*
";

/// Variables that give secrets.
const SOURCES: [&str; 6] = [
    "${vault:kv/shop/password}",
    "${env:SEED}",
    "${env:SEED_BUILD}",
    "${param:seed}",
    "${infra:outputs:password}",
    "${env:VAULT_TOKEN}",
];

/// Places for them: those that keep secrets, those that refuse them, and those where they make
/// something else fail.
const PLACES: [&str; 26] = [
    "environment: { A: '@' }",
    "environment: { A: 'x-@-y', B: ['@'], C: { D: '@' } }",
    "build: { secrets: { npm: '@' } }",
    "build: { args: { A: '@' } }",
    "build: { options: '--label=a=@' }",
    "build: { platform: '@', target: ['@'] }",
    "build: { dockerFileString: '@', dockerfile: '@' }",
    "port: '@'",
    "auth: '@'",
    "preflight: '@'",
    "'@': '@'",
    "compute: '@'",
    "compute: { awsIam: { roleArn: '@' } }",
    "compute: { awsLambda: { memory: '@' } }",
    "integrations: { a: { type: schedule, schedule: '@' } }",
    "integrations: { a: { type: schedule, schedule: 'cron(@ 12 * * ? *)' } }",
    "compute: { awsIam: { customPolicy: { Version: 2012-10-17, Statement: { Effect: Allow, Action: '@', Resource: '@', Sid: '@' } } } }",
    "integrations: { a: { type: awsEventBridge, pattern: { source: '@' } } }",
    "integrations: { a: { type: slack, name: '@', credentials: { signingSecret: '@', botToken: '@' } } }",
    "environment: { A: '${file(@)}' }",
    "environment: { A: '${env:@}' }",
    "environment: { A: '${self:@}', B: '${param:@}', C: '${opt:@}', D: '${sls:@}' }",
    "environment: { A: '${strToBool(@)}', B: '${git:@}' }",
    "environment: { A: '${vault:@/x}', B: '${vault:kv/shop/@}', C: '${vault:sealed/@/x}' }",
    "environment: { A: '${infra:outputs:@}', B: '${terraform:outputs:@}' }",
    "environment: { A: '${aws:ssm:@}', B: '${@:x}' }",
];

/// Commands that read the config; without an engine they end there.
const COMMANDS: [&[&str]; 6] = [
    &["validate"],
    &["validate", "--output", "json"],
    &["plan", "--target", "local"],
    &["deploy", "--target", "local", "--debug"],
    &["info", "--target", "local", "--output", "json"],
    &["remove", "--target", "local"],
];

/// Records what is said of every secret in every place.
pub fn record_all(records: &Path) {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let state = serde_json::json!({
        "version": 4,
        "outputs": { "password": { "value": TERRAFORM, "sensitive": true } },
    });
    fs::write(folder.path().join("secret.tfstate"), state.to_string()).unwrap();
    for (number, place) in PLACES.iter().enumerate() {
        for source in SOURCES {
            let lines = format!("{HEAD}    {}\n", place.replace('@', source));
            fs::write(folder.path().join("serverless.containers.yml"), lines).unwrap();
            // All commands load the config by the same code: two of them show what differs.
            for command in [COMMANDS[number % 2], COMMANDS[2 + number % 4]] {
                record(records, &run(&mut scf(folder.path(), &server.url, command)));
            }
        }
    }
}

/// Records what is said of credentials of registries, good and bad, where all else is good.
pub fn record_credentials(records: &Path) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("serverless.containers.yml"), HEAD).unwrap();
    for logins in [
        "ghcr.io=bot:@",
        "ghcr.io=@",
        "@",
        "- registry: @",
        "- [@",
        "{ @",
        "@=bot:@",
    ] {
        let logins = logins.replace('@', REGISTRY);
        for command in &COMMANDS[2..] {
            let mut command = scf(folder.path(), "http://127.0.0.1:1", command);
            record(records, &run(command.env("SCF_REGISTRY_AUTH", &logins)));
        }
    }
}

/// Records what the program says when a secret is written where it prints: as a key.
pub fn record_planted(records: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let planted = serde_json::to_string(ENVIRONMENT).unwrap();
    let text = format!("{HEAD}    {planted}: x\n");
    fs::write(folder.path().join("serverless.containers.yml"), text).unwrap();
    let command = ["validate", "--output", "json"];
    record(
        records,
        &run(&mut scf(folder.path(), "http://127.0.0.1:1", &command)),
    );
}

fn scf(folder: &Path, vault: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scf"));
    command
        .args(arguments)
        .arg(format!("--param=seed={PARAMETER}"))
        .current_dir(folder)
        .env_clear()
        .env("DOCKER_HOST", "unix:///nonexistent/docker.sock")
        .env("VAULT_ADDR", vault)
        .env("VAULT_TOKEN", TOKEN)
        .env("SEED", ENVIRONMENT)
        .env("SEED_BUILD", BUILD);
    command
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap()
}

fn record(records: &Path, output: &Output) {
    let count = fs::read_dir(records).unwrap().count();
    for (name, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        fs::write(records.join(format!("{count}-{name}")), bytes).unwrap();
    }
}
