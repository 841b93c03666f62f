//! What moved a fingerprint: the parts that it is made of, compared one by one.

use std::path::PathBuf;

use super::{Reason, change::names_that_differ, text::printable};
use crate::state::v1::{Commit, Source};

/// Files that are named in a reason; of more only the number is given.
const NAMED: usize = 3;

/// What git says of the files that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Files {
    /// They are as they were.
    Same,
    /// These changed, relative to the build context.
    Changed(Vec<PathBuf>),
    /// They changed, and git does not know which.
    Unknown(String),
}

/// Do the files differ? Then git is worth asking which.
pub fn files_moved(before: &Source, now: &Source) -> bool {
    before.files != now.files
}

/// Why `now` has another fingerprint than `before`.
pub fn reasons(before: &Source, now: &Source, files: &Files) -> Vec<Reason> {
    let Source {
        commit,
        files: _,
        dockerfile,
        builder,
        args,
        labels,
        options,
        target,
        platform,
    } = before;
    let mut reasons = Vec::new();
    reasons.extend(of_files(files, commit.as_ref()));
    let text = match (dockerfile, &now.dockerfile) {
        (before, now) if before == now => None,
        (Some(_), Some(_)) => Some("Dockerfile changed"),
        (None, _) => Some("Dockerfile added"),
        (_, None) => Some("Dockerfile removed"),
    };
    reasons.extend(text.map(|text| Reason::Source(text.into())));
    for (what, from, to) in [
        ("build arguments", args, &now.args),
        ("labels", labels, &now.labels),
    ] {
        let differences = names_that_differ(from, to);
        reasons.extend(
            differences
                .map(|(how, names)| Reason::Source(format!("{what} {how}: {}", names.join(", ")))),
        );
    }
    let written = |options: &[String]| (!options.is_empty()).then(|| options.join(" "));
    let (from, to) = (written(options), written(&now.options));
    let fields = [
        ("build.builder", builder, &now.builder),
        ("build.options", &from, &to),
        ("build.target", target, &now.target),
        ("build.platform", platform, &now.platform),
    ];
    let changed = fields.into_iter().filter(|(_, from, to)| from != to);
    reasons.extend(changed.map(|(name, from, to)| Reason::Field {
        name: name.to_owned(),
        from: or_none(from.as_ref()),
        to: or_none(to.as_ref()),
    }));
    reasons
}

fn or_none(value: Option<&String>) -> String {
    value.map_or_else(|| "(none)".to_owned(), String::clone)
}

fn of_files(files: &Files, commit: Option<&Commit>) -> Option<Reason> {
    let text = match (files, commit) {
        (Files::Same, _) => return None,
        (Files::Unknown(why), _) => format!("files changed ({why})"),
        (Files::Changed(paths), Some(commit)) => of_paths(paths, commit),
        (Files::Changed(_), None) => "files changed".to_owned(),
    };
    Some(Reason::Source(text))
}

fn of_paths(paths: &[PathBuf], Commit { id, dirty }: &Commit) -> String {
    let commit = id.get(..7).unwrap_or(id);
    let deployed = if *dirty {
        " (deployed with uncommitted changes)"
    } else {
        ""
    };
    let count = match paths.len() {
        0 if *dirty => return format!("files changed back to those of {commit}{deployed}"),
        // What git ignores is sent all the same.
        0 => return format!("files changed that git does not track, since {commit}"),
        1 => "1 file".to_owned(),
        count => format!("{count} files"),
    };
    let mut names: Vec<String> = paths
        .iter()
        .take(NAMED)
        .map(|path| printable(&path.to_string_lossy()))
        .collect();
    if paths.len() > NAMED {
        names.push(format!("{} more", paths.len() - NAMED));
    }
    format!(
        "{count} changed since {commit}{deployed}: {}",
        names.join(", ")
    )
}
