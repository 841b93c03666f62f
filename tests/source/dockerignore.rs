//! `.dockerignore` on real folders.

use crate::tree::{Tree, listing};

/// Reads `files` under this ignore file; the files that everything has are left out of the answer.
fn sent(ignore: &str, files: &[&str]) -> Vec<String> {
    let tree = Tree::new(files);
    tree.write(".dockerignore", ignore);
    let listing = tree.listing();
    let own = |path: &&str| !["Dockerfile", ".dockerignore"].contains(path);
    listing.lines().filter(own).map(str::to_owned).collect()
}

struct Case {
    rule: &'static str,
    ignore: &'static str,
    files: &'static [&'static str],
    sent: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        rule: "no patterns",
        ignore: "",
        files: &["a", "b/c"],
        sent: &["a", "b", "b/c"],
    },
    Case {
        rule: "a name is anchored at the top",
        ignore: "a",
        files: &["a", "b/a"],
        sent: &["b", "b/a"],
    },
    Case {
        rule: "a folder takes its contents along",
        ignore: "b",
        files: &["a", "b/c/d"],
        sent: &["a"],
    },
    Case {
        rule: "a leading slash means nothing",
        ignore: "/a",
        files: &["a", "b/a"],
        sent: &["b", "b/a"],
    },
    Case {
        rule: "a trailing slash means nothing, for files too",
        ignore: "a/",
        files: &["a", "b"],
        sent: &["b"],
    },
    Case {
        rule: "paths are cleaned",
        ignore: "./x/../b//c/.",
        files: &["b/c", "b/d"],
        sent: &["b", "b/d"],
    },
    Case {
        rule: "white space around is dropped",
        ignore: "  a  \r\n\tb",
        files: &["a", "b", "c"],
        sent: &["c"],
    },
    Case {
        rule: "comments start in the first column",
        ignore: "#a\n #b",
        files: &["#a", "#b"],
        sent: &["#a"],
    },
    Case {
        rule: "a byte order mark is dropped",
        ignore: "\u{feff}a",
        files: &["a", "b"],
        sent: &["b"],
    },
    Case {
        rule: "`*` stays in its folder",
        ignore: "*.md",
        files: &["a.md", "b/c.md"],
        sent: &["b", "b/c.md"],
    },
    Case {
        rule: "`*` matches names with a leading dot",
        ignore: "*",
        files: &[".env", "a"],
        sent: &[],
    },
    Case {
        rule: "`?` is one character, not a byte",
        ignore: "?",
        files: &["é", "ab"],
        sent: &["ab"],
    },
    Case {
        rule: "`?` is never a slash",
        ignore: "a?b",
        files: &["a/b", "a-b"],
        sent: &["a", "a/b"],
    },
    Case {
        rule: "classes and ranges",
        ignore: "[a-c]\n[^d]x",
        files: &["b", "d", "dx", "ex"],
        sent: &["d", "dx"],
    },
    Case {
        rule: "`\\` makes the next character literal",
        ignore: "\\*",
        files: &["*", "a"],
        sent: &["a"],
    },
    Case {
        rule: "`\\` lets a line begin with `#`",
        ignore: "\\#a",
        files: &["#a", "b"],
        sent: &["b"],
    },
    Case {
        rule: "characters of regular expressions are literal",
        ignore: "a+(b).*",
        files: &["a+(b).c", "aab.c"],
        sent: &["aab.c"],
    },
    Case {
        rule: "case counts",
        ignore: "A*",
        files: &["Ab", "ab"],
        sent: &["ab"],
    },
    Case {
        rule: "`**/` is any depth, none included",
        ignore: "**/t",
        files: &["t", "a/t", "a/b/t", "a/tt"],
        sent: &["a", "a/b", "a/tt"],
    },
    Case {
        rule: "`**/` with a wildcard",
        ignore: "**/*.go",
        files: &["a.go", "b/c.go", "b/c.gone"],
        sent: &["b", "b/c.gone"],
    },
    Case {
        rule: "`**` inside",
        ignore: "a/**/z",
        files: &["a/z", "a/b/c/z", "a/b/y"],
        sent: &["a", "a/b", "a/b/c", "a/b/y"],
    },
    Case {
        rule: "`/**` is what is below, not the folder",
        ignore: "a/**",
        files: &["a/b/c", "d"],
        sent: &["a", "d"],
    },
    Case {
        rule: "`**` alone is everything",
        ignore: "**",
        files: &["a", "b/c"],
        sent: &[],
    },
    Case {
        rule: "`!` brings back",
        ignore: "*.md\n!README.md",
        files: &["a.md", "README.md"],
        sent: &["README.md"],
    },
    Case {
        rule: "the last match decides",
        ignore: "*.md\n!R*.md\nREADME.md",
        files: &["README.md", "R.md"],
        sent: &["R.md"],
    },
    Case {
        rule: "`!` before what it is an exception of does nothing",
        ignore: "!a\n*",
        files: &["a"],
        sent: &[],
    },
    Case {
        rule: "`!` reaches into an ignored folder",
        ignore: "a\n!a/b/keep",
        files: &["a/b/keep", "a/b/c", "a/d"],
        sent: &["a", "a/b", "a/b/keep"],
    },
    Case {
        rule: "`!` with `**` reaches into every folder",
        ignore: "*\n!**/keep",
        files: &["a/b/keep", "a/b/c", "d/e"],
        sent: &["a", "a/b", "a/b/keep"],
    },
    Case {
        rule: "`!` of a folder brings its contents",
        ignore: "*\n!src",
        files: &["src/a/b", "c"],
        sent: &["src", "src/a", "src/a/b"],
    },
    Case {
        rule: "an exception of an exception",
        ignore: "*\n!src\nsrc/*.tmp",
        files: &["src/a", "src/b.tmp"],
        sent: &["src", "src/a"],
    },
    Case {
        rule: "white space after `!`",
        ignore: "*\n! a",
        files: &["a", "b"],
        sent: &["a"],
    },
    Case {
        rule: "a parent of the context is never there",
        ignore: "../a\n..",
        files: &["a"],
        sent: &["a"],
    },
    Case {
        rule: "the whole context cannot be ignored by its name",
        ignore: ".\n/",
        files: &["a"],
        sent: &["a"],
    },
];

