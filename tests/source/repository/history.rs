//! Plays a plan with the real git.

use std::{
    ffi::OsStr,
    fs,
    os::unix::{
        ffi::OsStrExt,
        fs::{PermissionsExt, lchown, symlink},
    },
    path::{Path, PathBuf},
    process::Command,
};

use camino::{Utf8Path, Utf8PathBuf};

use super::generator::{Event, Plan, Way};

/// The folder within the repository that is the build context.
const CONTEXT: &str = "ctx";

/// A context on disk.
pub struct Checkout {
    _folder: tempfile::TempDir,
    pub context: Utf8PathBuf,
}

pub fn play(plan: &Plan) -> Checkout {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(folder.path()).unwrap().to_owned();
    let repository = Repository {
        top: root.join("repository").into(),
    };
    repository.begin();
    for event in &plan.events {
        repository.play(event, &root);
    }
    let top = repository.leave(plan.way, &root);
    let context = top.join(CONTEXT);
    // A sparse checkout may have left nothing of it.
    fs::create_dir_all(&context).unwrap();
    Checkout {
        _folder: folder,
        context,
    }
}

struct Repository {
    top: PathBuf,
}

impl Repository {
    fn begin(&self) {
        fs::create_dir_all(self.top.join(CONTEXT)).unwrap();
        self.must(&["init", "--quiet"]);
        // The way out through a clone or a worktree needs a commit.
        fs::write(self.top.join(CONTEXT).join("first"), "first\n").unwrap();
        self.commit();
    }

    fn play(&self, event: &Event, root: &Utf8Path) {
        match event {
            Event::Write {
                path,
                contents,
                executable,
            } => self.write(path, contents, *executable),
            Event::Link { path, target } => {
                self.make_room(path);
                symlink(target, self.at(path)).unwrap();
            }
            Event::Folder(path) => {
                // Not where a file is.
                let _ = fs::create_dir_all(self.at(path.as_bytes()));
            }
            Event::Remove(path) => drop(fs::remove_file(self.at(path))),
            Event::Mode(path, run) => {
                if let Ok(found) = self.at(path).symlink_metadata()
                    && found.is_file()
                {
                    let mode = if *run { 0o755 } else { 0o600 };
                    fs::set_permissions(self.at(path), fs::Permissions::from_mode(mode)).unwrap();
                }
            }
            Event::Attribute(line) => self.append(".gitattributes", line),
            Event::GitIgnore(line) => self.append(".gitignore", line),
            Event::Config(key, value) => self.must(&["config", key, value]),
            Event::Commit => self.commit(),
            Event::CheckOut => self.check_out(),
            Event::SkipWorktree(path) => self.mark("--skip-worktree", path),
            Event::AssumeUnchanged(path) => self.mark("--assume-unchanged", path),
            Event::Sparse(folder) => self.may(&["sparse-checkout", "set", folder]),
            Event::Submodule => self.submodule(root),
        }
    }

    fn at(&self, path: &[u8]) -> PathBuf {
        self.top.join(CONTEXT).join(OsStr::from_bytes(path))
    }

    fn make_room(&self, path: &[u8]) {
        let path = self.at(path);
        let _ = fs::remove_file(&path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
    }

    fn write(&self, path: &[u8], contents: &str, executable: bool) {
        self.make_room(path);
        fs::write(self.at(path), contents).unwrap();
        let mode = if executable { 0o711 } else { 0o664 };
        fs::set_permissions(self.at(path), fs::Permissions::from_mode(mode)).unwrap();
    }

    fn append(&self, file: &str, line: &str) {
        let file = self.top.join(file);
        let before = fs::read_to_string(&file).unwrap_or_default();
        fs::write(file, format!("{before}{line}\n")).unwrap();
    }

    fn commit(&self) {
        // Without `--sparse`, git refuses what lies outside of a sparse checkout.
        self.may(&["add", "--all", "--sparse", "."]);
        self.must(&["commit", "--quiet", "--allow-empty", "--message", "m"]);
    }

    fn check_out(&self) {
        self.may(&["rm", "-r", "--quiet", "--force", "--cached", "."]);
        self.may(&["reset", "--quiet", "--hard"]);
    }

    fn mark(&self, mark: &str, path: &[u8]) {
        let path = Path::new(CONTEXT).join(OsStr::from_bytes(path));
        // An untracked file cannot be marked.
        let _ = self.git().args(["update-index", mark]).arg(path).output();
    }

    fn submodule(&self, root: &Utf8Path) {
        let other = Repository {
            top: root.join("library").into(),
        };
        if !other.top.exists() {
            other.begin();
            let library = other.top.to_str().unwrap();
            self.may(&[
                "-c",
                "protocol.file.allow=always",
                "submodule",
                "--quiet",
                "add",
                library,
                "ctx/library",
            ]);
            // What lies there is a pointer to the real folder, whose path is this folder's own.
            let _ = fs::remove_file(self.at(b"library/.git"));
        }
    }

    /// Brings the files to where they are read; the folder that holds the context.
    fn leave(&self, way: Way, root: &Utf8Path) -> Utf8PathBuf {
        let out = root.join("out");
        let here = Utf8PathBuf::from_path_buf(self.top.clone()).unwrap();
        match way {
            Way::InPlace => here,
            Way::Worktree => {
                self.must(&["worktree", "add", "--quiet", "--detach", out.as_str()]);
                out
            }
            Way::ShallowClone { crlf } => {
                let crlf = format!("core.autocrlf={crlf}");
                let from = format!("file://{here}");
                self.must(&[
                    "clone",
                    "--quiet",
                    "--depth",
                    "1",
                    "--config",
                    &crlf,
                    &from,
                    out.as_str(),
                ]);
                out
            }
            Way::WithoutGit => {
                let copied = Command::new("cp")
                    .args(["-a", here.as_str(), out.as_str()])
                    .status();
                assert!(copied.unwrap().success());
                fs::remove_dir_all(out.join(".git")).unwrap();
                out
            }
            Way::OtherOwner => {
                give_away(here.as_std_path());
                here
            }
        }
    }

    fn git(&self) -> Command {
        let mut git = Command::new("git");
        git.current_dir(&self.top)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .args([
                "-c",
                "user.name=somebody",
                "-c",
                "user.email=somebody@example.org",
            ]);
        git
    }

    fn must(&self, arguments: &[&str]) {
        let output = self.git().args(arguments).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {errors}");
    }

    /// What git may refuse in the state that chance made.
    fn may(&self, arguments: &[&str]) {
        let _ = self.git().args(arguments).output().unwrap();
    }
}

/// Everything to an owner of files that this user is not; only root can.
fn give_away(path: &Path) {
    const SOMEBODY: u32 = 4321;
    if !rustix::process::geteuid().is_root() {
        return;
    }
    lchown(path, Some(SOMEBODY), Some(SOMEBODY)).unwrap();
    if path.symlink_metadata().unwrap().is_dir() {
        for child in fs::read_dir(path).unwrap() {
            give_away(&child.unwrap().path());
        }
    }
}
