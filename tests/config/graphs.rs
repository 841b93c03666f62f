//! Any references at all: they resolve exactly when they do not lead in a circle, and they end.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use proptest::prelude::*;
use scf::{config, error::Diagnose};
use secrecy::ExposeSecret;

use super::{api, context, source};

/// For each parameter, the parameters that it refers to.
type Graph = Vec<Vec<usize>>;

fn any_graph() -> impl Strategy<Value = Graph> {
    (1_usize..12).prop_flat_map(|size| {
        let references = prop::collection::vec(0..size, 0..3);
        prop::collection::vec(references, size)
    })
}

/// What a parameter becomes; nothing when it leads in a circle.
fn value(graph: &Graph, at: usize, way: &mut Vec<usize>) -> Option<String> {
    if way.contains(&at) {
        return None;
    }
    way.push(at);
    let mut text = format!("<{at}");
    for next in &graph[at] {
        text += &value(graph, *next, way)?;
    }
    way.pop();
    Some(text + ">")
}

fn file(graph: &Graph) -> String {
    let mut lines = "    environment:\n".to_owned();
    for at in 0..graph.len() {
        writeln!(lines, "      V{at}: ${{param:p{at}}}").unwrap();
    }
    lines += "stages:\n  dev:\n    params:\n";
    for (at, references) in graph.iter().enumerate() {
        let references: String = references
            .iter()
            .map(|it| format!("${{param:p{it}}}"))
            .collect();
        writeln!(lines, "      p{at}: <{at}{references}>").unwrap();
    }
    api(&lines)
}

/// Loads within a second, else fails.
fn load_in_time(text: &str) -> Result<BTreeMap<String, String>, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (source, context) = (source(text), context(&[("A", "a")]));
    let loaded = runtime.block_on(async {
        let load = config::load(&source, &context);
        tokio::time::timeout(Duration::from_secs(20), load).await
    });
    match loaded.expect("resolving must end") {
        Ok(loaded) => {
            let api = loaded.config.containers.into_values().next();
            let environment = api.map(|it| it.environment).unwrap_or_default().into_iter();
            Ok(environment
                .map(|(key, value)| (key, value.expose_secret().to_owned()))
                .collect())
        }
        Err(errors) => Err(errors.detail().unwrap()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn references_resolve_exactly_when_they_end(graph in any_graph()) {
        let expected: Option<BTreeMap<String, String>> = (0..graph.len())
            .map(|at| Some((format!("V{at}"), value(&graph, at, &mut Vec::new())?)))
            .collect();
        match (load_in_time(&file(&graph)), expected) {
            (Ok(values), Some(expected)) => prop_assert_eq!(values, expected),
            (Err(said), None) => {
                let is_cycle = |line: &&str| line.starts_with("error: ");
                let all_cycles = said.lines().filter(is_cycle).all(|line| {
                    line.contains("refer to one another") || line.contains("refers to its own value")
                });
                prop_assert!(all_cycles, "{}", said);
            }
            (result, expected) => prop_assert!(false, "{result:?} for {expected:?}"),
        }
    }

    #[test]
    fn fragments_of_variables_never_panic_and_always_end(
        fragments in prop::collection::vec(prop::collection::vec(fragment(), 0..12), 1..5)
    ) {
        let mut lines = "    environment:\n".to_owned();
        for (index, fragments) in fragments.iter().enumerate() {
            let text = serde_json::Value::from(fragments.concat());
            writeln!(lines, "      V{index}: {text}").unwrap();
        }
        let _ = load_in_time(&api(&lines));
    }
}

/// Pieces of which interesting values are made.
fn fragment() -> impl Strategy<Value = String> {
    let pieces = [
        "${",
        "}",
        ":",
        ",",
        "'",
        "\"",
        "(",
        ")",
        "\\",
        "$",
        " ",
        ".",
        "0",
        "[0]",
        "env:A",
        "env:",
        "self:",
        "self:name",
        "containers.api.environment",
        ".V0",
        ".V1",
        "opt:stage",
        "sls:stage",
        "param:",
        "file(",
        "file(x.yml)",
        "git:",
        "strToBool(",
        "true",
        "null",
        "vault:",
        "a/b/c",
        "terraform:outputs:",
        "aws:",
        "x://",
        "é",
        "\u{0}",
        "\n",
    ];
    prop_oneof![
        4 => prop::sample::select(pieces.to_vec()).prop_map(str::to_owned),
        1 => "\\PC{0,3}",
        2 => "(env|self|param|opt|sls|git|file|strToBool):[a-zA-Z.]{0,6}".prop_map(|it| format!("${{{it}}}")),
    ]
}
