//! `${git:…}`: the git program is the oracle.

use std::{fs, path::Path, process::Command};

use camino::{Utf8Path, Utf8PathBuf};
use scf::error::Diagnose;
use secrecy::ExposeSecret;

use super::{api, context, load, source};

/// Runs git as no user of this machine.
fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "safe.directory=*", "-c", "protocol.file.allow=always"])
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("HOME", "/nonexistent")
        .envs([("GIT_AUTHOR_NAME", "A"), ("GIT_AUTHOR_EMAIL", "a@b")])
        .envs([("GIT_COMMITTER_NAME", "C"), ("GIT_COMMITTER_EMAIL", "c@d")])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn commit(folder: &Path, message: &str) {
    git(folder, &["commit", "-q", "--allow-empty", "-m", message]);
}

/// A repository with two commits on `main`, and its guard.
fn repository() -> (tempfile::TempDir, Utf8PathBuf) {
    let guard = tempfile::tempdir().unwrap();
    let folder = guard.path().join("shop");
    fs::create_dir(&folder).unwrap();
    git(&folder, &["init", "-q", "-b", "main"]);
    fs::create_dir(folder.join("deploy")).unwrap();
    fs::write(folder.join("deploy/a.txt"), "a\n").unwrap();
    git(&folder, &["add", "."]);
    commit(&folder, "First");
    commit(
        &folder,
        "Second: the subject\nis folded\n\nBody line 1\n\nBody line 2\n",
    );
    git(&folder, &["config", "user.name", "Jo Doe"]);
    git(&folder, &["config", "user.email", "jo@example.com"]);
    (guard, Utf8PathBuf::from_path_buf(folder).unwrap())
}

/// A fact as the config in `folder` sees it.
fn seen(folder: &Utf8Path, fact: &str, environment: &[(&str, &str)]) -> String {
    let mut context = context(environment);
    context.folder = folder.to_owned();
    let text = api(&format!("    environment:\n      V: ${{git:{fact}}}\n"));
    match load(&source(&text), &context) {
        Ok(loaded) => loaded.config.containers[&"api".parse().unwrap()].environment["V"]
            .expose_secret()
            .to_owned(),
        Err(errors) => {
            let detail = errors.detail().unwrap();
            detail.lines().next().unwrap().to_owned()
        }
    }
}

/// All facts that git itself tells, as it tells them.
fn agrees_with_git(folder: &Utf8Path) {
    let git = |arguments: &[&str]| git(folder.as_std_path(), arguments);
    let tags = git(&["tag", "--points-at", "HEAD"]).replace('\n', "::");
    let short = git(&["rev-parse", "--short", "HEAD"]);
    let dirty = git(&["status", "--porcelain", "--untracked-files=no"]);
    for (fact, told) in [
        ("sha1", short.clone()),
        ("commit", git(&["rev-parse", "HEAD"])),
        ("message", git(&["log", "-1", "--format=%B"])),
        ("messageSubject", git(&["log", "-1", "--format=%s"])),
        ("messageBody", git(&["log", "-1", "--format=%b"])),
        ("describe", git(&["describe", "--always"])),
        ("describeLight", git(&["describe", "--always", "--tags"])),
        ("tags", if tags.is_empty() { short } else { tags }),
        ("isDirty", (!dirty.is_empty()).to_string()),
    ] {
        assert_eq!(seen(folder, fact, &[]), told, "{fact}");
    }
}

#[test]
fn facts_are_those_of_git() {
    let (_guard, folder) = repository();
    let git = |arguments: &[&str]| git(folder.as_std_path(), arguments);
    agrees_with_git(&folder);
    agrees_with_git(&folder.join("deploy"));
    git(&["tag", "light"]);
    agrees_with_git(&folder);
    git(&["tag", "-a", "-m", "x", "v1.0.0"]);
    agrees_with_git(&folder);
    commit(folder.as_std_path(), "Third");
    agrees_with_git(&folder);
    git(&["checkout", "-q", "-b", "side", "HEAD~1"]);
    commit(folder.as_std_path(), "On the side");
    git(&["tag", "nearer"]);
    git(&["merge", "-q", "--no-edit", "main"]);
    agrees_with_git(&folder);
    git(&["pack-refs", "--all"]);
    git(&["gc", "-q"]);
    agrees_with_git(&folder);
    let bare = [
        ("branch", "side"),
        ("user", "Jo Doe"),
        ("email", "jo@example.com"),
        ("repository", "shop"),
    ];
    for (fact, told) in bare {
        assert_eq!(seen(&folder, fact, &[]), told);
    }
}

