//! `build.options` and `build.ssh`: what `docker build` would be told, once.

use std::collections::BTreeSet;

use super::Document;
use crate::{
    config::{
        OneOrMany,
        problem::Problem,
        schema::split_words,
        tree::{Origin, Path, Span},
    },
    error::Diagnose as _,
    image::flags::{BuildFlags, FlagError, Misuse, SshFlag},
};

pub(super) fn check(document: &Document<'_>, build: &Path, problems: &mut Vec<Problem>) {
    let ssh = check_ssh(document, &build.key("ssh"), problems);
    let options = build.key("options");
    let words = match document.typed::<OneOrMany<String>>(&options) {
        None => return,
        Some(OneOrMany::Many(words)) => words,
        Some(OneOrMany::One(text)) => match split_words(&text) {
            Some(words) => words,
            None => return problems.push(unsplittable(document, &options)),
        },
    };
    match BuildFlags::parse(&words) {
        Ok(flags) => {
            let twice = twice(document, build, &flags, &ssh);
            let twice = twice.into_iter();
            problems.extend(twice.map(|(flag, key)| conflict(document, build, flag, &key)));
        }
        Err(misuses) => {
            let misuses = misuses.iter();
            problems.extend(misuses.map(|misuse| problem(document, &options, &words, misuse)));
        }
    }
}

fn unsplittable(document: &Document<'_>, options: &Path) -> Problem {
    Problem::error(
        document.span(options),
        format!("`{options}` cannot be split"),
    )
    .label("a quote is not closed")
    .help("write a list, one flag an item: `- --label=version=1`")
}

fn problem(
    document: &Document<'_>,
    options: &Path,
    words: &[String],
    Misuse { word, error }: &Misuse,
) -> Problem {
    let item = options.index(*word);
    let path = if document.has(&item) { &item } else { options };
    let span = document.span(path);
    let title = match error {
        // The name of a flag that a variable gave could be any value.
        FlagError::Unknown { .. } if document.place(path).node.origin != Origin::File => {
            "`docker build` has no such flag".to_owned()
        }
        error => error.to_string(),
    };
    let problem = Problem::error(narrowed(document, span, words.get(*word)), title);
    match error.hint() {
        Some(hint) => problem.help(hint),
        None => problem,
    }
}

/// The word itself within text of many, if it is there once.
fn narrowed(document: &Document<'_>, span: Span, word: Option<&String>) -> Span {
    let text = document.text.get(span.clone()).unwrap_or_default();
    let mut found = word
        .into_iter()
        .flat_map(|word| text.match_indices(word.as_str()));
    match (found.next(), found.next()) {
        (Some((at, word)), None) => span.start + at..span.start + at + word.len(),
        _ => span,
    }
}

/// The ids of `build.ssh`.
fn check_ssh(document: &Document<'_>, ssh: &Path, problems: &mut Vec<Problem>) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    let items = document.typed::<OneOrMany<String>>(ssh).map(Vec::from);
    for (number, item) in items.iter().flatten().enumerate() {
        let path = ssh.index(number);
        let span = document.span(if document.has(&path) { &path } else { ssh });
        let problem = match SshFlag::parse(item) {
            Ok(flag) if ids.insert(flag.id.clone()) => continue,
            Ok(_) => Problem::error(span, format!("`{ssh}` has an id twice")).help("keep one"),
            Err(expected) => Problem::error(span, format!("`{ssh}` cannot be used"))
                .help(format!("write {expected}")),
        };
        problems.push(problem);
    }
    ids
}

/// What a flag and a key both say, as the flag and the key.
fn twice(
    document: &Document<'_>,
    build: &Path,
    flags: &BuildFlags,
    ssh: &BTreeSet<String>,
) -> Vec<(&'static str, Path)> {
    let args = flags.args.keys();
    let args = args.map(|name| ("--build-arg", build.key("args").key(name)));
    let secrets = flags.secrets.keys();
    let secrets = secrets.map(|id| ("--secret", build.key("secrets").key(id)));
    let same_ssh = flags.ssh.iter().any(|flag| ssh.contains(&flag.id));
    let single = [
        ("--target", "target", flags.target.is_some()),
        ("--platform", "platform", flags.platform.is_some()),
        ("--file", "dockerfile", flags.file.is_some()),
        ("--file", "dockerFileString", flags.file.is_some()),
        ("--ssh", "ssh", same_ssh),
    ];
    let single = single.into_iter().filter(|(_, _, is_set)| *is_set);
    let single = single.map(|(flag, key, _)| (flag, build.key(key)));
    let all = args.chain(secrets).chain(single);
    all.filter(|(_, key)| document.has(key)).collect()
}

/// Neither wins, so that nobody has to know which would.
fn conflict(document: &Document<'_>, build: &Path, flag: &str, key: &Path) -> Problem {
    let span = document.key_span(key);
    Problem::error(
        span,
        format!("`{key}` and the flag `{flag}` say the same thing"),
    )
    .also(document.key_span(&build.key("options")), "the flag is here")
    .help("keep the key: it is checked more closely")
}
