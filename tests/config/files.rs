//! Finding the file, and what surrounds the config.

use camino::Utf8Path;

use scf::{
    config::{ConfigErrors, Target, compose_file, find, without_effect},
    error::{Class, Diagnose},
};

use super::{api, config, context, load, source};

fn directory() -> (tempfile::TempDir, camino::Utf8PathBuf) {
    let temporary = tempfile::tempdir().unwrap();
    let path = Utf8Path::from_path(temporary.path()).unwrap().to_owned();
    (temporary, path)
}

#[test]
fn the_file_is_found_by_either_name() {
    let (_guard, path) = directory();
    std::fs::write(path.join("serverless.containers.yaml"), "").unwrap();
    assert_eq!(
        find(&path).unwrap(),
        path.join("serverless.containers.yaml")
    );
    std::fs::write(path.join("serverless.containers.yml"), "").unwrap();
    assert_eq!(find(&path).unwrap(), path.join("serverless.containers.yml"));
}

#[test]
fn a_missing_file_is_a_config_error_that_says_where_it_was_looked_for() {
    let (_guard, path) = directory();
    let error = find(&path).unwrap_err();
    assert_eq!(
        error.to_string().replace(path.as_str(), "DIR"),
        "no config file in DIR: looked for serverless.containers.yml and serverless.containers.yaml"
    );
    assert_eq!(error.class(), Class::Config);
    assert_eq!(
        error.hint().unwrap(),
        "run where the file is, or name it with `--config`"
    );
}

fn refused() -> ConfigErrors {
    load(&source(&api("    prt: 1\n")), &context(&[])).unwrap_err()
}

#[test]
fn a_bad_file_is_a_config_error() {
    let errors = refused();
    assert_eq!(errors.class(), Class::Config);
    assert_eq!(errors.to_string(), "serverless.containers.yml has 1 error");
    assert_eq!(
        format!("{errors:?}"),
        r#"ConfigErrors(serverless.containers.yml: ["unknown key `prt`"])"#
    );
}

#[test]
fn colour_is_for_those_who_ask() {
    assert!(!refused().detail().unwrap().contains('\u{1b}'));
    assert!(refused().colour(true).detail().unwrap().contains('\u{1b}'));
}

#[test]
fn integrations_do_not_run_locally() {
    let text = api("    integrations:
      clock: { type: schedule, schedule: rate(1 day) }
      chat: { type: slack, name: Chat }
");
    let said: Vec<String> = without_effect(&config(&text), Target::Local)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        said,
        ["integrations of container api do not run with --target local: chat, clock"]
    );
    assert!(without_effect(&config(&api("")), Target::Local).is_empty());
}

#[test]
fn a_compose_file_is_seen() {
    let (_guard, path) = directory();
    assert_eq!(compose_file(&path), None);
    std::fs::write(path.join("docker-compose.yml"), "").unwrap();
    assert_eq!(compose_file(&path), Some(path.join("docker-compose.yml")));
}
