//! The Dockerfile: where it is, and which ports its image exposes.
//!
//! Rules: the Dockerfile reference (parser directives, line continuation, here-documents, `FROM`,
//! `EXPOSE`). Only what is needed here is understood; the engine judges the rest.

use std::{fs, io};

use camino::{Utf8Path, Utf8PathBuf};

use super::{DockerfileSource, RESERVED_DOCKERFILE, error::SourceError};

/// A Dockerfile that was found and read.
#[derive(Debug)]
pub(super) struct Located {
    /// Its own ignore file, which need not exist; `None` for an inline one.
    pub ignore_file: Option<Utf8PathBuf>,
    /// Path within the tar.
    pub name: String,
    /// Is it one of the context's own files?
    pub in_context: bool,
    /// The text, as bytes: comments need not be UTF-8.
    pub text: Vec<u8>,
}

/// Finds the Dockerfile. One that is a symbolic link counts as the file that it points to.
pub(super) fn locate(root: &Utf8Path, source: &DockerfileSource) -> Result<Located, SourceError> {
    let given = match source {
        DockerfileSource::Inline(text) => {
            return Ok(Located {
                ignore_file: None,
                name: RESERVED_DOCKERFILE.to_owned(),
                in_context: false,
                text: text.clone().into_bytes(),
            });
        }
        DockerfileSource::Path(path) => path,
    };
    let real = given
        .canonicalize_utf8()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => SourceError::DockerfileMissing {
                path: given.clone(),
            },
            _ => SourceError::unreadable(given)(error),
        })?;
    if real.is_dir() {
        return Err(SourceError::DockerfileNotFile {
            path: given.clone(),
        });
    }
    let inside = real.strip_prefix(root).ok();
    Ok(Located {
        ignore_file: ignore_file(given),
        name: inside.map_or_else(|| RESERVED_DOCKERFILE.to_owned(), Utf8Path::to_string),
        in_context: inside.is_some(),
        text: fs::read(&real).map_err(SourceError::unreadable(given))?,
    })
}

/// `<Dockerfile>.dockerignore`, in the folder where the Dockerfile was looked for.
fn ignore_file(given: &Utf8Path) -> Option<Utf8PathBuf> {
    let folder = given.parent()?.canonicalize_utf8().ok()?;
    Some(folder.join(format!("{}.dockerignore", given.file_name()?)))
}

/// One build stage.
#[derive(Debug, Default)]
struct Stage {
    name: String,
    base: String,
    ports: Vec<u16>,
}

/// TCP ports that the built stage exposes, with those of earlier stages that it starts from.
/// Ports given through variables, and those of base images, are not known here.
pub(super) fn exposed_ports(text: &[u8], target: Option<&str>) -> Vec<u16> {
    let stages = stages(&String::from_utf8_lossy(text));
    let mut lineage = Vec::new();
    let mut current = match target {
        Some(target) => find(&stages, target)
            .or_else(|| target.parse().ok().filter(|index| *index < stages.len())),
        None => stages.len().checked_sub(1),
    };
    while let Some(index) = current {
        lineage.push(index);
        // Only stages above can be a base.
        current = find(&stages[..index], &stages[index].base);
    }
    let mut ports = Vec::new();
    for port in lineage.iter().rev().flat_map(|index| &stages[*index].ports) {
        if !ports.contains(port) {
            ports.push(*port);
        }
    }
    ports
}

fn find(stages: &[Stage], name: &str) -> Option<usize> {
    stages
        .iter()
        .rposition(|stage| !stage.name.is_empty() && stage.name.eq_ignore_ascii_case(name))
}

fn stages(text: &str) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    for instruction in instructions(text) {
        let mut words = instruction.split_whitespace();
        let keyword = words.next().unwrap_or_default();
        if keyword.eq_ignore_ascii_case("FROM") {
            let mut words = words.skip_while(|word| word.starts_with("--"));
            let base = words.next().unwrap_or_default().to_owned();
            let name = match (words.next(), words.next()) {
                (Some(by), Some(name)) if by.eq_ignore_ascii_case("AS") => name.to_owned(),
                _ => String::new(),
            };
            stages.push(Stage {
                name,
                base,
                ports: Vec::new(),
            });
        } else if keyword.eq_ignore_ascii_case("EXPOSE")
            && let Some(stage) = stages.last_mut()
        {
            stage.ports.extend(words.flat_map(ports));
        }
    }
    stages
}

/// `80`, `80/tcp` or `8000-8003`; nothing for UDP, variables and what the engine will refuse.
fn ports(word: &str) -> impl Iterator<Item = u16> + use<> {
    let (range, protocol) = word.split_once('/').unwrap_or((word, "tcp"));
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let bounds = match (first.parse::<u16>(), last.parse::<u16>()) {
        (Ok(first), Ok(last)) if protocol.eq_ignore_ascii_case("tcp") => Some((first, last)),
        _ => None,
    };
    bounds.into_iter().flat_map(|(first, last)| first..=last)
}

/// Logical lines: comments and here-documents left out, continued lines joined.
fn instructions(text: &str) -> Vec<String> {
    let escape = escape_character(text);
    let mut instructions = Vec::new();
    let mut current = String::new();
    let mut lines = text.strip_prefix('\u{feff}').unwrap_or(text).lines();
    while let Some(line) = lines.next() {
        let line = line.trim();
        if line.starts_with('#') || line.is_empty() {
            continue;
        }
        if let Some(continued) = line.strip_suffix(escape) {
            current.push_str(continued);
            current.push(' ');
            continue;
        }
        current.push_str(line);
        for end in here_documents(&current) {
            lines
                .by_ref()
                .find(|line| line.trim_start_matches('\t') == end);
        }
        instructions.push(std::mem::take(&mut current));
    }
    instructions.push(current);
    instructions
}

/// `# escape=` among the directives at the very top; a backslash otherwise.
fn escape_character(text: &str) -> char {
    let directives = text.lines().map_while(|line| {
        let (name, value) = line.trim().strip_prefix('#')?.split_once('=')?;
        Some((name.trim().to_ascii_lowercase(), value.trim()))
    });
    let escape = directives
        .filter(|(name, _)| name == "escape")
        .find_map(|(_, v)| v.chars().next());
    escape.unwrap_or('\\')
}

/// End marks of the here-documents that an instruction opens: `<<EOF`, `<<-"EOF"`.
fn here_documents(instruction: &str) -> Vec<String> {
    let keyword = instruction
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_ascii_uppercase();
    if !["RUN", "COPY", "ADD"].contains(&keyword.as_str()) {
        return Vec::new();
    }
    let marks = instruction.split("<<").skip(1).filter_map(|after| {
        let mark: String = after
            .trim_start_matches('-')
            .trim_start_matches(['"', '\''])
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        (!mark.is_empty()).then_some(mark)
    });
    marks.collect()
}
