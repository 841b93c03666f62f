//! The rules of the architecture, checked on the sources themselves. Comments, texts and test
//! modules do not count; each check is shown to find what it forbids.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{fs, path::Path, process::Command};

/// Longest source file, in lines, without its test modules.
const LONGEST_FILE: usize = 400;

/// A source file with comments, texts and test modules blanked out, line by line.
struct File {
    path: String,
    code: String,
    lines: usize,
}

/// A word or sign of the code, with the path that it ends: `std::env` in `use std::{env, fs}` too.
struct Token {
    line: usize,
    text: String,
    path: Vec<String>,
}

impl File {
    fn new(path: &str, source: &str) -> Self {
        let code = without_tests(&without_texts(source));
        let lines = source
            .lines()
            .zip(code.lines())
            .filter(|(_, code)| !code.contains(TEST_LINE))
            .count();
        let code = code.replace(TEST_LINE, " ");
        Self {
            path: path.to_owned(),
            code,
            lines,
        }
    }

    fn is_below(&self, folder: &str) -> bool {
        self.path.starts_with(folder)
    }

    fn tokens(&self) -> Vec<Token> {
        let mut tokens: Vec<Token> = Vec::new();
        // What stands before the braces that are open: a path for a group of `use`, else nothing.
        let mut groups: Vec<Vec<String>> = Vec::new();
        for (line, text) in words(&self.code) {
            let before = tokens.last();
            let continues = before.is_some_and(|before| before.text == "::");
            let mut path = match before {
                Some(before) if continues => before.path.clone(),
                _ => groups.last().cloned().unwrap_or_default(),
            };
            match text {
                "{" if continues => groups.push(path.clone()),
                "{" => groups.push(Vec::new()),
                "}" => drop(groups.pop()),
                "::" => path = before.map(|before| before.path.clone()).unwrap_or_default(),
                _ => path.push(text.to_owned()),
            }
            tokens.push(Token {
                line,
                text: text.to_owned(),
                path,
            });
        }
        tokens
    }
}

/// Stands for a character of a test module: nothing in Rust looks like it.
const TEST_LINE: char = '\u{1}';

fn words(code: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    for (line, text) in code.lines().enumerate() {
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let length = match first {
                _ if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
                ':' if rest.starts_with("::") => 2,
                _ => first.len_utf8(),
            };
            let (word, after) = rest.split_at(length);
            words.push((line + 1, word));
            rest = after.trim_start();
        }
    }
    words
}

/// Blanks out comments, strings and characters, and keeps all line breaks.
fn without_texts(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let at = |index: usize| chars.get(index).copied().unwrap_or('\0');
    let mut code = String::with_capacity(source.len());
    let mut index = 0;
    while index < chars.len() {
        let in_word = index > 0 && (at(index - 1).is_alphanumeric() || at(index - 1) == '_');
        let end = match (at(index), at(index + 1)) {
            ('/', '/') => line_end(&chars, index),
            ('/', '*') => comment_end(&chars, index),
            ('"', _) => string_end(&chars, index),
            ('r', '"' | '#') | ('b', 'r') if !in_word => raw_end(&chars, index),
            ('\'', '\\') => {
                (index + 3..chars.len())
                    .find(|i| at(*i) == '\'')
                    .unwrap_or(index)
                    + 1
            }
            ('\'', _) if at(index + 2) == '\'' => index + 3,
            _ => index,
        };
        if end == index {
            code.push(at(index));
            index += 1;
        }
        while index < end.min(chars.len()) {
            code.push(if at(index) == '\n' { '\n' } else { ' ' });
            index += 1;
        }
    }
    code
}

fn line_end(chars: &[char], from: usize) -> usize {
    let length = chars[from..].iter().position(|c| *c == '\n');
    length.map_or(chars.len(), |length| from + length)
}

fn comment_end(chars: &[char], from: usize) -> usize {
    let mut depth = 0;
    let mut index = from;
    while index + 1 < chars.len() {
        match (chars[index], chars[index + 1]) {
            ('/', '*') => (depth, index) = (depth + 1, index + 1),
            ('*', '/') => (depth, index) = (depth - 1, index + 1),
            _ => {}
        }
        index += 1;
        if depth == 0 {
            return index;
        }
    }
    chars.len()
}

fn string_end(chars: &[char], from: usize) -> usize {
    let mut index = from + 1;
    while index < chars.len() && chars[index] != '"' {
        index += if chars[index] == '\\' { 2 } else { 1 };
    }
    index + 1
}

