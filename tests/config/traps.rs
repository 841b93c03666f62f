//! What YAML 1.1 and 1.2 read differently, and what editors and systems put into a file: each
//! behaves as `docs/config.md` says.

use scf::{config::Source, error::Diagnose};
use secrecy::ExposeSecret;

use super::{api, errors, loaded};

/// What a value becomes in the container's environment, and whether there is a warning.
fn becomes(written: &str) -> String {
    // `api` drops empty lines.
    let text = format!("{}    environment:\n      A1: {written}\n", api(""));
    let loaded = loaded(&text, &[]);
    let container = loaded.config.containers.values().next().unwrap();
    let value = container.environment["A1"].expose_secret();
    let mark = if loaded.warnings.is_empty() {
        ""
    } else {
        " (a warning)"
    };
    format!("{written} -> {value:?}{mark}")
}

#[test]
fn words_and_numbers_are_those_of_yaml_1_2() {
    let written = [
        "yes",
        "no",
        "on",
        "off",
        "Y",
        "n",
        "YES",
        "true",
        "True",
        "FALSE",
        "12",
        "007",
        "0o17",
        "0x1F",
        "0b11",
        "1_000",
        "1.10",
        "1.5",
        "1e3",
        "+5",
        "-0",
        ".5",
        "5.",
        ".inf",
        "-.INF",
        ".nan",
        "012345678901",
        "12345678901234567890123",
        "12:30",
        "12:30:45",
        "2026-11-22",
        "1.2.3",
        "=",
        "<<",
        "'null'",
        "'~'",
        "\"\"",
        "!!str 007",
        "!!str yes",
    ];
    let all: Vec<String> = written.iter().map(|it| becomes(it)).collect();
    insta::assert_snapshot!(all.join("\n"), @r#"
    yes -> "yes"
    no -> "no"
    on -> "on"
    off -> "off"
    Y -> "Y"
    n -> "n"
    YES -> "YES"
    true -> "true"
    True -> "true"
    FALSE -> "false"
    12 -> "12"
    007 -> "7" (a warning)
    0o17 -> "15" (a warning)
    0x1F -> "31" (a warning)
    0b11 -> "0b11"
    1_000 -> "1_000"
    1.10 -> "1.1" (a warning)
    1.5 -> "1.5"
    1e3 -> "1000" (a warning)
    +5 -> "5" (a warning)
    -0 -> "0" (a warning)
    .5 -> "0.5" (a warning)
    5. -> "5" (a warning)
    .inf -> ".inf"
    -.INF -> "-.INF"
    .nan -> ".nan"
    012345678901 -> "12345678901" (a warning)
    12345678901234567890123 -> "1.2345678901234568e+22" (a warning)
    12:30 -> "12:30"
    12:30:45 -> "12:30:45"
    2026-11-22 -> "2026-11-22"
    1.2.3 -> "1.2.3"
    = -> "="
    << -> "<<"
    'null' -> "null"
    '~' -> "~"
    "" -> ""
    !!str 007 -> "007"
    !!str yes -> "yes"
    "#);
}

#[test]
fn a_number_that_is_read_otherwise_is_a_warning() {
    let text = api("    environment:\n      MODE: 0755\n      MASK: 0o17\n");
    let warnings = loaded(&text, &[]).warnings;
    let warnings: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(warnings.join("\n\n"), @r#"
    warning: `containers.api.environment.MODE` will be `755`
      --> serverless.containers.yml:10:13
       |
    10 |       MODE: 0755
       |             ^^^^ read as a number
       |
       = help: write "0755" to keep it as it stands

    warning: `containers.api.environment.MASK` will be `15`
      --> serverless.containers.yml:11:13
       |
    11 |       MASK: 0o17
       |             ^^^^ read as a number
       |
       = help: write "0o17" to keep it as it stands
    "#);
}

#[test]
fn nothing_is_not_empty_text() {
    insta::assert_snapshot!(errors(&api("    environment:\n      A1:\n      B1: ~\n      C1: null\n")), @r#"
    serverless.containers.yml has 3 errors

    error: `containers.api.environment.A1` is empty
      --> serverless.containers.yml:10:7
       |
    10 |       A1:
       |       ^^ nothing is written here
       |
       = help: write a value, `""` for empty text, or remove the key

    error: `containers.api.environment.B1` is empty
      --> serverless.containers.yml:11:11
       |
    11 |       B1: ~
       |           ^ nothing is written here
       |
       = help: write a value, `""` for empty text, or remove the key

    error: `containers.api.environment.C1` is empty
      --> serverless.containers.yml:12:11
       |
    12 |       C1: null
       |           ^^^^ nothing is written here
       |
       = help: write a value, `""` for empty text, or remove the key
    "#);
}

#[test]
fn words_of_yaml_1_1_are_no_truth_values() {
    insta::assert_snapshot!(errors(&api("    preflight: on\n    compute: { awsLambda: { vpc: NO } }\n")), @"
    serverless.containers.yml has 2 errors

    error: `containers.api.preflight` must be `true` or `false`
     --> serverless.containers.yml:9:16
      |
    9 |     preflight: on
      |                ^^ this is text
      |
      = help: write `true` or `false`: in YAML 1.2 `yes`, `no`, `on` and `off` are text

    error: `containers.api.compute.awsLambda.vpc` must be `true` or `false`
      --> serverless.containers.yml:10:34
       |
    10 |     compute: { awsLambda: { vpc: NO } }
       |                                  ^^ this is text
       |
       = help: write `true` or `false`: in YAML 1.2 `yes`, `no`, `on` and `off` are text
    ");
}

#[test]
fn keys_are_text_whatever_they_look_like() {
    let text = api("    environment: { on: a, no: b, yes: c, true: d, null: e, NaN: f }\n");
    let config = loaded(&text, &[]).config;
    let environment = &config.containers.values().next().unwrap().environment;
    let keys: Vec<&str> = environment.keys().map(String::as_str).collect();
    assert_eq!(keys, ["NaN", "no", "null", "on", "true", "yes"]);
    insta::assert_snapshot!(errors("on: [push]\nname: shop\ndeployment: { type: aws@1.0 }\n"), @"
    serverless.containers.yml has 1 error

    error: unknown key `on`
     --> serverless.containers.yml:1:1
      |
    1 | on: [push]
      | ^^ the file has no such key
      |
      = help: write one of `containers`, `deployment`, `frameworkVersion`, `name`, `namespace`, `org`, `preview`, `provider` or `stages`
    ");
}

#[test]
fn text_in_blocks_keeps_its_lines_or_folds_them() {
    let block = |head: &str| {
        becomes(&format!(
            "{head}\n        one\n        two\n\n        three\n\n"
        ))
    };
    let all = ["|", "|-", "|+", ">", ">-", "|2-"].map(block);
    insta::assert_snapshot!(all.join("\n---\n"), @r#"
    |
            one
            two

            three

     -> "one\ntwo\n\nthree\n"
    ---
    |-
            one
            two

            three

     -> "one\ntwo\n\nthree"
    ---
    |+
            one
            two

            three

     -> "one\ntwo\n\nthree\n\n\n"
    ---
    >
            one
            two

            three

     -> "one two\nthree\n"
    ---
    >-
            one
            two

            three

     -> "one two\nthree"
    ---
    |2-
            one
            two

            three

     -> "one\ntwo\n\nthree"
    "#);
}

#[test]
fn a_variable_in_a_block_is_one() {
    let text = api(
        "    environment:\n      A1: |\n        url=${env:URL}\n        mode=${env:MODE, 'dev'}\n",
    );
    let config = loaded(&text, &[("URL", "https://example.com")]).config;
    let environment = &config.containers.values().next().unwrap().environment;
    assert_eq!(
        environment["A1"].expose_secret(),
        "url=https://example.com\nmode=dev\n"
    );
    let missing = api("    environment:\n      A1: >-\n        url=${env:UNSET}\n");
    insta::assert_snapshot!(errors(&missing), @"
    serverless.containers.yml has 1 error

    error: the environment variable `UNSET` is not set
      --> serverless.containers.yml:11:15
       |
    11 |         url=${env:UNSET}
       |               ^^^^^^^^^
       |
       = help: set it, or give a default: `${env:UNSET, 'value'}`
    ");
}

#[test]
fn ends_of_lines_and_marks_of_editors_change_nothing() {
    let text = api("    environment:\n      A1: |\n        one\n        two\n");
    let value = |text: &str| {
        let config = loaded(text, &[]).config;
        let environment = &config.containers.values().next().unwrap().environment;
        environment["A1"].expose_secret().to_owned()
    };
    for text in [
        text.clone(),
        text.replace('\n', "\r\n"),
        format!("\u{feff}{text}"),
        format!("---\n{text}"),
        format!("%YAML 1.2\n---\n{text}...\n"),
        format!("# a comment\n\n{text}\n# another\n"),
    ] {
        assert_eq!(value(&text), "one\ntwo\n", "{text:?}");
    }
}

#[test]
fn merge_keys_take_one_map_or_several_and_own_keys_win() {
    let text = api("    environment:
      <<: [&one { A1: one, B1: one, C1: one }, { B1: two, C1: two, D1: two }]
      A1: own
  web:
    src: ./web
    routing:
      pathPattern: /*
    environment: { <<: *one }
");
    let config = loaded(&text, &[]).config;
    let all: Vec<String> = config
        .containers
        .iter()
        .map(|(name, container)| {
            let pairs = container.environment.iter();
            let pairs: Vec<String> = pairs
                .map(|(key, value)| format!("{key}={}", value.expose_secret()))
                .collect();
            format!("{name}: {}", pairs.join(" "))
        })
        .collect();
    assert_eq!(
        all,
        [
            "api: A1=own B1=one C1=one D1=two",
            "web: A1=one B1=one C1=one"
        ]
    );
    insta::assert_snapshot!(errors(&api("    environment:\n      <<: text\n      A1: *nobody\n")), @"
    serverless.containers.yml has 2 errors

    error: only maps can be merged
      --> serverless.containers.yml:10:11
       |
    10 |       <<: text
       |           ^^^^ must be a map, or a list of maps
       |
       = help: write `<<: *name`, where `&name` stands before a map

    error: this is not valid YAML
      --> serverless.containers.yml:11:11
       |
    11 |       A1: *nobody
       |           ^ while parsing node, found unknown anchor
       |
       = help: put quotes around a value that begins with `*`, `&`, `@`, `%` or a backtick
    ");
    insta::assert_snapshot!(errors(&api("    environment:\n      <<: text\n")), @"
    serverless.containers.yml has 1 error

    error: only maps can be merged
      --> serverless.containers.yml:10:11
       |
    10 |       <<: text
       |           ^^^^ must be a map, or a list of maps
       |
       = help: write `<<: *name`, where `&name` stands before a map
    ");
}

#[test]
fn a_duplicate_key_is_refused_in_every_spelling() {
    let text = api("    environment: { A1: x, \"A1\": y, 'A1': z }\n");
    insta::assert_snapshot!(errors(&text), @r#"
    serverless.containers.yml has 2 errors

    error: the key `A1` is there twice
     --> serverless.containers.yml:9:27
      |
    9 |     environment: { A1: x, "A1": y, 'A1': z }
      |                    --     ^^^^ again here
      |                    |
      |                    first here
      |
      = help: keep one of them

    error: the key `A1` is there twice
     --> serverless.containers.yml:9:36
      |
    9 |     environment: { A1: x, "A1": y, 'A1': z }
      |                    -- first here   ^^^^ again here
      |
      = help: keep one of them
    "#);
}

#[test]
fn text_that_is_not_utf_8_is_refused_with_its_place() {
    let decode = |bytes: &[u8]| {
        let error = Source::decode("shop.yml".into(), bytes.to_vec()).unwrap_err();
        assert_eq!(error.class().exit_code(), 2);
        error.to_string()
    };
    assert_eq!(
        decode(b"name: shop\norg: Gr\xfc\xdfe\n"),
        "shop.yml:2:8 is no UTF-8 text"
    );
    // UTF-16, as some editors save.
    assert_eq!(decode(b"\xff\xfen\0a\0"), "shop.yml:1:1 is no UTF-8 text");
    assert_eq!(
        decode("org: Größe\n\u{e9}".as_bytes().split_last().unwrap().1),
        "shop.yml:2:1 is no UTF-8 text"
    );
}