#[test]
fn a_tree_is_dirty_when_a_tracked_file_differs() {
    let (_guard, folder) = repository();
    let git = |arguments: &[&str]| git(folder.as_std_path(), arguments);
    fs::write(folder.join("untracked"), "x").unwrap();
    agrees_with_git(&folder);
    assert_eq!(seen(&folder, "isDirty", &[]), "false");
    fs::write(folder.join("deploy/a.txt"), "b\n").unwrap();
    agrees_with_git(&folder);
    git(&["add", "."]);
    agrees_with_git(&folder);
    assert_eq!(seen(&folder, "isDirty", &[]), "true");
    git(&["commit", "-q", "-m", "x"]);
    fs::remove_file(folder.join("deploy/a.txt")).unwrap();
    agrees_with_git(&folder);
}

#[test]
fn a_detached_checkout_takes_the_branch_from_the_run() {
    let (_guard, folder) = repository();
    git(folder.as_std_path(), &["checkout", "-q", "--detach"]);
    agrees_with_git(&folder);
    let pull_request = [
        ("GITHUB_HEAD_REF", "feature/x"),
        ("GITHUB_REF_NAME", "12/merge"),
        ("GITHUB_REPOSITORY", "acme/store"),
    ];
    assert_eq!(seen(&folder, "branch", &pull_request), "feature/x");
    assert_eq!(seen(&folder, "repository", &pull_request), "store");
    let push = [("GITHUB_HEAD_REF", ""), ("GITHUB_REF_NAME", "release/2")];
    assert_eq!(seen(&folder, "branch", &push), "release/2");
    let tag = [("GITHUB_REF_NAME", "v1"), ("GITHUB_REF_TYPE", "tag")];
    let none = "error: a commit is checked out, not a branch";
    assert_eq!(seen(&folder, "branch", &tag), none);
    assert_eq!(seen(&folder, "branch", &[]), none);
}

#[test]
fn shallow_clones_and_worktrees_are_checkouts() {
    let (guard, folder) = repository();
    git(
        folder.as_std_path(),
        &["tag", "-a", "-m", "x", "v1", "HEAD~1"],
    );
    commit(folder.as_std_path(), "Third");
    let origin = format!("file://{folder}");
    for depth in ["--depth=1", "--depth=2", "--depth=9"] {
        git(
            guard.path(),
            &[
                "clone",
                "-q",
                depth,
                "--tags",
                &origin,
                depth.trim_start_matches('-'),
            ],
        );
        let clone = guard.path().join(depth.trim_start_matches('-'));
        agrees_with_git(Utf8Path::from_path(&clone).unwrap());
    }
    git(
        folder.as_std_path(),
        &["worktree", "add", "-q", "-b", "other", "../beside"],
    );
    let beside = folder.parent().unwrap().join("beside");
    agrees_with_git(&beside);
    assert_eq!(seen(&beside, "branch", &[]), "other");
    assert_eq!(seen(&beside, "repository", &[]), "beside");
}

#[test]
fn a_checkout_of_another_owner_is_read() {
    let (_guard, folder) = repository();
    let chown = Command::new("chown")
        .args(["-R", "12345:12345"])
        .arg(&folder)
        .status();
    if !chown.unwrap().success() {
        return; // Only root can give files away; CI's containers run as root.
    }
    agrees_with_git(&folder);
    assert_eq!(seen(&folder, "user", &[]), "Jo Doe");
}

#[test]
fn the_user_comes_from_the_given_home_at_last() {
    let (guard, folder) = repository();
    let unset = |key| git(folder.as_std_path(), &["config", "--unset", key]);
    unset("user.name");
    unset("user.email");
    assert_eq!(seen(&folder, "user", &[]), "error: git has no `user.name`");
    fs::write(
        guard.path().join(".gitconfig"),
        "[user]\n  name = At Home\n",
    )
    .unwrap();
    let home = [("HOME", guard.path().to_str().unwrap())];
    assert_eq!(seen(&folder, "user", &home), "At Home");
    assert_eq!(
        seen(&folder, "email", &home),
        "error: git has no `user.email`"
    );
}

#[test]
fn a_repository_without_commits_says_so() {
    let guard = tempfile::tempdir().unwrap();
    git(guard.path(), &["init", "-q", "-b", "main"]);
    let folder = Utf8Path::from_path(guard.path()).unwrap();
    assert_eq!(seen(folder, "branch", &[]), "main");
    let said = seen(folder, "commit", &[]);
    assert!(
        said.starts_with("error: `commit` of the git repository cannot be read: "),
        "{said}"
    );
}
