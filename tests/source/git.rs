//! What git says of a build context: the git program is the oracle.

use std::{fs, path::Path, process::Command};

use camino::Utf8PathBuf;
use scf::source::{
    BuildSource, DockerfileSource, Fingerprinted,
    git::{self, Commit, NoHistory},
    read,
};

struct Repository {
    folder: tempfile::TempDir,
}

impl Repository {
    /// Two services, committed.
    fn new() -> Self {
        let repository = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        repository.git(&["init", "--quiet"]);
        for file in [
            "api/Dockerfile",
            "api/src/a",
            "api/log/x",
            "web/Dockerfile",
            "web/b",
        ] {
            repository.write(file, "1");
        }
        repository.write("api/.dockerignore", "log");
        repository.commit();
        repository
    }

    fn path(&self, path: &str) -> Utf8PathBuf {
        let folder: Utf8PathBuf = self.folder.path().to_str().unwrap().into();
        folder.join(path)
    }

    fn write(&self, path: &str, contents: &str) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), contents).unwrap();
    }

    /// Its id.
    fn commit(&self) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", "m"]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn git(&self, arguments: &[&str]) -> String {
        git_in(self.folder.path(), arguments)
    }

    fn read(&self, context: &str) -> Fingerprinted {
        read_context(self.path(context))
    }

    fn changed(&self, context: &str, since: &str) -> String {
        let paths = git::changed_since(&self.read(context), since).unwrap();
        let names: Vec<_> = paths.iter().map(|path| path.to_str().unwrap()).collect();
        names.join(" ")
    }
}

fn git_in(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .args([
            "-c",
            "user.name=somebody",
            "-c",
            "user.email=somebody@example.org",
        ])
        .args(arguments)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn read_context(context: Utf8PathBuf) -> Fingerprinted {
    read(&{
        let dockerfile = DockerfileSource::Path(context.join("Dockerfile"));
        BuildSource::new(context, dockerfile)
    })
    .unwrap()
}

#[test]
fn the_files_that_are_sent_and_changed_since_a_commit_are_listed() {
    let repository = Repository::new();
    let first = repository.git(&["rev-parse", "HEAD"]);
    repository.write("api/src/a", "2");
    repository.write("api/log/x", "2");
    repository.write("web/b", "2");
    repository.write("api/committed", "2");
    repository.commit();
    assert_eq!(repository.changed("api", &first), "committed src/a");
    assert_eq!(repository.changed("web", &first), "b");

    repository.write("api/untracked/y", "3");
    repository.write("api/committed", "3");
    fs::remove_file(repository.path("api/src/a")).unwrap();
    repository.write("api/staged", "3");
    repository.git(&["add", "api/staged"]);
    assert_eq!(
        repository.changed("api", &first),
        "committed src/a staged untracked/y"
    );
}

#[test]
fn a_change_that_was_taken_back_is_none() {
    let repository = Repository::new();
    let first = repository.git(&["rev-parse", "HEAD"]);
    repository.write("api/src/a", "2");
    repository.commit();
    repository.write("api/src/a", "1");
    repository.commit();
    assert_eq!(repository.changed("api", &first), "");
}

#[test]
fn the_whole_work_tree_can_be_the_context() {
    let repository = Repository::new();
    let first = repository.git(&["rev-parse", "HEAD"]);
    repository.write("Dockerfile", "1");
    repository.write(".dockerignore", ".git\napi");
    repository.write("api/src/a", "2");
    repository.write("web/b", "2");
    repository.commit();
    assert_eq!(
        repository.changed("", &first),
        ".dockerignore Dockerfile web/b"
    );
}

#[test]
fn the_commit_is_dirty_when_what_is_sent_is() {
    let repository = Repository::new();
    let id = repository.git(&["rev-parse", "HEAD"]);
    let commit = |dirty| Commit {
        id: id.clone(),
        dirty,
    };
    repository.write("web/b", "2");
    repository.write("api/log/x", "2");
    assert_eq!(git::commit(&repository.read("api")).unwrap(), commit(false));
    assert_eq!(git::commit(&repository.read("web")).unwrap(), commit(true));
}

#[test]
fn a_shallow_clone_does_not_know_older_commits() {
    let repository = Repository::new();
    let first = repository.git(&["rev-parse", "HEAD"]);
    repository.write("api/src/a", "2");
    let second = repository.commit();
    let folder = tempfile::tempdir().unwrap();
    let origin = format!("file://{}", repository.path(""));
    git_in(
        folder.path(),
        &["clone", "--quiet", "--depth", "1", &origin, "clone"],
    );
    let clone = folder.path().join("clone/api").to_str().unwrap().into();
    let clone = read_context(clone);
    assert_eq!(git::changed_since(&clone, &second), Ok(Vec::new()));
    assert_eq!(
        git::changed_since(&clone, &first).unwrap_err().to_string(),
        format!("commit {} is not in this clone", &first[..7])
    );
}

#[test]
fn no_repository_and_a_broken_one_are_said() {
    let repository = Repository::new();
    let id = repository.git(&["rev-parse", "HEAD"]);
    fs::write(repository.path(".git/index"), "broken").unwrap();
    assert!(matches!(
        git::changed_since(&repository.read("api"), &id),
        Err(NoHistory::Unreadable(_))
    ));
    fs::remove_dir_all(repository.path(".git")).unwrap();
    assert_eq!(
        git::changed_since(&repository.read("api"), &id),
        Err(NoHistory::NoRepository)
    );
    assert_eq!(
        git::commit(&repository.read("api")),
        Err(NoHistory::NoRepository)
    );
}
