//! `${vault:…}` and `${terraform:…}` against a server.

use std::fs;

use camino::Utf8Path;
use scf::{
    config::{Loaded, variables::Context},
    error::Diagnose,
};
use secrecy::ExposeSecret;

use super::{
    api, context, load,
    server::{SECRET, Server, TOKEN, state},
    source,
};

fn vault(server: &Server) -> Context {
    context(&[("VAULT_ADDR", &server.url), ("VAULT_TOKEN", TOKEN)])
}

fn loaded(lines: &str, context: &Context) -> Loaded {
    match load(&source(&api(lines)), context) {
        Ok(loaded) => loaded,
        Err(errors) => panic!("{}", errors.detail().unwrap()),
    }
}

/// What is said of a file, ports and tokens in place of which stand words.
fn errors(lines: &str, context: &Context, server: &Server) -> String {
    let errors = load(&source(&api(lines)), context).unwrap_err();
    let said = errors.detail().unwrap();
    assert!(!said.contains(SECRET) && !said.contains(TOKEN), "{said}");
    said.replace(server.url.trim_start_matches("http://"), "HOST")
}

fn value(written: &str, rest: &str, context: &Context) -> String {
    let lines = format!("    environment:\n      V: {written}\n{rest}");
    let config = loaded(&lines, context).config;
    config.containers[&"api".parse().unwrap()].environment["V"]
        .expose_secret()
        .to_owned()
}

#[test]
fn vault_gives_secrets_of_both_versions() {
    let server = Server::start();
    let mut context = vault(&server);
    let variables = &mut context.environment;
    variables.insert("VAULT_NAMESPACE".to_owned(), "team".to_owned());
    for (written, becomes) in [
        ("${vault:secret/data/shop/password}", SECRET),
        ("${vault:secret/data/shop/port}", "5432"),
        ("${vault:secret/data/shop/db.user}", SECRET),
        ("${vault:kv/shop/data}", "d"),
        ("${vault:/kv/a b/c}", "team"),
        ("${vault:secret/data/none/x, 'default'}", "default"),
        ("${vault:secret/data/deleted/x, 'default'}", "default"),
        ("${vault:secret/data/shop/x, 'default'}", "default"),
        (
            "postgres://u:${vault:kv/shop/password}@h",
            &format!("postgres://u:{SECRET}@h"),
        ),
    ] {
        assert_eq!(value(written, "", &context), becomes, "{written}");
    }
}

#[test]
fn sources_are_declared_by_stage_with_names_of_their_own() {
    let server = Server::start();
    let mut context = context(&[("T", TOKEN)]);
    context
        .params
        .insert("server".to_owned(), server.url.clone());
    let stages = "stages:
  default:
    resolvers:
      vault: { type: vault, address: '${param:server}', token: wrong }
      team: { type: vault, address: '${param:server}/', token: '${env:T}', path: secret/data }
      one: { type: vault, address: '${param:server}', token: '${env:T}', path: /kv/shop/ }
  dev:
    resolvers: { vault: { token: '${env:T}' } }
";
    for (written, becomes) in [
        ("${vault:kv/shop/password}", SECRET),
        ("${team:shop/password}", SECRET),
        ("${one:metadata}", "m"),
    ] {
        assert_eq!(value(written, stages, &context), becomes, "{written}");
    }
}

#[test]
fn a_secret_is_read_once_and_only_when_it_is_needed() {
    let server = Server::start();
    let lines = "    environment:
      A: ${vault:kv/shop/password}
      B: ${vault:kv/shop/data}-${vault:kv/shop/metadata}
      C: ${self:containers.api.environment.A}
      D: ${env:VAULT_ADDR, vault:sealed/x/y}
stages:
  dev: { params: { unused: '${vault:secret/data/shop/password}' } }
  prod: { params: { unused: '${vault:secret/data/shop/password}' } }
";
    loaded(lines, &vault(&server));
    assert_eq!(server.requests(), ["GET /v1/kv/shop"]);
}

#[test]
fn values_are_asked_for_at_the_same_time() {
    let server = Server::start();
    let context = vault(&server);
    let lines = "    environment:
      A: ${vault:kv/together-a/x}
      B: ${vault:kv/together-b/x}
";
    loaded(lines, &context);
    let one_text = "${vault:kv/together-a/x} ${vault:kv/together-b/x}";
    assert_eq!(value(one_text, "", &context), "kv/together-a kv/together-b");
    let declared = "stages: { dev: { params: { a: '${vault:kv/together-a/x}' } } }\n";
    let one_lazy = "${param:a} ${vault:kv/together-b/x}";
    assert_eq!(
        value(one_lazy, declared, &context),
        "kv/together-a kv/together-b"
    );
}

