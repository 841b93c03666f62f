//! The program itself: what it is given on its command line and in its environment.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use super::{
    api,
    server::{SECRET, Server, TOKEN},
};

/// `scf validate` in a folder with this config.
fn validate(folder: &Path, lines: &str, options: &[&str], environment: &[(&str, &str)]) -> Output {
    fs::write(folder.join("serverless.containers.yml"), api(lines)).unwrap();
    Command::new(env!("CARGO_BIN_EXE_scf"))
        .arg("validate")
        .args(options)
        .current_dir(folder)
        .env_clear()
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    super::seeds::record(output);
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8(text).unwrap()
}

#[test]
fn parameters_and_options_reach_the_config() {
    let folder = tempfile::tempdir().unwrap();
    let lines = "    port: ${param:port}
    preflight: ${opt:debug}
    auth: ${param:${opt:stage}}
";
    let given = ["--stage", "qa", "--param", "port=9000", "--param=qa=oac"];
    let output = validate(folder.path(), lines, &given, &[]);
    assert_eq!(said(&output), "The config of shop is valid: 1 container.\n");
    let output = validate(folder.path(), lines, &given[..4], &[]);
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!(said(&output), @r"
    error: the stage `qa` has no parameter `qa`
      --> serverless.containers.yml:11:13
       |
    11 |     auth: ${param:${opt:stage}}
       |             ^^^^^^^^^^^^^^^^^^
       |
       = help: write it under `stages.qa.params`, give `--param qa=value`, or a default
    error: serverless.containers.yml has 1 error
    hint: `scf schema` prints what may stand where; nothing was changed
    ");
    let output = validate(folder.path(), lines, &["--param", "=x"], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("write `key=value`"),
        "{}",
        said(&output)
    );
}

#[test]
fn files_and_git_are_looked_for_beside_the_config() {
    let folder = tempfile::tempdir().unwrap();
    let git = Command::new("git")
        .args(["init", "-q", "-b", "release"])
        .current_dir(folder.path())
        .status();
    assert!(git.unwrap().success());
    let below = folder.path().join("deploy");
    fs::create_dir(&below).unwrap();
    fs::write(below.join("values.yml"), "release: 9000\n").unwrap();
    let lines = "    port: ${file(values.yml):${git:branch}}\n";
    let valid = "The config of shop is valid: 1 container.\n";
    assert_eq!(said(&validate(&below, lines, &[], &[])), valid);
    let from_above = Command::new(env!("CARGO_BIN_EXE_scf"))
        .args(["validate", "--config", "deploy/serverless.containers.yml"])
        .current_dir(folder.path())
        .env_clear()
        .output();
    assert_eq!(said(&from_above.unwrap()), valid);
}

#[test]
fn a_server_is_trusted_when_its_authority_is() {
    let server = Server::start_with_tls();
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("authority.pem");
    fs::write(&bundle, server.authority.as_ref().unwrap()).unwrap();
    let other = folder.path().join("other.pem");
    fs::write(&other, Server::start_with_tls().authority.unwrap()).unwrap();
    let lines = "    environment: { A: '${vault:kv/shop/password}' }\n";
    let validate = |bundle: &Path| {
        let vault = ("VAULT_ADDR", server.url.as_str());
        let trusted = ("SSL_CERT_FILE", bundle.to_str().unwrap());
        let environment = [vault, ("VAULT_TOKEN", TOKEN), trusted];
        validate(folder.path(), lines, &[], &environment)
    };
    let output = validate(&bundle);
    assert_eq!(said(&output), "The config of shop is valid: 1 container.\n");
    assert_eq!(server.requests(), ["GET /v1/kv/shop"]);
    let output = validate(&other);
    assert_eq!(output.status.code(), Some(2));
    let host = server.url.trim_start_matches("https://");
    insta::assert_snapshot!(said(&output).replace(host, "HOST"), @r"
    error: Vault at `HOST` cannot be asked: no connection: invalid peer certificate: BadSignature
     --> serverless.containers.yml:9:26
      |
    9 |     environment: { A: '${vault:kv/shop/password}' }
      |                          ^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: check its address, and that this machine reaches it
    error: serverless.containers.yml has 1 error
    hint: `scf schema` prints what may stand where; nothing was changed
    ");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn no_output_holds_a_secret() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let environment = [("VAULT_ADDR", server.url.as_str()), ("VAULT_TOKEN", TOKEN)];
    for lines in [
        "    environment: { A: '${vault:kv/shop/password}' }\n",
        "    port: ${vault:kv/shop/password}\n",
        "    auth: ${vault:kv/shop/password}\n",
        "    build: { target: '${vault:kv/shop/password}' }\n",
        "    ${vault:kv/shop/password}: ${vault:kv/shop/password}\n",
        "    environment: { A: '${file(${vault:kv/shop/password})}' }\n",
        "    environment: { A: '${env:${vault:kv/shop/password}}' }\n",
        "    environment: { A: '${git:${vault:kv/shop/password}}' }\n",
        "    environment: { A: '${sls:${vault:kv/shop/password}}' }\n",
        "    environment: { A: '${opt:${vault:kv/shop/password}}' }\n",
        "    environment: { A: '${self:${vault:kv/shop/password}}' }\n",
        "    environment: { A: '${param:${vault:kv/shop/password}}' }\n",
        "    environment: { A: '${strToBool(${vault:kv/shop/password})}' }\n",
        "    environment: { A: '${terraform:outputs:${vault:kv/shop/password}}' }\n",
        "    environment: { A: '${vault:${vault:kv/shop/password}/x}' }\n",
        "    environment: { A: '${vault:kv/shop/${vault:kv/shop/password}}' }\n",
        "    environment: { A: '${vault:sealed/${vault:kv/shop/password}/x}' }\n",
    ] {
        for options in [&["--output", "text"], &["--output", "json"]] {
            let said = said(&validate(folder.path(), lines, options, &environment));
            assert!(!said.is_empty());
            assert!(!said.contains(SECRET) && !said.contains(TOKEN), "{said}");
        }
    }
}