#[test]
fn every_rule_of_the_build_reference_holds() {
    for case in CASES {
        assert_eq!(
            sent(case.ignore, case.files),
            case.sent,
            "{}: {:?}",
            case.rule,
            case.ignore
        );
    }
}

#[test]
fn what_the_engine_reads_itself_is_always_sent() {
    let tree = Tree::new(&["a"]);
    tree.write("docker/app.Dockerfile", "FROM scratch");
    tree.write("docker/other", "");
    tree.write(".dockerignore", "*");
    let mut source = tree.source();
    source.dockerfile = scf::source::DockerfileSource::Path(tree.path("docker/app.Dockerfile"));
    let contents = scf::source::read(&source).unwrap();
    assert_eq!(
        listing(&contents),
        ".dockerignore\ndocker\ndocker/app.Dockerfile"
    );
    assert_eq!(contents.dockerfile, "docker/app.Dockerfile");
}

#[test]
fn the_ignore_file_of_the_dockerfile_takes_precedence() {
    let tree = Tree::new(&["a", "b"]);
    tree.write(".dockerignore", "a");
    tree.write("Dockerfile.dockerignore", "b\nDockerfile.dockerignore");
    assert_eq!(
        tree.listing(),
        ".dockerignore\nDockerfile\nDockerfile.dockerignore\na"
    );
}

#[test]
fn an_empty_ignore_file_of_the_dockerfile_takes_precedence_too() {
    let tree = Tree::new(&["a"]);
    tree.write(".dockerignore", "a");
    tree.write("Dockerfile.dockerignore", "");
    assert_eq!(
        tree.listing(),
        ".dockerignore\nDockerfile\nDockerfile.dockerignore\na"
    );
}

#[test]
fn a_dockerfile_outside_of_the_context_brings_its_own_ignore_file() {
    let tree = Tree::new(&["src/a", "src/b", "docker/Dockerfile"]);
    tree.write("src/.dockerignore", "a");
    tree.write("docker/Dockerfile.dockerignore", "b");
    let mut source = tree.source();
    source.context = tree.path("src");
    source.dockerfile = scf::source::DockerfileSource::Path(tree.path("docker/Dockerfile"));
    let contents = scf::source::read(&source).unwrap();
    assert_eq!(
        listing(&contents),
        ".dockerignore\na\n.scf-action.Dockerfile"
    );
}

#[test]
fn names_that_are_not_utf8_are_matched_by_their_bytes() {
    use std::os::unix::ffi::OsStrExt;
    let tree = Tree::new(&[]);
    for name in [b"caf\xe9".as_slice(), b"caf\xe8", b"caf\xe9.md"] {
        let name = std::ffi::OsStr::from_bytes(name);
        std::fs::write(tree.root().as_std_path().join(name), "").unwrap();
    }
    tree.write(".dockerignore", b"caf\xe9\ncaf?.md".as_slice());
    let names: Vec<_> = tree
        .read()
        .entries
        .iter()
        .map(|entry| entry.path.clone())
        .collect();
    assert_eq!(
        names
            .iter()
            .map(|name| name.as_os_str().as_bytes())
            .collect::<Vec<_>>(),
        [b".dockerignore".as_slice(), b"Dockerfile", b"caf\xe8"]
    );
}