#[test]
fn a_vault_that_does_not_give_is_told_apart() {
    let server = Server::start();
    let context = vault(&server);
    insta::assert_snapshot!(errors("    environment:
      A: ${vault:secret/data/none/x}
      B: ${vault:secret/data/shop/pasword}
      C: ${vault:secret/data/forbidden/x, 'default'}
      D: ${vault:sealed/x/y, 'default'}
      E: ${vault:broken/x/y, 'default'}
      F: ${vault:password, 'default'}
      G: ${vault:secret/data/${self:name}x/y, 'default'}${vault:kv/${env:VAULT_TOKEN}/y}
", &context, &server), @r"
    error: Vault has no secret `secret/data/none`
      --> serverless.containers.yml:10:12
       |
    10 |       A: ${vault:secret/data/none/x}
       |            ^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: in an engine of version 2, `data/` follows the mount: `secret/data/app/password`

    error: the secret `secret/data/shop` has no key `pasword`
      --> serverless.containers.yml:11:12
       |
    11 |       B: ${vault:secret/data/shop/pasword}
       |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: did you mean `password`?

    error: Vault denies `secret/data/forbidden`
      --> serverless.containers.yml:12:12
       |
    12 |       C: ${vault:secret/data/forbidden/x, 'default'}
       |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: the token has expired, or its policy lacks `read` on this path

    error: Vault is sealed, or under maintenance
      --> serverless.containers.yml:13:12
       |
    13 |       D: ${vault:sealed/x/y, 'default'}
       |            ^^^^^^^^^^^^^^^^
       |
       = help: run again once it is unsealed

    error: what Vault answers for `broken/x` is no secret
      --> serverless.containers.yml:14:12
       |
    14 |       E: ${vault:broken/x/y, 'default'}
       |            ^^^^^^^^^^^^^^^^
       |
       = help: check the address, and the path: that of a key-value engine

    error: this names no secret and key of Vault
      --> serverless.containers.yml:15:12
       |
    15 |       F: ${vault:password, 'default'}
       |            ^^^^^^^^^^^^^^
       |
       = help: write `${vault:secret/data/app/password}`: the path, then the key

    error: there is no value at this address
      --> serverless.containers.yml:16:59
       |
    16 |       G: ${vault:secret/data/${self:name}x/y, 'default'}${vault:kv/${env:VAULT_TOKEN}/y}
       |                                                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: the address comes from a variable: check that, or give a default
    ");
}

#[test]
fn a_vault_that_cannot_be_asked_is_no_reason_for_a_default() {
    let server = Server::start();
    let lines = "    environment:
      A: ${vault:secret/data/shop/x, 'default'}
stages:
  dev: { resolvers: { vault: { address: 'http://127.0.0.1:1' } } }
";
    let refused = errors(lines, &vault(&server), &server);
    insta::assert_snapshot!(refused, @r"
    error: Vault at `127.0.0.1:1` cannot be asked: no connection: Connection refused (os error 111)
      --> serverless.containers.yml:10:12
       |
    10 |       A: ${vault:secret/data/shop/x, 'default'}
       |            ^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: check its address, and that this machine reaches it
    ");
    let no_token = context(&[("VAULT_TOKEN", "")]);
    let lines = "    environment: { A: \"${vault:secret/data/shop/x, 'default'}\" }\n";
    insta::assert_snapshot!(errors(lines, &no_token, &server), @r#"
    error: there is no token for Vault
     --> serverless.containers.yml:9:26
      |
    9 |     environment: { A: "${vault:secret/data/shop/x, 'default'}" }
      |                          ^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: set `VAULT_TOKEN`, or `token` at `stages.default.resolvers.vault`
    "#);
    for (address, shown) in [
        ("ftp://x/token", "x"),
        ("x y", "***"),
        ("http://u:p@127.0.0.1:1", "127.0.0.1:1"),
        ("https://127.0.0.1:1", "127.0.0.1:1"),
    ] {
        let context = context(&[("VAULT_ADDR", address), ("VAULT_TOKEN", TOKEN)]);
        let said = errors(lines, &context, &server);
        let begin = format!("error: Vault at `{shown}` cannot be asked: ");
        assert!(said.starts_with(&begin), "{said}");
    }
}

#[test]
fn terraform_gives_outputs_of_a_local_state() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("terraform.tfstate"), state().to_string()).unwrap();
    let mut context = context(&[]);
    context.folder = Utf8Path::from_path(folder.path()).unwrap().to_owned();
    let stages = "stages:
  default:
    resolvers:
      terraform: { type: terraform, backend: local }
      infra: { type: terraform, backend: local, path: ./terraform.tfstate }
";
    for (written, becomes) in [
        ("${terraform:outputs:url}", "https://db.example.com"),
        ("${terraform:url}", "https://db.example.com"),
        ("${infra:outputs:subnets}", r#"["a","b"]"#),
        ("${infra:outputs:subnets.1}", "b"),
        ("${infra:outputs:password}", SECRET),
        ("${infra:outputs:none, 'x'}", "x"),
    ] {
        assert_eq!(value(written, stages, &context), becomes, "{written}");
    }
}

#[test]
fn terraform_gives_outputs_of_a_state_behind_http() {
    let server = Server::start();
    let address = format!("{}/state", server.url);
    let mut context = context(&[
        ("TF_HTTP_ADDRESS", &address),
        ("TF_HTTP_USERNAME", "ci"),
        ("TF_HTTP_PASSWORD", TOKEN),
    ]);
    let lines = "    environment:
      A: ${terraform:outputs:url}
      B: ${terraform:outputs:password}
";
    loaded(lines, &context);
    assert_eq!(server.requests(), ["GET /state"]);
    context.environment.remove("TF_HTTP_ADDRESS");
    context
        .params
        .insert("server".to_owned(), server.url.clone());
    let stages = "stages:
  dev:
    resolvers:
      other: { type: terraform, backend: http, address: '${param:server}/state' }
      none: { type: terraform, backend: http, address: '${param:server}/empty' }
";
    assert_eq!(value("${other:outputs:password}", stages, &context), SECRET);
    assert_eq!(value("${none:outputs:url, 'x'}", stages, &context), "x");
}

#[test]
fn a_state_that_cannot_be_read_says_why() {
    let server = Server::start();
    let url = &server.url;
    let source = |name: &str, path: &str| {
        format!("      {name}: {{ type: terraform, backend: http, address: '{url}/{path}' }}\n")
    };
    let sources: String = ["state", "old", "empty", "moved"]
        .map(|it| source(it, it))
        .concat();
    let lines = format!(
        "    environment:
      A: ${{state:outputs:url, 'x'}}
      B: ${{old:outputs:url, 'x'}}
      C: ${{empty:outputs:url}}
      D: ${{moved:outputs:url, 'x'}}
      E: ${{bucket:outputs:url, 'x'}}
      F: ${{terraform:outputs:url, 'x'}}
      G: ${{aws2:outputs:url, 'x'}}
stages:
  dev:
    resolvers:
      bucket: {{ type: terraform, backend: s3, bucket: b, key: k }}
      aws2: {{ type: aws }}
{sources}"
    );
    let context = context(&[]);
    insta::assert_snapshot!(errors(&lines, &context, &server), @r"
    error: Terraform's backend at `HOST` denies the state
      --> serverless.containers.yml:10:12
       |
    10 |       A: ${state:outputs:url, 'x'}
       |            ^^^^^^^^^^^^^^^^^
       |
       = help: check `username` and `password`

    error: the Terraform state has the format 3; 4 is the one that is read
      --> serverless.containers.yml:11:12
       |
    11 |       B: ${old:outputs:url, 'x'}
       |            ^^^^^^^^^^^^^^^
       |
       = help: apply it once with Terraform 0.12 or later

    error: there is no Terraform state yet
      --> serverless.containers.yml:12:12
       |
    12 |       C: ${empty:outputs:url}
       |            ^^^^^^^^^^^^^^^^^
       |
       = help: apply it first, or give a default

    error: Terraform's backend at `HOST` answers 302
      --> serverless.containers.yml:13:12
       |
    13 |       D: ${moved:outputs:url, 'x'}
       |            ^^^^^^^^^^^^^^^^^
       |
       = help: check its address

    error: the Terraform backend `s3` is valid but not built yet
      --> serverless.containers.yml:14:12
       |
    14 |       E: ${bucket:outputs:url, 'x'}
       |            ^^^^^^^^^^^^^^^^^^
       |
       = help: use `backend: http` or `backend: local`

    error: nothing says where the Terraform state is
      --> serverless.containers.yml:15:12
       |
    15 |       F: ${terraform:outputs:url, 'x'}
       |            ^^^^^^^^^^^^^^^^^^^^^
       |
       = help: set `TF_HTTP_ADDRESS`, or `backend` and `address` or `path` at `stages.default.resolvers.terraform`

    error: `${aws2:…}` is valid but not built yet
      --> serverless.containers.yml:16:12
       |
    16 |       G: ${aws2:outputs:url, 'x'}
       |            ^^^^^^^^^^^^^^^^
       |
       = help: use `${env:NAME}` and set the variable before the run
    ");
}

#[test]
fn a_secret_goes_only_where_secrets_are_kept() {
    let server = Server::start();
    let lines = "    environment: { A: 'x${vault:kv/shop/password}' }
    build:
      args: { B: '${vault:kv/shop/password}', C: plain }
      secrets: { D: '${vault:kv/shop/password}' }
      target: ${self:containers.api.environment.A}
    preflight: ${strToBool(${vault:kv/shop/password, 'true'})}
    port: ${env:PORT, ${vault:secret/data/shop/port}}
    auth: ${param:auth}
    dev: { hooks: { onreload: 'echo ${file(${vault:kv/shop/data}.txt), ${vault:kv/shop/data}}' } }
    integrations:
      chat:
        type: slack
        name: ${vault:kv/shop/password}
        credentials: { signingSecret: '${vault:kv/shop/password}', botToken: x }
stages:
  dev: { params: { auth: '${vault:kv/shop/password}' } }
";
    insta::assert_snapshot!(errors(lines, &vault(&server), &server), @r"
    error: `containers.api.build.args.B` cannot be a secret
      --> serverless.containers.yml:11:18
       |
    11 |       args: { B: '${vault:kv/shop/password}', C: plain }
       |                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^ build arguments stay readable in the image
       |
       = help: a secret may be a value of `environment`, `build.secrets` or `credentials`

    error: `containers.api.build.target` cannot be a secret
      --> serverless.containers.yml:13:15
       |
    13 |       target: ${self:containers.api.environment.A}
       |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this is shown in plans, names or images
       |
       = help: a secret may be a value of `environment`, `build.secrets` or `credentials`

    error: `***` is no truth value
      --> serverless.containers.yml:14:18
       |
    14 |     preflight: ${strToBool(${vault:kv/shop/password, 'true'})}
       |                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: it must be `true`, `1`, `false` or `0`

    error: `containers.api.port` cannot be a secret
      --> serverless.containers.yml:15:11
       |
    15 |     port: ${env:PORT, ${vault:secret/data/shop/port}}
       |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this is shown in plans, names or images
       |
       = help: a secret may be a value of `environment`, `build.secrets` or `credentials`

    error: `containers.api.auth` has no such value
      --> serverless.containers.yml:16:11
       |
    16 |     auth: ${param:auth}
       |           ^^^^^^^^^^^^^ must be `none` or `oac`

    error: `containers.api.dev.hooks.onreload` cannot be a secret
      --> serverless.containers.yml:17:31
       |
    17 |     dev: { hooks: { onreload: 'echo ${file(${vault:kv/shop/data}.txt), ${vault:kv/shop/data}}' } }
       |                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this is shown in plans, names or images
       |
       = help: a secret may be a value of `environment`, `build.secrets` or `credentials`

    error: `containers.api.integrations.chat.name` cannot be a secret
      --> serverless.containers.yml:21:15
       |
    21 |         name: ${vault:kv/shop/password}
       |               ^^^^^^^^^^^^^^^^^^^^^^^^^ this is shown in plans, names or images
       |
       = help: a secret may be a value of `environment`, `build.secrets` or `credentials`
    ");
}

#[test]
fn what_is_loaded_shows_no_secret() {
    let server = Server::start();
    let lines = "    environment: { A: '${vault:kv/shop/password}', B: '${param:p}' }
    build: { secrets: { D: '${vault:kv/shop/password}' } }
stages:
  dev: { params: { p: '${vault:kv/shop/password}' } }
";
    let context = vault(&server);
    let shown = format!("{:?} {context:?}", loaded(lines, &context));
    assert!(!shown.contains(SECRET) && !shown.contains(TOKEN), "{shown}");
}
