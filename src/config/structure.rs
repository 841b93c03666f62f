//! Judges the file by the JSON Schema and turns what it finds into problems with places.

mod branches;
mod sentences;
mod words;

use jsonschema::{ValidationError, error::ValidationErrorKind as Kind};
use serde_json::Value;

use self::sentences::Subject;
use super::{
    problem::Problem,
    schema,
    tree::{Node, Path},
};

/// A problem of the structure, and the value that cannot be read because of it.
pub(super) struct Finding {
    pub problem: Problem,
    /// None when the value can be read all the same: a key too many.
    pub broken: Option<Path>,
}

/// What the schema finds, all at once.
pub(super) fn check(tree: &Node, json: &Value) -> Result<Vec<Finding>, String> {
    let schema::Compiled { schema, validator } = schema::compiled()?;
    let judge = Judge { tree, schema };
    let mut findings = Vec::new();
    for error in validator.iter_errors(json) {
        judge.translate(&error, &mut findings);
    }
    Ok(findings)
}

struct Judge<'a> {
    tree: &'a Node,
    schema: &'a Value,
}

impl Judge<'_> {
    fn translate(&self, error: &ValidationError<'_>, findings: &mut Vec<Finding>) {
        let path = Path::from(error.instance_path());
        if self.tree.locate(&path).node.has_failed() && !is_about_keys(error.kind()) {
            return;
        }
        let subject = Subject {
            tree: self.tree,
            schema: self.rule(error),
            path: &path,
        };
        match error.kind() {
            Kind::AdditionalProperties { unexpected } => {
                findings.extend(unexpected.iter().map(|key| Finding {
                    problem: subject.unknown_key(key),
                    broken: None,
                }));
            }
            Kind::OneOfNotValid { context } | Kind::AnyOf { context } => {
                self.translate_branches(&path, context, findings);
            }
            // `validate::names` says it, with the rule in words.
            Kind::PropertyNames { .. } => {}
            _ => findings.extend(self.sentence(&subject, error).map(|problem| Finding {
                problem,
                broken: Some(path.clone()),
            })),
        }
    }

    /// What is wrong with one value; nothing when another error says it.
    fn sentence(&self, subject: &Subject<'_>, error: &ValidationError<'_>) -> Option<Problem> {
        Some(match error.kind() {
            Kind::Required { property } => {
                return subject.missing_key(property.as_str().unwrap_or_default());
            }
            Kind::OneOfMultipleValid { .. } => subject.name_and_namespace(),
            Kind::Type { kind } => subject.wrong_type(&branches::types(kind)),
            // That text is no number is said by the `type` beside the `enum`.
            Kind::Enum { options } if options[0].is_number() && !error.instance().is_number() => {
                return None;
            }
            Kind::Enum { options } => subject.not_an_option(&branches::options(options)),
            Kind::Constant { expected_value } => {
                subject.not_an_option(&branches::options(expected_value))
            }
            Kind::Minimum { limit } => subject.out_of_range("too small", "at least", limit),
            Kind::ExclusiveMinimum { limit } => {
                subject.out_of_range("too small", "more than", limit)
            }
            Kind::Maximum { limit } => subject.out_of_range("too large", "at most", limit),
            Kind::Pattern { .. } | Kind::MinLength { .. } | Kind::MaxLength { .. } => {
                subject.malformed(self.expectation(error))
            }
            Kind::MinItems { .. } | Kind::MinProperties { .. } => subject.empty(),
            _ => subject.other(error),
        })
    }

    fn translate_branches(
        &self,
        path: &Path,
        context: &[Vec<ValidationError<'_>>],
        findings: &mut Vec<Finding>,
    ) {
        let subject = |path| Subject {
            tree: self.tree,
            schema: &Value::Null,
            path,
        };
        match branches::verdict(path, context) {
            branches::Verdict::WrongType(expected) => {
                let problem = subject(path).wrong_type(&expected);
                findings.push(Finding {
                    problem,
                    broken: Some(path.clone()),
                });
            }
            branches::Verdict::NotAnOption(at, options) => {
                let problem = subject(&at).not_an_option(&options);
                findings.push(Finding {
                    problem,
                    broken: Some(at),
                });
            }
            branches::Verdict::MissingTag(error) => self.missing_tag(error, findings),
            branches::Verdict::Branch(errors) => {
                for error in errors {
                    self.translate(error, findings);
                }
            }
        }
    }

    /// The key that tells alternatives apart is not there; perhaps it is misspelt. No alternative is
    /// judged any further, so nothing else would say that.
    fn missing_tag(&self, error: &ValidationError<'_>, findings: &mut Vec<Finding>) {
        let path = Path::from(error.instance_path());
        let subject = Subject {
            tree: self.tree,
            schema: self.rule(error),
            path: &path,
        };
        let misspelt = match error.kind() {
            Kind::Required { property } => subject.misspelt(property.as_str().unwrap_or_default()),
            _ => None,
        };
        match misspelt {
            Some(given) => findings.push(Finding {
                problem: subject.unknown_key(given),
                broken: Some(path.clone()),
            }),
            None => self.translate(error, findings),
        }
    }

    /// The schema object that holds the keyword of an error; the root for `name` or `namespace`,
    /// an alternative without properties of its own.
    fn rule(&self, error: &ValidationError<'_>) -> &Value {
        let keyword = error.schema_path().as_str();
        let object = keyword.rsplit_once('/').map_or("", |(object, _)| object);
        let object = object.strip_prefix("/oneOf/").map_or(object, |_| "");
        self.schema.pointer(object).unwrap_or(&Value::Null)
    }

    /// What to write, in words: said by the type, or by the key that refers to the type.
    fn expectation(&self, error: &ValidationError<'_>) -> Option<&str> {
        let said = |object: &Value| object.get(schema::EXPECT).is_some();
        let mut rule = self.rule(error);
        if !said(rule) {
            let way = error.evaluation_path().as_str();
            let referrer = way
                .rsplit_once("/$ref/")
                .map_or("", |(referrer, _)| referrer);
            rule = self.schema.pointer(referrer).unwrap_or(&Value::Null);
        }
        rule.get(schema::EXPECT).and_then(Value::as_str)
    }
}

/// A key too many or too few is a fact even where a variable failed somewhere below.
fn is_about_keys(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::AdditionalProperties { .. } | Kind::Required { .. }
    )
}
