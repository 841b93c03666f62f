//! Fingerprints are equal exactly when what is sent is equal.

use std::collections::BTreeMap;

use proptest::prelude::*;
use scf::source::{BuildSource, DockerfileSource, Fingerprint, Surroundings, read};

use crate::tree::{Tree, tar_bytes};

fn fingerprint(source: &BuildSource) -> Fingerprint {
    read(source).unwrap().fingerprint
}

#[test]
fn it_does_not_depend_on_the_folder_the_times_and_the_umask() {
    let [one, two] = [Tree::new(&["a/b"]), Tree::new(&["a/b"])];
    two.chmod("a/b", 0o600);
    two.chmod("a", 0o777);
    let yesterday = std::time::SystemTime::now() - std::time::Duration::from_hours(24);
    let file = std::fs::File::open(two.path("a/b")).unwrap();
    file.set_modified(yesterday).unwrap();
    assert_eq!(one.read().fingerprint, two.read().fingerprint);
}

#[test]
fn it_changes_with_everything_that_is_sent() {
    let tree = Tree::new(&["a/b"]);
    let mut seen = vec![tree.read().fingerprint];
    let mut check = |what: &str| {
        let now = tree.read().fingerprint;
        assert!(!seen.contains(&now), "{what}");
        seen.push(now);
    };
    tree.chmod("a/b", 0o755);
    check("the executable bit");
    tree.write("a/b", "other");
    check("contents");
    tree.mkdir("empty");
    check("an empty folder");
    tree.link("link", "a");
    check("a link");
    std::fs::remove_file(tree.path("link")).unwrap();
    tree.link("link", "b");
    check("a link's target");
    std::fs::rename(tree.path("empty"), tree.path("void")).unwrap();
    check("a name");
    tree.write("Dockerfile", "FROM scratch");
    check("the Dockerfile");
    tree.write(".dockerignore", "void");
    check("the ignore file");
}

#[test]
fn it_does_not_change_with_what_is_ignored() {
    let tree = Tree::new(&["a", "log/x"]);
    tree.write(".dockerignore", "log");
    let before = tree.read().fingerprint;
    tree.write("log/x", "more");
    tree.write("log/y", "more");
    assert_eq!(tree.read().fingerprint, before);
}

#[test]
fn our_own_state_is_never_sent() {
    let tree = Tree::new(&["a", "deploy/b"]);
    let before = tree.read().fingerprint;
    tree.write(".scf/dev/state.json", "1");
    tree.write("deploy/.scf/dev/state.json", "1");
    assert_eq!(tree.read().fingerprint, before);
    tree.write("c/.scf", "a file of this name is a file");
    assert_ne!(tree.read().fingerprint, before);
}

#[test]
fn it_changes_with_every_parameter() {
    let tree = Tree::new(&["other.Dockerfile"]);
    let args = |args: &[(&str, &str)]| -> BTreeMap<String, String> {
        args.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    };
    let base = tree.source();
    let around = |surroundings| BuildSource {
        surroundings,
        ..base.clone()
    };
    let sources = [
        base.clone(),
        BuildSource {
            args: args(&[("a", "")]),
            ..base.clone()
        },
        BuildSource {
            args: args(&[("a", "b")]),
            ..base.clone()
        },
        BuildSource {
            args: args(&[("ab", "")]),
            ..base.clone()
        },
        BuildSource {
            args: args(&[("a", ""), ("b", "")]),
            ..base.clone()
        },
        BuildSource {
            labels: args(&[("a", "")]),
            ..base.clone()
        },
        around(Surroundings {
            network: Some("a".to_owned()),
            ..Surroundings::default()
        }),
        around(Surroundings {
            hosts: vec!["a".to_owned()],
            ..Surroundings::default()
        }),
        around(Surroundings {
            squash: true,
            ..Surroundings::default()
        }),
        BuildSource {
            target: Some("a".to_owned()),
            ..base.clone()
        },
        BuildSource {
            target: Some(String::new()),
            ..base.clone()
        },
        BuildSource {
            platform: Some("a".to_owned()),
            ..base.clone()
        },
        BuildSource {
            dockerfile: DockerfileSource::Path(tree.path("other.Dockerfile")),
            ..base.clone()
        },
    ];
    let mut fingerprints: Vec<_> = sources.iter().map(fingerprint).collect();
    fingerprints.sort();
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), sources.len());
}

