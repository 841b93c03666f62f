//! What is printed can be piped, parsed and read anywhere.

use std::process::Stdio;

use crate::folder::{Folder, SHOP};

#[test]
fn a_valid_config_is_said_to_be_valid() {
    let folder = Folder::shop();
    insta::assert_snapshot!(folder.scf("validate").text(), @"
    --- stdout
    The config of shop is valid: 1 container.
    --- exit code 0
    ");
    insta::assert_snapshot!(folder.scf("validate --output json").text(), @r#"
    --- stdout
    {
      "format": "scf.validate/v1",
      "name": "shop",
      "valid": true,
      "warnings": []
    }
    --- exit code 0
    "#);
}

#[test]
fn what_is_wrong_with_a_config_is_data_too() {
    let text = SHOP.replace("src:", "scr:").replace("/*", "'*'");
    let folder = Folder::with_config(&format!("{text}    preflight: true\n    preflight: 1\n"));
    let ran = folder.scf("validate --output json");
    assert_eq!(ran.code, 2);
    insta::assert_snapshot!(ran.stdout, @r#"
    {
      "errors": [
        {
          "also": {
            "column": 5,
            "endColumn": 14,
            "endLine": 11,
            "file": "serverless.containers.yml",
            "label": "first here",
            "line": 11
          },
          "column": 5,
          "endColumn": 14,
          "endLine": 12,
          "file": "serverless.containers.yml",
          "hint": "keep one of them",
          "label": "again here",
          "line": 12,
          "message": "the key `preflight` is there twice"
        }
      ],
      "format": "scf.validate/v1",
      "valid": false
    }
    "#);
    let folder = Folder::with_config(&text);
    insta::assert_snapshot!(folder.scf("validate --output json").stdout, @r#"
    {
      "errors": [
        {
          "column": 5,
          "endColumn": 8,
          "endLine": 8,
          "file": "serverless.containers.yml",
          "hint": "did you mean `src`?",
          "label": "`containers.web` has no such key",
          "line": 8,
          "message": "unknown key `scr`"
        },
        {
          "column": 20,
          "endColumn": 23,
          "endLine": 10,
          "file": "serverless.containers.yml",
          "label": "must be a path that begins with `/`: at most 128 letters, digits and _ - . $ / ~ ' @ : + & * ?",
          "line": 10,
          "message": "`containers.web.routing.pathPattern` is malformed"
        }
      ],
      "format": "scf.validate/v1",
      "valid": false
    }
    "#);
}

#[test]
fn a_config_that_is_not_there_is_data_too() {
    let folder = Folder::empty();
    insta::assert_snapshot!(folder.scf("validate --output json").text(), @r#"
    --- stdout
    {
      "errors": [
        {
          "hint": "run where the file is, or name it with `--config`",
          "message": "no config file in .: looked for serverless.containers.yml and serverless.containers.yaml"
        }
      ],
      "format": "scf.validate/v1",
      "valid": false
    }
    --- stderr
    error: no config file in .: looked for serverless.containers.yml and serverless.containers.yaml
    hint: run where the file is, or name it with `--config`
    --- exit code 2
    "#);
    folder.write("serverless.containers.yml", "name: shop\n");
    let path = folder.path().join("serverless.containers.yml");
    std::fs::write(path, b"name: shop\norg: Caf\xe9\n").unwrap();
    insta::assert_snapshot!(folder.scf("validate --output json").text(), @r#"
    --- stdout
    {
      "errors": [
        {
          "hint": "save the file as UTF-8: an editor shows its encoding and can convert it",
          "message": "serverless.containers.yml:2:9 is no UTF-8 text"
        }
      ],
      "format": "scf.validate/v1",
      "valid": false
    }
    --- stderr
    error: serverless.containers.yml:2:9 is no UTF-8 text
    hint: save the file as UTF-8: an editor shows its encoding and can convert it
    --- exit code 2
    "#);
}

#[test]
fn what_has_no_effect_here_is_a_warning() {
    let folder = Folder::with_config(&format!(
        "{SHOP}    integrations:\n      nightly:\n        type: schedule\n        schedule: rate(1 day)\n        webhookPath: /nightly\n"
    ));
    insta::assert_snapshot!(folder.scf("validate").text(), @"
    --- stdout
    The config of shop is valid: 1 container.
    --- stderr
    integrations of container web do not run with --target local: nightly
    --- exit code 0
    ");
    insta::assert_snapshot!(folder.scf("validate --output json").text(), @r#"
    --- stdout
    {
      "format": "scf.validate/v1",
      "name": "shop",
      "valid": true,
      "warnings": [
        {
          "message": "integrations of container web do not run with --target local: nightly"
        }
      ]
    }
    --- stderr
    integrations of container web do not run with --target local: nightly
    --- exit code 0
    "#);
}

#[test]
fn the_schema_is_json_and_names_every_key_of_the_top_level() {
    let schema = Folder::empty().scf("schema").json();
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    let keys: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    insta::assert_snapshot!(format!("{keys:?}"), @r#"["containers", "deployment", "frameworkVersion", "name", "namespace", "org", "preview", "provider", "stages"]"#);
}

/// Every error and result that needs no container, with and without wishes for colour.
#[test]
fn no_escape_code_is_printed_where_nobody_can_see_it() {
    let invalid = Folder::with_config("name: [\ncontainers: 5\n");
    let shop = Folder::shop().and_engine();
    let calls = [
        (&invalid, "validate"),
        (&invalid, "plan --target local"),
        (&shop, "plan --target local"),
        (&shop, "deploy --target local"),
        (&shop, "info --target local"),
        (&shop, "--help"),
        (&shop, "deploy --help"),
        (&shop, "deploy --nonsense"),
        (&shop, "validate"),
    ];
    for (folder, arguments) in calls {
        for variable in ["NO_COLOR", "TERM", "GITHUB_ACTIONS"] {
            let ran = folder.run(folder.command(arguments).env(variable, "xterm-256color"));
            let all = ran.text();
            assert!(
                !all.contains('\u{1b}'),
                "{arguments} with {variable}:\n{all}"
            );
        }
    }
}

#[test]
fn json_is_the_only_thing_on_standard_output() {
    let folder = Folder::with_config(&format!(
        "{SHOP}    integrations:\n      nightly:\n        type: schedule\n        schedule: rate(1 day)\n        webhookPath: /nightly\n"
    ))
    .and_engine();
    folder.write("web/Dockerfile", "FROM scratch\n");
    for (command, format) in [
        ("validate", "scf.validate/v1"),
        ("plan --target local", "scf.plan/v1"),
        ("info --target local", "scf.info/v1"),
        ("remove --target local", "scf.remove/v1"),
    ] {
        let json = folder.scf(&format!("{command} --output json")).json();
        assert_eq!(json["format"], format);
    }
}

#[test]
fn a_reader_that_went_away_is_no_crash() {
    let folder = Folder::empty();
    let mut command = folder.command("schema");
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    insta::assert_snapshot!(format!("{stderr}exit code {:?}", output.status.code()), @"
    error: cannot print the result: Broken pipe (os error 32)
    exit code Some(1)
    ");
}

/// What the program writes when a terminal shows it: `script` makes one.
fn on_a_terminal(folder: &Folder, arguments: &str, environment: &[(&str, &str)]) -> String {
    let program = env!("CARGO_BIN_EXE_scf");
    let command = folder.command("");
    let mut script = std::process::Command::new("script");
    script
        .args([
            "-q",
            "-e",
            "-c",
            &format!("{program} {arguments}"),
            "/dev/null",
        ])
        .env_clear()
        .envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("TERM", "xterm-256color")
        .envs(environment.iter().copied())
        .current_dir(folder.path())
        .stdin(Stdio::null());
    let output = script
        .output()
        .expect("`script` of util-linux is installed");
    String::from_utf8(output.stdout).unwrap()
}

/// Escape codes that set colours or weights: `ESC [ ... m`.
fn is_coloured(text: &str) -> bool {
    text.split("\u{1b}[").skip(1).any(|code| {
        let end = code.find(|c: char| !c.is_ascii_digit() && c != ';');
        end.is_some_and(|end| code[end..].starts_with('m'))
    })
}

#[test]
fn a_terminal_is_drawn_on_and_no_color_takes_the_colours_out() {
    let shop = Folder::shop().and_engine();
    let deploy = "deploy --target local";
    let drawn = on_a_terminal(&shop, deploy, &[]);
    assert!(drawn.contains('\u{1b}') && is_coloured(&drawn), "{drawn:?}");
    let plain = on_a_terminal(&shop, deploy, &[("NO_COLOR", "1")]);
    assert!(
        plain.contains("create network scf-shop-dev") && !is_coloured(&plain),
        "{plain:?}"
    );
    let dumb = on_a_terminal(&shop, deploy, &[("TERM", "dumb")]);
    assert!(
        dumb.contains("failed    network/create") && !dumb.contains('\u{1b}'),
        "{dumb:?}"
    );
    let help = on_a_terminal(&shop, "--help", &[("NO_COLOR", "1")]);
    assert!(
        help.contains("Usage: scf <COMMAND>") && !help.contains('\u{1b}'),
        "{help:?}"
    );
    shop.write("serverless.containers.yml", "name: [\n");
    let invalid = on_a_terminal(&shop, "validate", &[("NO_COLOR", "1")]);
    assert!(
        invalid.contains("error: ") && !invalid.contains('\u{1b}'),
        "{invalid:?}"
    );
}

#[test]
fn steps_are_a_line_each_where_nothing_can_be_drawn() {
    let shop = Folder::shop().and_engine();
    // One at a time: their order is the same in every run.
    let deploy = "deploy --target local --concurrency 1";
    let ran = shop.scf(deploy);
    let times = |text: &str| {
        let is_time = |word: &str| word.parse::<f64>().is_ok() && word.contains('.');
        let words = text
            .split(' ')
            .map(|word| if is_time(word) { "<time>" } else { word });
        words.collect::<Vec<_>>().join(" ")
    };
    insta::assert_snapshot!(times(&ran.text()), @"
    --- stdout
    shop, stage dev, target local

      + network        scf-shop-dev
                       because: new
      + proxy          on localhost
                       because: not running
      + image.web      scf/shop-web:<fingerprint>
                       because: no image with this fingerprint
      + container.web  1 task of awsLambda, 1024 MiB, port 8080
                       because: new
      + routes         1 route
                       because: new

    Plan: 5 to create, 0 to change, 0 to destroy.
    Digest: <digest>
    --- stderr
    failed    image.web/build <time> s
    skipped   container.web/start, because image.web/build failed
    skipped   container.web/healthy, because image.web/build failed
    skipped   container.web/switch, because image.web/build failed
    skipped   routes/publish, because image.web/build failed
    failed    network/create <time> s
    done      proxy/start <time> s
    image.web/build: the Docker Engine could not open the session of a build: Docker responded with status code 500: this engine changes nothing
    network/create: the Docker Engine could not create network scf-shop-dev: Docker responded with status code 500: this engine changes nothing
    4 steps that depend on it were not begun
    error: 2 steps failed
    hint: mend what is named above, then run the command again: what was done stays done
    --- exit code 8
    ");
    let github = shop.run(
        shop.command("deploy --target local")
            .env("GITHUB_ACTIONS", "true"),
    );
    assert_eq!(
        github.stderr.matches("::group::").count(),
        1,
        "{}",
        github.stderr
    );
    assert_eq!(
        github.stderr.matches("::endgroup::").count(),
        1,
        "{}",
        github.stderr
    );
}
