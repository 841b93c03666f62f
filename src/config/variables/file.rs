//! `${file(./values.yml):database.host}`: another file, or a value in it.
//!
//! YAML and JSON by the ending of the name (`.tfstate` is JSON); everything else is text, without
//! the space at its ends. Variables in what is asked for are resolved, relative to the config.

use std::io;

use serde_json::Value as Json;

use super::{
    dig::dig,
    expand::expand,
    once::Once,
    provider::{Address, Answer, Provider, Refusal},
    scope::Scope,
    value::{Exposure, Resolved},
};
use crate::config::tree;

/// What a person writes is far below.
const MAX_BYTES: u64 = 64 << 20;

/// Files, each read once by its path.
#[derive(Default)]
pub(super) struct File {
    values: Once<Result<Json, Refusal>>,
}

impl Provider for File {
    fn get<'a>(&'a self, address: &'a Address<'a>, scope: &'a Scope<'a>) -> Answer<'a> {
        Box::pin(async move {
            let (path, key) = split(address.text).ok_or_else(|| {
                Refusal::broken(
                    "this names no file",
                    "write `${file(./values.yml)}` or `${file(./values.yml):key}`",
                )
            })?;
            let shown = Resolved::open(path).guarded(address.exposure);
            let value = self.values.get(path, parsed(&shown, path, scope)).await?;
            let value = dig(&value, key).cloned().ok_or_else(|| {
                Refusal::absent(
                    format!("{} has no `{key}`", shown.shown()),
                    "write its keys with dots between them, or give a default",
                )
            })?;
            let value = expand(value, scope).await;
            let value = value.map_err(|refusal| inside(refusal, &shown))?;
            Ok(value.guarded(Exposure::Quiet))
        })
    }
}

/// `(path)` or `(path):key`.
fn split(address: &str) -> Option<(&str, &str)> {
    let (path, rest) = address.strip_prefix('(')?.split_once(')')?;
    let key = match rest.trim() {
        "" => "",
        rest => rest.strip_prefix(':')?.trim(),
    };
    let path = path.trim();
    (!path.is_empty()).then_some((path, key))
}

/// A mistake in the file itself is no reason for a default.
fn inside(refusal: Refusal, file: &Resolved) -> Refusal {
    // Of files that name one another, the innermost is the one to correct.
    let say = |fact: String| {
        if fact.starts_with("in `") {
            fact
        } else {
            format!("in {}: {fact}", file.shown())
        }
    };
    match refusal {
        Refusal::Absent { fact, advice } | Refusal::Broken { fact, advice } => {
            Refusal::broken(say(fact), advice)
        }
        Refusal::Reported => Refusal::Reported,
    }
}

async fn parsed(shown: &Resolved, path: &str, scope: &Scope<'_>) -> Result<Json, Refusal> {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    if matches!(ending, "js" | "cjs" | "mjs" | "ts" | "cts" | "mts") {
        return Err(Refusal::broken(
            format!("{} is a program, and programs are not run", shown.shown()),
            "write its values into a YAML or JSON file",
        ));
    }
    let target = Resolved::open(path).guarded(shown.exposure);
    let text = read(&target, scope).await?;
    let malformed = |line: usize, what: &str| {
        Refusal::broken(
            format!("{} is no valid {what}", shown.shown()),
            format!("correct its line {line}"),
        )
    };
    match ending {
        "json" | "tfstate" => {
            serde_json::from_str(&text).map_err(|error| malformed(error.line(), "JSON"))
        }
        "yml" | "yaml" => tree::parse_value(&text)
            .map(|node| node.to_json())
            .map_err(|problems| {
                let at = problems.first().map_or(0, |problem| problem.span.start);
                malformed(line_of(&text, at), "YAML")
            }),
        _ => Ok(text.trim().into()),
    }
}

fn line_of(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    before.matches('\n').count() + 1
}

/// The text of a file that is named relative to the config.
pub(super) async fn read(path: &Resolved, scope: &Scope<'_>) -> Result<String, Refusal> {
    let name = path.as_text().unwrap_or_default();
    let target = scope.context().folder.join(name);
    let check = tokio::fs::metadata(&target).await;
    let text = match check {
        // A pipe would wait for ever.
        Ok(metadata) if !metadata.is_file() => Err(io::Error::other("it is no regular file")),
        Ok(metadata) if metadata.len() > MAX_BYTES => Err(io::Error::other("it is too large")),
        Ok(_) => tokio::fs::read_to_string(&target).await,
        Err(error) => Err(error),
    };
    text.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Refusal::absent(
            format!("there is no file {}", path.shown()),
            "paths are relative to the config file; give a default if it may be absent",
        ),
        io::ErrorKind::InvalidData => Refusal::broken(
            format!("{} is no UTF-8 text", path.shown()),
            "save it as UTF-8",
        ),
        _ => Refusal::broken(
            format!("{} cannot be read: {error}", path.shown()),
            "check its path and its permissions",
        ),
    })
}