#[test]
fn an_inline_dockerfile_is_the_same_as_one_outside_of_the_context() {
    let tree = Tree::new(&["src/a"]);
    let text = "FROM scratch\nCOPY a /\n";
    tree.write("Dockerfile", text);
    let outside = BuildSource {
        context: tree.path("src"),
        ..tree.source()
    };
    let dockerfile = DockerfileSource::Inline(text.to_owned());
    let inline = BuildSource {
        dockerfile,
        ..outside.clone()
    };
    assert_eq!(fingerprint(&outside), fingerprint(&inline));
    assert_eq!(read(&inline).unwrap().dockerfile, ".scf-action.Dockerfile");
}

#[test]
fn a_linked_dockerfile_and_context_are_what_they_point_to() {
    let tree = Tree::new(&["src/a", "src/docker/Dockerfile"]);
    tree.link("src/Dockerfile", "docker/Dockerfile");
    tree.link("context", "src");
    let source = BuildSource {
        context: tree.path("context"),
        dockerfile: DockerfileSource::Path(tree.path("context/Dockerfile")),
        ..tree.source()
    };
    assert_eq!(read(&source).unwrap().dockerfile, "docker/Dockerfile");
}

#[test]
fn it_is_shown_as_hexadecimal_digits() {
    let tree = Tree::new(&["a"]);
    let fingerprint = tree.read().fingerprint;
    // Frozen: images of earlier versions are found by it.
    insta::assert_snapshot!(fingerprint, @"83aa44ed08120411eb099410d8f55001e002087bf04d5fbe3291a3b1aef9484d");
    insta::assert_snapshot!(fingerprint.short(), @"83aa44ed08120411");
}

#[test]
fn argument_values_are_not_printed() {
    let mut source = Tree::new(&[]).source();
    source.args.insert("TOKEN".to_owned(), "s3cr3t".to_owned());
    let shown = format!("{source:?}");
    assert!(
        shown.contains("TOKEN") && !shown.contains("s3cr3t"),
        "{shown}"
    );
}

/// One thing that can be done to a tree; names are few so that trees often come out equal.
#[derive(Debug, Clone)]
enum Change {
    File {
        path: &'static str,
        contents: &'static str,
        executable: bool,
    },
    Folder(&'static str),
    Link {
        path: &'static str,
        target: &'static str,
    },
    Ignore(&'static str),
}

fn change() -> impl Strategy<Value = Change> {
    let path = || prop::sample::select(&["a", "b", "d/a", "d/e/b"][..]);
    prop_oneof![
        3 => (path(), prop::sample::select(&["", "1"][..]), any::<bool>())
            .prop_map(|(path, contents, executable)| Change::File { path, contents, executable }),
        1 => prop::sample::select(&["d", "d/e", "f"][..]).prop_map(Change::Folder),
        1 => (path(), prop::sample::select(&["a", "./a"][..]))
            .prop_map(|(path, target)| Change::Link { path, target }),
        1 => prop::sample::select(&["", "a", "d", "*\n!d/e", ".dockerignore\nb"][..])
            .prop_map(Change::Ignore),
    ]
}

fn grow(changes: &[Change], times: u64) -> Tree {
    let tree = Tree::new(&[]);
    for change in changes {
        match change {
            Change::File {
                path,
                contents,
                executable,
            } => {
                let _ = std::fs::remove_file(tree.path(path));
                tree.write(path, contents);
                tree.chmod(path, if *executable { 0o700 } else { 0o666 });
                let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(times);
                std::fs::File::open(tree.path(path))
                    .unwrap()
                    .set_modified(time)
                    .unwrap();
            }
            Change::Folder(path) => tree.mkdir(path),
            Change::Link { path, target } => {
                tree.mkdir("d/e");
                let _ = std::fs::remove_file(tree.path(path));
                tree.link(path, target);
            }
            Change::Ignore(text) => tree.write(".dockerignore", text),
        }
    }
    tree
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    /// The law that change detection rests on, both ways, across two folders.
    #[test]
    fn fingerprints_are_equal_exactly_when_the_tars_are(
        one in prop::collection::vec(change(), 0..4),
        two in prop::collection::vec(change(), 0..4),
    ) {
        let (one, two) = (grow(&one, 1), grow(&two, 2));
        let (one, two) = (one.read(), two.read());
        let tars_equal = tar_bytes(&one).unwrap() == tar_bytes(&two).unwrap();
        prop_assert_eq!(one.fingerprint == two.fingerprint, tars_equal);
    }

    /// The same tree grown twice is the same: nothing of the machine gets in.
    #[test]
    fn equal_trees_have_equal_fingerprints(changes in prop::collection::vec(change(), 0..6)) {
        let (one, two) = (grow(&changes, 1), grow(&changes, 2));
        prop_assert_eq!(one.read().fingerprint, two.read().fingerprint);
        prop_assert!(tar_bytes(&one.read()).unwrap() == tar_bytes(&two.read()).unwrap());
    }
}
