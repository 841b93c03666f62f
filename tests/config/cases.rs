//! Files that SCF 4.39 accepted or refused, judged as its own schema judged them.

use serde::Deserialize;

use scf::error::Diagnose;

use super::{context, load, loaded, source};

#[derive(Deserialize)]
struct Case {
    id: String,
    expect: Expectation,
    config: serde_json::Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Expectation {
    Accept,
    Reject,
}

#[test]
fn every_case_is_judged_as_expected() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("config-cases.json")).unwrap();
    assert_eq!(cases.len(), 67);
    let mut wrong = Vec::new();
    for Case { id, expect, config } in cases {
        let text = serde_yaml::to_string(&config).unwrap();
        let (verdict, said) = match load(&source(&text), &context(&[])) {
            Ok(_) => (Expectation::Accept, String::new()),
            Err(errors) => (Expectation::Reject, errors.detail().unwrap()),
        };
        if verdict != expect {
            wrong.push(format!("{id}: {verdict:?}, not {expect:?}\n{said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_example_of_scf_is_accepted() {
    let environment = [
        "OPENAI_API_KEY",
        "ANTHROPIC_API_KEY",
        "SLACK_APP_NAME",
        "SLACK_SIGNING_SECRET",
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "DB_URL",
    ]
    .map(|name| (name, "set"));
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/config/examples");
    let mut read = 0;
    for entry in std::fs::read_dir(directory).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        assert_eq!(loaded(&text, &environment).config.containers.len(), 1);
        read += 1;
    }
    assert_eq!(read, 10);
}
