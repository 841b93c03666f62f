//! Any file at all: refused or read, but never a panic, and never a contradiction between the
//! schema and the types.

use proptest::prelude::*;
use serde_json::Value;

use scf::error::Diagnose;

use super::{context, load, source};

/// What is said of a file; nothing when it is accepted.
fn verdict(text: &str) -> String {
    match load(&source(text), &context(&[("A", "a"), ("N", "1e2")])) {
        Ok(_) => String::new(),
        Err(errors) => errors.detail().unwrap(),
    }
}

#[test]
fn deep_nesting_is_refused() {
    for text in [
        "[".repeat(10_000),
        "- ".repeat(10_000),
        "a: {b: ".repeat(200),
        "? ".repeat(5_000),
    ] {
        assert_ne!(verdict(&text), "");
    }
    let block: String = (0..2_000)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    assert!(verdict(&block).contains("this is nested too deeply"));
}

#[test]
fn aliases_cannot_expand_without_bound() {
    let wide: String = (0..9)
        .map(|level| {
            format!(
                "a{}: &a{} [{}]\n",
                level + 1,
                level + 1,
                vec![format!("*a{level}"); 10].join(", ")
            )
        })
        .collect();
    assert!(verdict(&format!("a0: &a0 x\n{wide}")).contains("the file is too large"));
    let deep: String = (0..9)
        .map(|level| {
            format!(
                "a{}: &a{} {}*a{level}{}\n",
                level + 1,
                level + 1,
                "[".repeat(20),
                "]".repeat(20)
            )
        })
        .collect();
    assert!(verdict(&format!("a0: &a0 x\n{deep}")).contains("this is nested too deeply"));
    assert!(verdict("a: &a [*a]\n").contains("this alias stands inside what it names"));
}

#[test]
fn variables_cannot_nest_without_bound() {
    let text = format!("name: '{}{}'\n", "${env:".repeat(5_000), "}".repeat(5_000));
    assert!(verdict(&text).contains("variables are nested too deeply"));
}

/// Pieces of which interesting files are made.
fn fragment() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "name: ",
            "containers:\n",
            "  api:\n",
            "    src: x\n",
            "- ",
            "? ",
            ": ",
            "\n",
            "  ",
            "\t",
            "{",
            "}",
            "[",
            "]",
            ",",
            "'",
            "\"",
            "|\n",
            ">-\n",
            "&a ",
            "*a",
            "!!int ",
            "!x ",
            "<<: ",
            "---\n",
            "...\n",
            "#",
            "${env:A",
            "${",
            "}",
            "\\${",
            "é",
            "\u{feff}",
            "\r\n",
            "\u{85}",
            "%YAML 1.2\n",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,4}",
    ]
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-10_i64..200_000).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0_u32..2_000).prop_map(|whole| Value::from(f64::from(whole))),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(vec![
            "",
            "x",
            "${env:A}",
            "${env:NO}",
            "${env:N}",
            "${env:NO, 512.0}",
            "${env:NO, null}",
            "awsLambda",
            "7d",
            "0d",
            "/x"
        ])
        .prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec(("[a-z]{1,6}", inner), 0..3)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// The paths of all values.
fn pointers(value: &Value, path: &str, found: &mut Vec<String>) {
    found.push(path.to_owned());
    for (key, inner) in value.as_object().into_iter().flatten() {
        pointers(
            inner,
            &format!("{path}/{}", key.replace('~', "~0").replace('/', "~1")),
            found,
        );
    }
    for (index, inner) in value.as_array().into_iter().flatten().enumerate() {
        pointers(inner, &format!("{path}/{index}"), found);
    }
}

/// A file with every key.
fn full() -> Value {
    serde_yaml::from_str(include_str!("every-key.yml")).unwrap()
}

#[test]
fn a_file_with_every_key_is_accepted() {
    assert_eq!(verdict(include_str!("every-key.yml")), "");
    assert_eq!(verdict(&full().to_string()), "");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn text_never_panics(text in "\\PC{0,60}") {
        verdict(&text);
    }

    #[test]
    fn fragments_of_yaml_never_panic(fragments in prop::collection::vec(fragment(), 0..40)) {
        verdict(&fragments.concat());
    }

    #[test]
    fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        verdict(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_value_anywhere_is_read_or_refused_with_a_place(at in any::<prop::sample::Index>(), value in any_value()) {
        let mut config = full();
        let mut paths = Vec::new();
        pointers(&config, "", &mut paths);
        *config.pointer_mut(at.get::<String>(&paths)).unwrap() = value;
        let said = verdict(&config.to_string());
        prop_assert!(!said.contains("the file cannot be read"), "{}", said);
    }

    #[test]
    fn a_key_less_is_read_or_refused_with_a_place(at in any::<prop::sample::Index>()) {
        let mut config = full();
        let mut paths = Vec::new();
        pointers(&config, "", &mut paths);
        let (parent, key) = at.get::<String>(&paths).rsplit_once('/').unwrap_or(("", "name"));
        if let Some(map) = config.pointer_mut(parent).and_then(Value::as_object_mut) {
            map.remove(key);
        }
        let said = verdict(&config.to_string());
        prop_assert!(!said.contains("the file cannot be read"), "{}", said);
    }
}
