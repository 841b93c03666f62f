//! Which ports the image of a Dockerfile exposes.
//!
//! Rules: the Dockerfile reference (parser directives, line continuation, here-documents, `FROM`,
//! `EXPOSE`). Only what is needed here is understood; the engine judges the rest.

/// One build stage.
#[derive(Debug, Default)]
struct Stage {
    name: String,
    base: String,
    ports: Vec<u16>,
}

/// TCP ports that the built stage exposes, with those of earlier stages that it starts from.
/// Ports given through variables, and those of base images, are not known here.
pub(super) fn ports(text: &[u8], target: Option<&str>) -> Vec<u16> {
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
            stage.ports.extend(words.flat_map(port_range));
        }
    }
    stages
}

/// `80`, `80/tcp` or `8000-8003`; nothing for UDP, variables and what the engine will refuse.
fn port_range(word: &str) -> impl Iterator<Item = u16> + use<> {
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
            let ends = |line: &str| line.trim_start_matches('\t') == end;
            // Without an end it is none: a shell's `1 <<2`, or a frontend that knows none.
            if let Some(length) = lines.clone().position(ends) {
                lines.nth(length);
            }
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

/// End marks of the here-documents that an instruction opens: `<<EOF`, `3<<-"EOF"`.
fn here_documents(instruction: &str) -> Vec<String> {
    let mut words = instruction.split_whitespace();
    let keyword = words.next().unwrap_or_default().to_ascii_uppercase();
    if !["RUN", "COPY", "ADD"].contains(&keyword.as_str()) {
        return Vec::new();
    }
    let marks = words.filter_map(|word| {
        let mark = word
            .trim_start_matches(|c: char| c.is_ascii_digit())
            .strip_prefix("<<")?;
        let mark = mark.trim_start_matches('-').trim_matches(['"', '\'']);
        (!mark.is_empty() && !mark.contains('<')).then(|| mark.to_owned())
    });
    marks.collect()
}