/// `r"..."`, `r#"..."#`, `br"..."`; `from` itself if it is a raw identifier or none of these.
fn raw_end(chars: &[char], from: usize) -> usize {
    let hashes_from = from + if chars[from] == 'b' { 2 } else { 1 };
    let hashes = chars[hashes_from..]
        .iter()
        .take_while(|c| **c == '#')
        .count();
    let quote = hashes_from + hashes;
    if chars.get(quote) != Some(&'"') {
        return from;
    }
    let ends = |index: &usize| {
        chars[*index] == '"'
            && chars[index + 1..]
                .iter()
                .take(hashes)
                .filter(|c| **c == '#')
                .count()
                == hashes
    };
    let end = (quote + 1..chars.len()).find(ends);
    end.map_or(chars.len(), |end| end + 1 + hashes)
}

/// Blanks out every item behind `#[cfg(test)]`.
fn without_tests(code: &str) -> String {
    let mut code = code.to_owned();
    while let Some(start) = code.find("#[cfg(test)]") {
        let end = item_end(&code, start);
        let blank: String = code[start..end]
            .chars()
            .map(|c| if c == '\n' { '\n' } else { TEST_LINE })
            .collect();
        // Lines of the module that are empty belong to it too.
        let blank = blank.replace("\n\n", &format!("\n{TEST_LINE}\n"));
        code.replace_range(start..end, &blank);
    }
    code
}

fn item_end(code: &str, start: usize) -> usize {
    let mut depth = 0;
    for (index, c) in code[start..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if (c == '}' || c == ';') && depth == 0 {
            return start + index + 1;
        }
    }
    code.len()
}

/// Rule 1: plans and reports are made of plain data, by pure code.
fn impurities(file: &File) -> Vec<String> {
    if !file.is_below("src/plan") && !file.is_below("src/report") {
        return Vec::new();
    }
    let tokens = file.tokens();
    let next = |index: usize| tokens.get(index).map_or("", |token| token.text.as_str());
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let word = token.text.as_str();
        let is_banned = matches!(word, "async" | "await" | "tokio")
            || ["aws_sdk_", "aws_config", "aws_smithy"]
                .iter()
                .any(|prefix| word.starts_with(prefix))
            || (word == "now" && next(index + 1) == "(" && next(index + 2) == ")")
            || (matches!(word, "env" | "fs") && token.path == ["std", word]);
        if is_banned {
            let name = match word {
                "now" => "now()".to_owned(),
                _ => token.path.join("::"),
            };
            found.push(format!("{}:{}: names {name}", file.path, token.line));
        }
    }
    found
}

/// Rule 6: SDKs stay behind the one module that wraps them.
fn leaks(file: &File) -> Vec<String> {
    let owners = [("aws_sdk_", "src/aws/"), ("octocrab", "src/github/")];
    let mut found = Vec::new();
    for token in file.tokens() {
        for (sdk, owner) in owners {
            if token.text.starts_with(sdk) && !file.is_below(owner) {
                found.push(format!(
                    "{}:{}: {} belongs in {owner}",
                    file.path, token.line, token.text
                ));
            }
        }
    }
    found
}

/// Rule 10: what others sent never ends the process, and what is printed goes through one place.
fn careless(file: &File) -> Vec<String> {
    let tokens = file.tokens();
    let text = |index: usize| tokens.get(index).map_or("", |token| token.text.as_str());
    let is_careless = |index: usize| match text(index) {
        "unwrap" | "expect" => index > 0 && text(index - 1) == "." && text(index + 1) == "(",
        "println" | "eprintln" | "print" | "eprint" | "dbg" | "panic" | "todo"
        | "unimplemented" | "unreachable" => text(index + 1) == "!",
        _ => false,
    };
    (0..tokens.len())
        .filter(|index| is_careless(*index))
        .map(|index| {
            format!(
                "{}:{}: calls {}",
                file.path,
                tokens[index].line,
                text(index)
            )
        })
        .collect()
}

fn too_long(file: &File) -> Vec<String> {
    if file.lines <= LONGEST_FILE {
        return Vec::new();
    }
    vec![format!(
        "{}: has {} lines, at most {LONGEST_FILE}",
        file.path, file.lines
    )]
}

