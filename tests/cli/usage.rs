//! A command line that cannot be meant exits with 2 and says what could.

use crate::folder::Folder;

#[test]
fn no_command() {
    let ran = Folder::empty().scf("");
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("Usage: scf <COMMAND>") && ran.stdout.is_empty(),
        "{}",
        ran.text()
    );
}

#[test]
fn a_command_that_is_none() {
    insta::assert_snapshot!(Folder::empty().scf("delpoy").text(), @"
    --- stderr
    error: unrecognized subcommand 'delpoy'

      tip: some similar subcommands exist: 'help', 'deploy'

    Usage: scf <COMMAND>

    For more information, try '--help'.
    --- exit code 2
    ");
}

#[test]
fn an_option_that_is_none() {
    insta::assert_snapshot!(Folder::empty().scf("deploy --taget local").text(), @"
    --- stderr
    error: unexpected argument '--taget' found

      tip: a similar argument exists: '--target'

    Usage: scf deploy --target <TARGET>

    For more information, try '--help'.
    --- exit code 2
    ");
}

#[test]
fn values_that_are_none() {
    let folder = Folder::empty();
    insta::assert_snapshot!(folder.scf("deploy --target moon").text(), @"
    --- stderr
    error: invalid value 'moon' for '--target <TARGET>'
      [possible values: aws, local]

    For more information, try '--help'.
    --- exit code 2
    ");
    insta::assert_snapshot!(folder.scf("deploy --stage my_stage").text(), @r#"
    --- stderr
    error: invalid value 'my_stage' for '--stage <STAGE>': stage "my_stage" may contain only letters, digits and -

    For more information, try '--help'.
    --- exit code 2
    "#);
    insta::assert_snapshot!(folder.scf("deploy --lock-timeout soon").text(), @r#"
    --- stderr
    error: invalid value 'soon' for '--lock-timeout <SECONDS>': "soon" is not a number of seconds

    For more information, try '--help'.
    --- exit code 2
    "#);
    insta::assert_snapshot!(folder.scf("deploy --lease 0").text(), @"
    --- stderr
    error: invalid value '0' for '--lease <SECONDS>': must be more than 0

    For more information, try '--help'.
    --- exit code 2
    ");
    insta::assert_snapshot!(folder.scf("deploy --port 70000").text(), @"
    --- stderr
    error: invalid value '70000' for '--port <PORT>': 70000 is not in 0..=65535

    For more information, try '--help'.
    --- exit code 2
    ");
}

#[test]
fn a_value_from_the_environment_is_judged_like_one_from_the_command_line() {
    let folder = Folder::empty();
    let ran = folder.run(
        folder
            .command("validate")
            .env("SERVERLESS_STAGE", "my_stage"),
    );
    insta::assert_snapshot!(ran.text(), @r#"
    --- stderr
    error: invalid value 'my_stage' for '--stage <STAGE>': stage "my_stage" may contain only letters, digits and -

    For more information, try '--help'.
    --- exit code 2
    "#);
}

#[test]
fn no_step_at_once_is_no_concurrency() {
    let folder = Folder::empty();
    insta::assert_snapshot!(folder.scf("deploy --concurrency 0").text(), @r#"
    --- stderr
    error: invalid value '0' for '--concurrency <N>': "0" is not a whole number of 1 or more

    For more information, try '--help'.
    --- exit code 2
    "#);
}

#[test]
fn an_option_that_would_have_no_effect_is_refused() {
    let folder = Folder::shop();
    insta::assert_snapshot!(folder.scf("remove --port 8080").text(), @"
    --- stderr
    error: unexpected argument '--port' found

    Usage: scf remove [OPTIONS]

    For more information, try '--help'.
    --- exit code 2
    ");
    for (command, option) in [
        ("remove", "--health-deadline 5"),
        ("remove", "--force"),
        ("validate", "--debug"),
        ("validate", "--target local"),
        ("plan", "--debug"),
        ("info", "--debug"),
        ("logs", "--debug"),
        ("logs", "--concurrency 4"),
        ("schema", "--output json"),
    ] {
        let ran = folder.scf(&format!("{command} {option}"));
        let word = option.split(' ').next().unwrap();
        assert_eq!(ran.code, 2, "{}", ran.text());
        let fact = format!("error: unexpected argument '{word}' found");
        assert!(ran.stderr.starts_with(&fact), "{}", ran.text());
    }
}
