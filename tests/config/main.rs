#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod cases;

use std::collections::BTreeMap;

use scf::{
    config::{Loaded, Source, load, variables::Context},
    error::Diagnose,
};

/// A context with these environment variables.
fn context(environment: &[(&str, &str)]) -> Context {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let environment: BTreeMap<String, String> = environment.iter().map(pair).collect();
    Context {
        environment,
        stage: "dev".parse().unwrap(),
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

/// The whole text of the errors of a file.
fn errors_with(text: &str, environment: &[(&str, &str)]) -> String {
    let errors = load(&source(text), &context(environment)).expect_err("the file must be refused");
    format!("{errors}\n\n{}", errors.detail().unwrap())
}

fn errors(text: &str) -> String {
    errors_with(text, &[])
}
