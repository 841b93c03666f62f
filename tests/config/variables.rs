//! `${env:…}`: what it becomes, and what is said when it cannot.

use secrecy::ExposeSecret;

use super::{api, errors, errors_with, loaded, seeds::ENVIRONMENT};

/// What a value of `environment` becomes.
fn value(written: &str, environment: &[(&str, &str)]) -> String {
    let text = api(&format!("    environment:\n      V: {written}\n"));
    let config = loaded(&text, environment).config;
    config.containers[&"api".parse().unwrap()].environment["V"]
        .expose_secret()
        .to_owned()
}

#[test]
fn a_variable_becomes_its_value() {
    let set = [("HOST", "db.example.com"), ("PORT", "5432"), ("EMPTY", "")];
    for (written, becomes) in [
        ("${env:HOST}", "db.example.com"),
        (
            "postgres://${env:HOST}:${env:PORT}/app",
            "postgres://db.example.com:5432/app",
        ),
        ("\"${ env:HOST }\"", "db.example.com"),
        ("'<${env:EMPTY, \"unused\"}>'", "<>"),
        ("${env:EMPTY}", ""),
    ] {
        assert_eq!(value(written, &set), becomes, "{written}");
    }
}

#[test]
fn a_default_stands_in_for_an_unset_variable_only() {
    let set = [("B", "b"), ("NAME", "B")];
    for (written, becomes) in [
        ("\"${env:A, 'x, y}'}\"", "x, y}"),
        ("${env:A, \"quoted\"}", "quoted"),
        ("${env:A, plain words}", "plain words"),
        (
            "${env:A, http://localhost:8080/x}",
            "http://localhost:8080/x",
        ),
        ("${env:A, ''}", ""),
        ("${env:A, env:B}", "b"),
        ("${env:A, ${env:B}}", "b"),
        ("${env:A, ${env:C, 'deep'}}", "deep"),
        ("${env:A, env:C, 'third'}", "third"),
        ("${env:A, 'with ${env:B}'}", "with b"),
        ("${env:${env:NAME}}", "b"),
        ("${env:${env:A}, 'x'}", "x"),
        ("${env:x${env:A, 'y'}, 'z'}", "z"),
        ("${env:A, 42}", "42"),
        ("${env:A, true}", "true"),
        ("${env:A, 1.5}-${env:A, false}", "1.5-false"),
        ("${env:B, 'unused'}", "b"),
    ] {
        assert_eq!(value(written, &set), becomes, "{written}");
    }
}

#[test]
fn what_is_no_variable_stays() {
    for (written, becomes) in [
        ("\\${env:HOST}", "${env:HOST}"),
        ("a \\${env:X} b", "a ${env:X} b"),
        ("$HOME $(pwd) ${HOME}", "$HOME $(pwd) ${HOME}"),
        ("${", "${"),
        ("'{}'", "{}"),
    ] {
        assert_eq!(value(written, &[]), becomes, "{written}");
    }
}

#[test]
fn a_value_is_not_scanned_for_variables() {
    assert_eq!(
        value("${env:A}", &[("A", "${env:B}"), ("B", "b")]),
        "${env:B}"
    );
}

#[test]
fn a_variable_alone_keeps_the_type_of_its_default() {
    let text = api("    port: ${env:PORT, 9000}\n    preflight: ${env:CHECK, false}\n");
    let config = loaded(&text, &[]).config;
    let api = &config.containers[&"api".parse().unwrap()];
    assert_eq!((api.port, api.preflight), (Some(9000), false));
}

#[test]
fn text_of_the_environment_becomes_the_number_or_truth_value_that_a_key_wants() {
    let text = api(
        "    port: ${env:PORT}\n    preflight: ${env:CHECK}\n    environment: { V: \"${env:PORT}\" }\n",
    );
    let config = loaded(&text, &[("PORT", "9000"), ("CHECK", "false")]).config;
    let api = &config.containers[&"api".parse().unwrap()];
    assert_eq!((api.port, api.preflight), (Some(9000), false));
    assert_eq!(api.environment["V"].expose_secret(), "9000");
}

