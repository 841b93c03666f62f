//! What buildpacks are sent, and what decides that they build anew.

use std::fs;

use camino::Utf8Path;
use scf::source::{BuildSource, DockerfileSource, Fingerprint, read};

struct Folder(tempfile::TempDir);

impl Folder {
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (path, contents) in files {
            let path = folder.0.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, contents).unwrap();
        }
        folder
    }

    fn source(&self, builder: &str) -> BuildSource {
        BuildSource::new(
            Utf8Path::from_path(self.0.path()).unwrap().to_owned(),
            DockerfileSource::Buildpacks(builder.to_owned()),
        )
    }

    fn sent(&self) -> Vec<String> {
        let read = read(&self.source("b")).unwrap();
        let paths = read
            .entries
            .iter()
            .map(|entry| entry.path.to_str().unwrap().to_owned());
        paths.collect()
    }
}

fn fingerprint(source: &BuildSource) -> Fingerprint {
    read(source).unwrap().fingerprint
}

#[test]
fn history_and_state_are_not_sent_and_the_ignore_file_counts() {
    let files = [
        ("app.js", ""),
        (".git/HEAD", "x"),
        (".scf/dev/state.json", "x"),
        ("lib/.git/HEAD", "x"),
        ("logs/a", "x"),
    ];
    assert_eq!(
        Folder::with(&files).sent(),
        ["app.js", "lib", "logs", "logs/a"]
    );
    let mut files = files.to_vec();
    files.push((".dockerignore", "logs\n!.git/HEAD\n"));
    assert_eq!(
        Folder::with(&files).sent(),
        [".dockerignore", ".git", ".git/HEAD", "app.js", "lib"]
    );
}

#[test]
fn builder_arguments_and_source_decide() {
    let folder = Folder::with(&[("app.js", "1")]);
    let source = folder.source("builder:1");
    let before = fingerprint(&source);
    assert_eq!(before, fingerprint(&source));
    assert_ne!(before, fingerprint(&folder.source("builder:2")));
    let mut with_argument = source.clone();
    with_argument
        .args
        .insert("NODE_ENV".to_owned(), "production".to_owned());
    assert_ne!(before, fingerprint(&with_argument));
    assert_eq!(
        before,
        fingerprint(&Folder::with(&[("app.js", "1"), (".git/HEAD", "x")]).source("builder:1"))
    );
    assert_ne!(
        before,
        fingerprint(&Folder::with(&[("app.js", "2")]).source("builder:1"))
    );
    assert!(read(&source).unwrap().exposed_ports.is_empty());
}
