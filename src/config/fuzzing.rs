//! Laws of this module that any input must obey. The fuzz targets and the test that replays what
//! they found call the same functions; nothing else does.

use std::collections::BTreeMap;

use super::{
    Notice, Source, load,
    problem::Problem,
    tree::{self, Entry, Node, Span, Value},
    variables::{self, Context, Extent},
};
use crate::{error::Diagnose, names::InvalidName};

/// In the environment, and in no message.
const SECRET: &str = "hunter2-of-the-fuzzer";

/// A file is refused with places or read; no message repeats what the environment holds.
///
/// # Errors
/// The law that does not hold, in words.
pub async fn config(bytes: &[u8]) -> Result<(), String> {
    let Ok(source) = Source::decode("serverless.containers.yml".into(), bytes.to_vec()) else {
        return Ok(());
    };
    if source.text.contains(SECRET) || tree::parse(&source.text).is_ok_and(|it| names_server(&it)) {
        return Ok(());
    }
    let context = context().map_err(|error| error.to_string())?;
    let said = match load(&source, &context).await {
        Ok(loaded) => loaded.warnings.iter().map(Notice::to_string).collect(),
        Err(errors) if errors.count() == 0 => return Err("refused without an error".into()),
        Err(errors) => errors.detail().unwrap_or_default(),
    };
    if said.contains("the file cannot be read") {
        return Err(format!("schema and types differ:\n{said}"));
    }
    says_no_secret(&said)
}

/// Values that may refer to one another become values or problems with places. One a line; they
/// are the items of `v`.
///
/// # Errors
/// The law that does not hold, in words.
pub async fn variables(bytes: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(bytes);
    if text.contains(SECRET) {
        return Ok(());
    }
    let context = context().map_err(|error| error.to_string())?;
    let mut at = 0;
    let values = text.split('\n').map(|line| {
        let span = at..at + line.len();
        at = span.end + 1;
        Node::new(span, Value::Text(line.to_owned()))
    });
    let list = Node::new(0..text.len(), Value::List(values.collect()));
    let entry = |key: &str, node| Entry {
        key: key.to_owned(),
        key_span: 0..0,
        node,
    };
    let mut root = Node::new(0..text.len(), Value::Map(vec![entry("v", list)]));
    let problems = variables::resolve(&mut root, &text, &context, Extent::All).await;
    let misplaced = |span: &Span| text.get(span.clone()).is_none();
    if let Some(problem) = problems.iter().find(|problem| misplaced(&problem.span)) {
        return Err(format!("outside of the text: {:?}", problem.span));
    }
    let said: Vec<&str> = problems.iter().flat_map(words).collect();
    says_no_secret(&said.join("\n"))
}

fn words(problem: &Problem) -> impl Iterator<Item = &str> {
    let more = [problem.label.as_deref(), problem.help.as_deref()];
    std::iter::once(problem.title.as_str()).chain(more.into_iter().flatten())
}

fn says_no_secret(said: &str) -> Result<(), String> {
    if said.contains(SECRET) {
        return Err(format!("a message repeats the environment:\n{said}"));
    }
    Ok(())
}

/// Whether variables could ask a server that the input chose: fuzzing stays on this machine.
fn names_server(node: &Node) -> bool {
    match &node.value {
        Value::Map(entries) => entries
            .iter()
            .any(|entry| entry.key == "address" || names_server(&entry.node)),
        Value::List(items) => items.iter().any(names_server),
        _ => false,
    }
}

fn context() -> Result<Context, InvalidName> {
    let environment = [
        ("A", "a"),
        ("N", "1e2"),
        ("SECRET", SECRET),
        // Where nobody listens.
        ("VAULT_ADDR", "http://127.0.0.1:1"),
        ("VAULT_TOKEN", SECRET),
        ("TF_HTTP_ADDRESS", "http://127.0.0.1:1"),
    ];
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    Ok(Context {
        environment: environment.map(owned).into(),
        stage: "dev".parse()?,
        folder: "/nonexistent".into(),
        options: BTreeMap::from([("stage", "dev")].map(owned)),
        params: BTreeMap::from([("p", "1")].map(owned)),
        instance_id: "0123456789abcdef".into(),
    })
}