#[test]
fn text_between_quotes_in_the_file_is_no_number() {
    insta::assert_snapshot!(errors(&api("    port: '9000'\n")), @r"
    serverless.containers.yml has 1 error

    error: `containers.api.port` must be a whole number
     --> serverless.containers.yml:9:11
      |
    9 |     port: '9000'
      |           ^^^^^^ this is text
      |
      = help: write it without quotes
    ");
}

#[test]
fn an_unset_variable_is_shown_where_it_stands() {
    let text = api("    environment:
      A: ${env:DB_URL}
      B: \"x ${env:B, env:C} y\"
      C: 'it''s ${env:D}'
      D: >
        folded
        ${env:E}
");
    insta::assert_snapshot!(errors_with(&text, &[("DB_URI", "x")]), @r#"
    serverless.containers.yml has 4 errors

    error: the environment variable `DB_URL` is not set
      --> serverless.containers.yml:10:12
       |
    10 |       A: ${env:DB_URL}
       |            ^^^^^^^^^^
       |
       = help: did you mean `${env:DB_URI}`?

    error: the environment variable `B` is not set
      --> serverless.containers.yml:11:15
       |
    11 |       B: "x ${env:B, env:C} y"
       |               ^^^^^
       |
       = help: set it, or give a default: `${env:B, 'value'}`

    error: the environment variable `D` is not set
      --> serverless.containers.yml:12:10
       |
    12 |       C: 'it''s ${env:D}'
       |          ^^^^^^^^^^^^^^^^
       |
       = help: set it, or give a default: `${env:D, 'value'}`

    error: the environment variable `E` is not set
      --> serverless.containers.yml:14:9
       |
    14 | /         folded
    15 | |         ${env:E}
       | |________________^
       |
       = help: set it, or give a default: `${env:E, 'value'}`
    "#);
}

#[test]
fn an_address_that_a_variable_gives_is_not_repeated() {
    let text = api("    environment:\n      A: ${env:${env:SECRET}}\n");
    let similar = ENVIRONMENT.replace("end", "and");
    let shown = errors_with(&text, &[("SECRET", ENVIRONMENT), (&similar, "")]);
    assert!(!shown.contains(&similar));
    insta::assert_snapshot!(shown, @r"
    serverless.containers.yml has 1 error

    error: there is no value at this address
      --> serverless.containers.yml:10:12
       |
    10 |       A: ${env:${env:SECRET}}
       |            ^^^^^^^^^^^^^^^^^
       |
       = help: the address comes from a variable: check that, or give a default
    ");
}

#[test]
fn an_unset_variable_is_the_only_error_of_its_value() {
    insta::assert_snapshot!(errors(&api("    port: ${env:PORT}\n    compute: ${env:COMPUTE}\n")), @r"
    serverless.containers.yml has 2 errors

    error: the environment variable `PORT` is not set
     --> serverless.containers.yml:9:13
      |
    9 |     port: ${env:PORT}
      |             ^^^^^^^^
      |
      = help: set it, or give a default: `${env:PORT, 'value'}`

    error: the environment variable `COMPUTE` is not set
      --> serverless.containers.yml:10:16
       |
    10 |     compute: ${env:COMPUTE}
       |                ^^^^^^^^^^^
       |
       = help: set it, or give a default: `${env:COMPUTE, 'value'}`
    ");
}

#[test]
fn an_unknown_provider_gets_a_suggestion() {
    let text = api("    environment:
      A: ${enw:DB_URL}
      B: ${consul:a, 'default'}
");
    insta::assert_snapshot!(errors(&text), @r"
    serverless.containers.yml has 2 errors

    error: there is no variable provider `enw`
      --> serverless.containers.yml:10:12
       |
    10 |       A: ${enw:DB_URL}
       |            ^^^^^^^^^^
       |
       = help: did you mean `${env:…}`?

    error: there is no variable provider `consul`
      --> serverless.containers.yml:11:12
       |
    11 |       B: ${consul:a, 'default'}
       |            ^^^^^^^^
       |
       = help: write `${env:NAME}`, or `\${` for text that is no variable
    ");
}

#[test]
fn a_provider_that_is_not_built_says_so_in_spite_of_a_default() {
    let text = api("    environment:
      A: ${aws:ssm:/shop/key, 'none'}
      B: ${ssm:/shop/key~true}
      C: ${env:SET, s3:bucket/key}
      D: ${env:A, ${cf:stack.output}, 'x'}
");
    insta::assert_snapshot!(errors_with(&text, &[("SET", "x")]), @r"
    serverless.containers.yml has 3 errors

    error: `${aws:…}` is valid but not built yet
      --> serverless.containers.yml:10:12
       |
    10 |       A: ${aws:ssm:/shop/key, 'none'}
       |            ^^^^^^^^^^^^^^^^^
       |
       = help: use `${env:NAME}` and set the variable before the run

    error: `${ssm:…}` is valid but not built yet
      --> serverless.containers.yml:11:12
       |
    11 |       B: ${ssm:/shop/key~true}
       |            ^^^^^^^^^^^^^^^^^^
       |
       = help: use `${env:NAME}` and set the variable before the run

    error: `${cf:…}` is valid but not built yet
      --> serverless.containers.yml:13:21
       |
    13 |       D: ${env:A, ${cf:stack.output}, 'x'}
       |                     ^^^^^^^^^^^^^^^
       |
       = help: use `${env:NAME}` and set the variable before the run
    ");
}

#[test]
fn a_variable_that_is_not_closed_is_shown() {
    let text = api("    environment:
      A: ${env:DB_URL
      B: ${env:X, 'y}
      C: ${env:X, 'y' z}
");
    insta::assert_snapshot!(errors(&text), @r"
    serverless.containers.yml has 3 errors

    error: the variable is not closed: `}` is missing
      --> serverless.containers.yml:10:10
       |
    10 |       A: ${env:DB_URL
       |          ^^^^^^^^^^^^
       |
       = help: write `${env:NAME}` or `${env:NAME, 'default'}`

    error: the quoted default is not closed
      --> serverless.containers.yml:11:19
       |
    11 |       B: ${env:X, 'y}
       |                   ^^^
       |
       = help: write `${env:NAME}` or `${env:NAME, 'default'}`

    error: a comma or `}` is missing after a quoted default
      --> serverless.containers.yml:12:10
       |
    12 |       C: ${env:X, 'y' z}
       |          ^^^^^^^^^^^^^
       |
       = help: write `${env:NAME}` or `${env:NAME, 'default'}`
    ");
}

#[test]
fn null_cannot_stand_within_text() {
    insta::assert_snapshot!(errors(&api("    environment:\n      A: x${env:X, null}\n")), @r"
    serverless.containers.yml has 1 error

    error: this variable is no text and cannot stand within text
      --> serverless.containers.yml:10:11
       |
    10 |       A: x${env:X, null}
       |           ^^^^^^^^^^^^^^
       |
       = help: let it be the whole value, or give a default that is text
    ");
}
