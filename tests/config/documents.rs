//! `docs/config.md` and `docs/images.md` say what the code does.

use serde_json::Value;

use scf::{config::json_schema, image::flags};

use super::{api, context, errors, load, loaded, source};

const DOCUMENT: &str = include_str!("../../docs/config.md");

fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    let rest = DOCUMENT.split(fence.as_str()).skip(1);
    rest.map(|block| block.split("```").next().unwrap())
        .collect()
}

#[test]
fn the_smallest_config_is_one() {
    assert_eq!(loaded(blocks("yaml")[0], &[]).config.name.as_str(), "shop");
}

#[test]
fn the_error_that_is_shown_is_the_error_that_is_printed() {
    let printed = errors(&api("    enviroment: {}"));
    assert!(printed.ends_with(blocks("text")[0].trim_end()), "{printed}");
}

#[test]
fn the_data_of_an_error_is_that_which_is_shown() {
    let document = include_str!("../../docs/commands.md");
    let block = document.split("```json\n").nth(1).unwrap();
    let shown: Value = serde_json::from_str(block.split("```").next().unwrap()).unwrap();
    let errors = load(&source(&api("    enviroment: {}")), &context(&[])).unwrap_err();
    assert_eq!(
        shown["errors"],
        serde_json::to_value(errors.notices()).unwrap()
    );
}

#[test]
fn every_key_of_the_schema_is_mentioned() {
    fn keys(schema: &Value, found: &mut Vec<String>) {
        for (key, value) in schema.as_object().into_iter().flatten() {
            if key == "properties" {
                found.extend(value.as_object().unwrap().keys().cloned());
            }
            keys(value, found);
        }
        schema
            .as_array()
            .into_iter()
            .flatten()
            .for_each(|item| keys(item, found));
    }
    // Policies and steps are described by AWS's documents.
    let elsewhere = [
        "Action",
        "Condition",
        "Effect",
        "Id",
        "NotAction",
        "NotResource",
        "Resource",
        "Sid",
        "Statement",
        "Version",
        "metricIntervalLowerBound",
        "metricIntervalUpperBound",
        "scalingAdjustment",
        "value",
    ];
    let mut found = Vec::new();
    keys(&json_schema(), &mut found);
    found.retain(|key| {
        let mentioned = [format!("`{key}`"), format!(".{key}`"), format!("`{key}.")];
        let mentioned = mentioned.iter().any(|mention| DOCUMENT.contains(mention));
        !mentioned && !elsewhere.contains(&key.as_str())
    });
    assert!(found.is_empty(), "not in docs/config.md: {found:?}");
}

#[test]
fn the_flags_that_are_documented_are_those_that_are_read() {
    let table = flags::documentation();
    let document = include_str!("../../docs/images.md");
    assert!(
        document.contains(&table),
        "docs/images.md has not:\n{table}"
    );
}
