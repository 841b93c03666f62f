//! From text to [`Config`].

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Config, ConfigErrors, Notice, Source, plain,
    problem::{Problem, Severity},
    report,
    structure::{self, Finding},
    tree::{self, Node, Path},
    validate::{self, Document},
    variables::{self, Context, Extent},
};
use crate::{
    error::{Class, Diagnose},
    names::StackName,
};

/// Names of the file, in the order in which they are looked for.
const FILE_NAMES: [&str; 2] = ["serverless.containers.yml", "serverless.containers.yaml"];

/// A config that may be used.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The config.
    pub config: Config,
    /// What its author may not expect.
    pub warnings: Vec<Notice>,
}

/// Reads a config: variables, structure, rules. Asks only the servers that variables name. Every mistake of the file is in the one error.
pub async fn load(source: &Source, context: &Context) -> Result<Loaded, ConfigErrors> {
    let fails = |problems| ConfigErrors::new(source, problems);
    let mut tree = tree::parse(&source.text).map_err(fails)?;
    let mut problems = variables::resolve(&mut tree, &source.text, context, Extent::All).await;
    let (json, findings) = judge(&mut tree).map_err(|fact| fails(vec![unexpected(&fact)]))?;
    let broken: Vec<Path> = findings.iter().filter_map(|it| it.broken.clone()).collect();
    problems.extend(findings.into_iter().map(|finding| finding.problem));
    let document = Document {
        tree: &tree,
        json: &json,
        text: &source.text,
        stage: &context.stage,
        broken: &broken,
    };
    problems.extend(validate::check(&document));
    if problems
        .iter()
        .any(|problem| problem.severity == Severity::Error)
    {
        return Err(fails(problems));
    }
    match Config::deserialize(json) {
        Ok(mut config) => {
            for (name, names) in plain::environments(&tree) {
                let mut containers = config.containers.iter_mut();
                if let Some((_, container)) = containers.find(|(it, _)| it.as_str() == name) {
                    container.plain_environment = names;
                }
            }
            Ok(Loaded {
                config,
                warnings: report::warnings(source, problems),
            })
        }
        // Only where types and schema say different things, which a test forbids. serde's own
        // words could repeat a value.
        Err(_) => Err(fails(vec![types_differ()])),
    }
}

/// Reads the name of the stack and nothing else: whatever else the file says may be wrong, and the
/// variables of other keys are resolved only as far as the name needs them.
///
/// # Errors
/// The file is no YAML, or it has no name that can be used.
pub async fn load_name(source: &Source, context: &Context) -> Result<StackName, ConfigErrors> {
    let fails = |problems| ConfigErrors::new(source, problems);
    let mut tree = tree::parse(&source.text).map_err(fails)?;
    let mut problems = variables::resolve(&mut tree, &source.text, context, Extent::Name).await;
    // The rest becomes the least that is a config.
    tree.keep(&["name", "namespace"]);
    tree.set("deployment", json!({ "type": "aws@1.0" }));
    let (json, findings) = judge(&mut tree).map_err(|fact| fails(vec![unexpected(&fact)]))?;
    problems.extend(findings.into_iter().map(|finding| finding.problem));
    if problems.iter().any(|it| it.severity == Severity::Error) {
        return Err(fails(problems));
    }
    let config = Config::deserialize(json).map_err(|_| fails(vec![types_differ()]))?;
    Ok(config.name)
}

/// What the schema finds once values of variables have the types that it wants: the environment
/// knows only text, so `port: ${env:PORT}` is a number all the same.
fn judge(tree: &mut Node) -> Result<(Value, Vec<Finding>), String> {
    let json = tree.to_json();
    let findings = structure::check(tree, &json)?;
    let mut changed = false;
    for path in findings
        .iter()
        .filter_map(|finding| finding.broken.as_ref())
    {
        changed |= tree.retype(path);
    }
    if !changed {
        return Ok((json, findings));
    }
    let json = tree.to_json();
    let findings = structure::check(tree, &json)?;
    Ok((json, findings))
}

fn types_differ() -> Problem {
    unexpected("the types refuse what the schema accepts")
}

/// A defect of ours.
fn unexpected(fact: &str) -> Problem {
    Problem::error(0..0, "the file cannot be read").label(fact)
}

/// No config file where one was looked for.
#[derive(Debug, thiserror::Error)]
#[error("no config file in {directory}: looked for {}", FILE_NAMES.join(" and "))]
pub struct NotFound {
    directory: Utf8PathBuf,
}

impl Diagnose for NotFound {
    fn class(&self) -> Class {
        Class::Config
    }

    fn hint(&self) -> Option<String> {
        Some("run where the file is, or name it with `--config`".to_owned())
    }
}

/// The config file of a directory.
pub fn find(directory: &Utf8Path) -> Result<Utf8PathBuf, NotFound> {
    let candidates = FILE_NAMES.iter().map(|name| directory.join(name));
    candidates
        .into_iter()
        .find(|path| path.is_file())
        .ok_or_else(|| NotFound {
            directory: directory.to_owned(),
        })
}