/// Packages that `deny.toml` bans, among those that are linked (`name v1.2.3`, one a line): what
/// `cargo deny` says, without having it.
fn banned_packages(deny: &str, linked: &str) -> Vec<String> {
    let bans = deny.lines().filter_map(|line| {
        let (_, after) = line.split_once("crate = \"")?;
        let ban = after.split('"').next()?;
        Some(ban.split_once('@').unwrap_or((ban, "")))
    });
    let bans: Vec<(&str, &str)> = bans.collect();
    let is_banned = |package: &str, version: &str| {
        bans.iter().any(|(name, of)| {
            *name == package && (of.is_empty() || version.starts_with(&format!("{of}.")))
        })
    };
    let mut found: Vec<String> = linked
        .lines()
        .filter_map(|line| line.split(" (").next()?.split_once(" v"))
        .filter(|(package, version)| is_banned(package, version))
        .map(|(package, version)| format!("{package} {version} is linked"))
        .collect();
    found.dedup();
    found
}

/// The packages of this build. The lock file also names those that no enabled feature asks for.
fn linked_packages() -> String {
    let tree = [
        "tree",
        "--locked",
        "--offline",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ];
    let output = Command::new(env!("CARGO"))
        .args(tree)
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Lints that keep the rules above in the editor, where they are broken.
fn missing_lints(manifest: &str) -> Vec<String> {
    let wanted = [
        "unsafe_code = \"forbid\"",
        "missing_docs = \"warn\"",
        "unwrap_used = \"warn\"",
        "expect_used = \"warn\"",
        "panic = \"warn\"",
        "print_stdout = \"warn\"",
        "print_stderr = \"warn\"",
        "dbg_macro = \"warn\"",
        "todo = \"warn\"",
    ];
    wanted
        .into_iter()
        .filter(|lint| !manifest.lines().any(|line| line == *lint))
        .map(|lint| format!("Cargo.toml: lacks {lint}"))
        .collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<File> {
    let mut folders = vec![root().join("src")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_test = path.file_stem().is_some_and(|name| name == "tests");
            if is_test {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root()).unwrap().to_str().unwrap();
                files.push(File::new(name, &fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn assert_none(found: Vec<String>) {
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn plans_and_reports_are_pure() {
    assert_none(sources().iter().flat_map(impurities).collect());
}

#[test]
fn sdks_stay_behind_their_wrappers() {
    assert_none(sources().iter().flat_map(leaks).collect());
}

#[test]
fn nothing_unwraps_panics_or_prints_past_the_one_place() {
    assert_none(sources().iter().flat_map(careless).collect());
}

#[test]
fn files_are_short() {
    assert_none(sources().iter().flat_map(too_long).collect());
}

#[test]
fn no_banned_package_is_linked_and_the_lints_are_on() {
    let read = |name: &str| fs::read_to_string(root().join(name)).unwrap();
    let linked = linked_packages();
    assert!(
        linked.lines().any(|line| line.starts_with("aws-lc-rs v")),
        "{linked}"
    );
    assert_none(banned_packages(&read("deny.toml"), &linked));
    assert_none(missing_lints(&read("Cargo.toml")));
}

#[test]
fn the_sources_are_really_read() {
    let files = sources();
    let names: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    for known in ["src/main.rs", "src/plan/local.rs", "src/report/plan.rs"] {
        assert!(names.contains(&known), "{known} is not among {names:?}");
    }
    let plan = files.iter().find(|file| file.path == "src/plan/graph.rs");
    assert!(
        plan.unwrap()
            .tokens()
            .iter()
            .any(|token| token.text == "toposort")
    );
}

#[test]
fn each_impurity_is_found_wherever_it_hides() {
    let planted = [
        ("async fn read() {}", "src/plan/x.rs:1: names async"),
        ("fn f() {\n  g().await\n}", "src/plan/x.rs:2: names await"),
        ("use tokio::fs;", "src/plan/x.rs:1: names tokio"),
        (
            "use aws_sdk_s3::Client;",
            "src/plan/x.rs:1: names aws_sdk_s3",
        ),
        ("use aws_config;", "src/plan/x.rs:1: names aws_config"),
        (
            "fn f(x: aws_smithy_types::DateTime) {}",
            "src/plan/x.rs:1: names aws_smithy_types",
        ),
        (
            "let x = std::env::var(A);",
            "src/plan/x.rs:1: names std::env",
        ),
        (
            "use std::{fmt,\n  fs::File};",
            "src/plan/x.rs:2: names std::fs",
        ),
        (
            "use std::{collections::{BTreeMap}, env};",
            "src/plan/x.rs:1: names std::env",
        ),
        ("let t = Timestamp::now ();", "src/plan/x.rs:1: names now()"),
    ];
    for (source, expected) in planted {
        assert_eq!(
            impurities(&File::new("src/plan/x.rs", source)),
            [expected],
            "{source}"
        );
        assert_eq!(impurities(&File::new("src/report/x.rs", source)).len(), 1);
        assert_eq!(impurities(&File::new("src/run/x.rs", source)), [""; 0]);
    }
}

#[test]
fn comments_texts_test_modules_and_other_words_are_no_impurities() {
    let innocent = r##"
        //! Never async, no tokio.
        /* std::env /* nested tokio */ std::fs */
        use std::{collections::BTreeMap, fmt};
        fn f<'a>(text: &'a str) -> char { '"' }
        const A: &str = "tokio::spawn \" async";
        const B: &str = r#"std::env "quoted" now()"#;
        const C: &[u8] = br"async";
        const D: char = '\''; // async
        fn known(now: u64) -> bool { environment.fs(now) > 1 }
        #[cfg(test)]
        mod tests {
            #[tokio::test]
            async fn reads() { std::fs::read("x").unwrap(); println!("{}", now()) }
        }
    "##;
    let file = File::new("src/plan/x.rs", innocent);
    assert_eq!(impurities(&file), [""; 0]);
    assert_eq!(careless(&file), [""; 0]);
    let behind = File::new("src/plan/x.rs", &format!("{innocent}\nuse tokio;"));
    assert_eq!(impurities(&behind), ["src/plan/x.rs:17: names tokio"]);
}

#[test]
fn sdks_elsewhere_are_found() {
    let sdk = "use aws_sdk_ecs::Client;";
    assert_eq!(leaks(&File::new("src/aws/ecs.rs", sdk)), [""; 0]);
    assert_eq!(
        leaks(&File::new("src/run/deploy.rs", sdk)),
        ["src/run/deploy.rs:1: aws_sdk_ecs belongs in src/aws/"]
    );
    let github = "fn f(o: octocrab::Octocrab) {}";
    assert_eq!(leaks(&File::new("src/github/comment.rs", github)), [""; 0]);
    assert_eq!(
        leaks(&File::new("src/report/comment.rs", github)),
        ["src/report/comment.rs:1: octocrab belongs in src/github/"]
    );
}

#[test]
fn careless_calls_are_found() {
    let planted = [
        ("x.unwrap();", "unwrap"),
        ("x\n.expect(WHY);", "expect"),
        ("println!();", "println"),
        ("eprintln!();", "eprintln"),
        ("panic!();", "panic"),
        ("todo!();", "todo"),
        ("unreachable!();", "unreachable"),
    ];
    for (source, call) in planted {
        let found = careless(&File::new("src/run/x.rs", source));
        assert_eq!(found.len(), 1, "{source}");
        assert!(found[0].ends_with(&format!("calls {call}")), "{found:?}");
    }
    let careful = "x.unwrap_or_default(); fn expect(this: Self) {} Err(e)?; print(text);";
    assert_eq!(careless(&File::new("src/run/x.rs", careful)), [""; 0]);
}

#[test]
fn long_files_are_found_and_their_tests_do_not_count() {
    let code = "fn f() {}\n".repeat(LONGEST_FILE);
    assert_eq!(too_long(&File::new("src/x.rs", &code)), [""; 0]);
    let tests = format!("{code}#[cfg(test)]\nmod tests {{\n\n{code}\n}}\n");
    assert_eq!(too_long(&File::new("src/x.rs", &tests)), [""; 0]);
    assert_eq!(
        too_long(&File::new(
            "src/x.rs",
            &format!("{tests}fn one_more() {{}}\n")
        )),
        ["src/x.rs: has 401 lines, at most 400"]
    );
}

#[test]
fn banned_packages_and_missing_lints_are_found() {
    let deny =
        "deny = [\n  { crate = \"ring\", reason = \"x\" },\n  { crate = \"hyper@0.14\" },\n]";
    let linked = "scf-action v0.1.0 (/x)\nhyper v1.12.0\nring v0.17.9\nhyper v0.14.32 (*)";
    assert_eq!(
        banned_packages(deny, linked),
        ["ring 0.17.9 is linked", "hyper 0.14.32 is linked"]
    );
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let lenient = manifest.replace("unsafe_code = \"forbid\"", "unsafe_code = \"warn\"");
    assert_eq!(
        missing_lints(&lenient),
        ["Cargo.toml: lacks unsafe_code = \"forbid\""]
    );
}
