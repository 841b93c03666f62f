#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]
// Shorter than a fold, and speed is no matter here.
#![allow(clippy::format_collect)]

mod aws;
mod cases;
mod corpus;
mod documents;
mod files;
mod flags;
mod git;
mod graphs;
mod hostile;
mod program;
mod rules;
mod schema;
#[path = "../support/seeds.rs"]
mod seeds;
#[path = "../support/server.rs"]
mod server;
mod servers;
mod sources;
mod structure;
mod traps;
mod values;
mod variables;
mod warnings;
mod yaml;

use std::collections::BTreeMap;

use scf::{
    config::{self, Config, ConfigErrors, Loaded, Source, variables::Context},
    error::Diagnose,
};

/// `load`, waited for.
fn load(source: &Source, context: &Context) -> Result<Loaded, ConfigErrors> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().unwrap();
    runtime.block_on(config::load(source, context))
}

/// A context with these environment variables.
fn context(environment: &[(&str, &str)]) -> Context {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let environment: BTreeMap<String, String> = environment.iter().map(pair).collect();
    let stage = "dev".parse().unwrap();
    Context {
        environment,
        stage,
        folder: "/nonexistent".into(),
        options: BTreeMap::from([("stage".to_owned(), "dev".to_owned())]),
        params: BTreeMap::new(),
        instance_id: "0123456789abcdef".to_owned(),
    }
}

fn source(text: &str) -> Source {
    Source {
        path: "serverless.containers.yml".into(),
        text: text.to_owned(),
    }
}

fn loaded(text: &str, environment: &[(&str, &str)]) -> Loaded {
    match load(&source(text), &context(environment)) {
        Ok(loaded) => loaded,
        Err(errors) => panic!("{errors}\n{}", errors.detail().unwrap()),
    }
}

fn config(text: &str) -> Config {
    loaded(text, &[]).config
}

/// The whole text of the errors of a file.
fn errors_with(text: &str, environment: &[(&str, &str)]) -> String {
    let errors = load(&source(text), &context(environment)).expect_err("the file must be refused");
    let said = format!("{errors}\n\n{}", errors.detail().unwrap());
    seeds::record_text(&said);
    said
}

fn errors(text: &str) -> String {
    errors_with(text, &[])
}

/// A good file with these lines added to its container `api`.
fn api(lines: &str) -> String {
    let rest = lines.lines().map(|line| match line.trim() {
        "" => String::new(),
        _ => format!("{line}\n"),
    });
    let head = "\
name: shop
deployment:
  type: aws@1.0
containers:
  api:
    src: ./api
    routing:
      pathPattern: /api/*
";
    head.to_owned() + &rest.collect::<String>()
}
