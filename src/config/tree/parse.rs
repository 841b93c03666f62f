//! YAML events to [`Node`]s.
//!
//! The tree is built here rather than by the YAML crate's own loader because that one recurses
//! (a hostile file could overflow the stack), stops at the first duplicate key and forgets where
//! it was, and silently drops tags.

mod builder;
mod merge;
mod offsets;
mod open;
mod scalar;

use saphyr_parser::Parser;

use self::{builder::Builder, offsets::Offsets};
use super::{Node, Value};
use crate::config::problem::Problem;

/// Reads the one document of a file whose root is a map.
pub(in crate::config) fn parse(text: &str) -> Result<Node, Vec<Problem>> {
    root(document(text)?)
}

/// Reads the one document of any file; an empty one is null.
pub(in crate::config) fn parse_value(text: &str) -> Result<Node, Vec<Problem>> {
    let Builder { problems, root, .. } = document(text)?;
    if problems.is_empty() {
        Ok(root.unwrap_or_else(|| Node::new(0..0, Value::Null)))
    } else {
        Err(problems)
    }
}

fn document(text: &str) -> Result<Builder, Vec<Problem>> {
    let offsets = Offsets::of(text);
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let done = match event {
            Ok((event, span)) => builder.accept(event, offsets.span(text, &span)),
            Err(error) => builder.stop(syntax_error(&error, &offsets, text)),
        };
        if done.is_err() {
            return Err(builder.problems);
        }
    }
    Ok(builder)
}

/// The root, when all went well and it is a map.
fn root(builder: Builder) -> Result<Node, Vec<Problem>> {
    let Builder {
        mut problems, root, ..
    } = builder;
    let example = "begin with `name: my-app`; `scf init` writes a file to start from";
    match root {
        Some(root) if matches!(root.value, Value::Map(_)) => {
            if problems.is_empty() {
                return Ok(root);
            }
        }
        Some(root) if !matches!(root.value, Value::Null) => problems.push(
            Problem::error(root.span, "the file must be a map of keys")
                .label("this is not `key: value`")
                .help(example),
        ),
        _ => problems.push(Problem::error(0..0, "the file is empty").help(example)),
    }
    Err(problems)
}

fn syntax_error(error: &saphyr_parser::ScanError, offsets: &Offsets, text: &str) -> Problem {
    let at = offsets.byte(error.marker().index());
    let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[line_start..].lines().next().unwrap_or_default();
    if line.trim_end().contains('\t') && line.trim_start_matches(' ').starts_with('\t') {
        let tab = line_start + line.find('\t').unwrap_or_default();
        return Problem::error(tab..tab + 1, "a tab indents this line")
            .label("YAML allows only spaces here")
            .help("replace each tab by two spaces");
    }
    let end = text[at..].chars().next().map_or(at, |c| at + c.len_utf8());
    let problem = Problem::error(at..end, "this is not valid YAML").label(error.info());
    match advice(error.info(), line.trim()) {
        Some(advice) => problem.help(advice),
        None => problem,
    }
}

/// What people usually meant where the parser only says what it expected.
fn advice(info: &str, line: &str) -> Option<&'static str> {
    let says = |words: &str| info.contains(words);
    if says("anchor") || says("unexpected character") {
        return Some("put quotes around a value that begins with `*`, `&`, `@`, `%` or a backtick");
    }
    if says("flow") && line.contains("${") {
        return Some("put quotes around a variable inside `{ }` or `[ ]`: \"${env:NAME}\"");
    }
    if says("flow") {
        return Some("a `{` or `[` is not closed, or a comma is missing");
    }
    if says("quoted scalar") {
        return Some(
            "the quote is not closed, or its text continues on a line that is not indented",
        );
    }
    if says("mapping values are not allowed") {
        return Some("put quotes around a value that contains `: `, and check the indentation");
    }
    None
}
