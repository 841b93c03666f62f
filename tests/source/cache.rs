//! Fingerprints with remembered digests are those of reading every file.

use std::{
    fs::{self, File},
    path::PathBuf,
    thread,
    time::Duration,
};

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use scf::source::{DigestCache, Fingerprint, read, read_with};

use crate::tree::Tree;

/// Files must be older than this before their digests are kept: the coarsest file times there are.
const SETTLED: Duration = Duration::from_millis(2100);

/// A tree whose cache lies beside it.
struct Remembered {
    tree: Tree,
    folder: tempfile::TempDir,
}

impl Remembered {
    fn new(files: &[&str]) -> Self {
        Self {
            tree: Tree::new(files),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn fingerprint(&self) -> Fingerprint {
        let cache = DigestCache::at(self.folder.path().to_str().unwrap());
        let read = read_with(&self.tree.source(), &cache);
        read.unwrap().fingerprint
    }

    fn check(&self, what: &str) {
        assert_eq!(self.fingerprint(), self.tree.read().fingerprint, "{what}");
    }

    fn kept(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.folder.path()).unwrap();
        files.map(|file| file.unwrap().path()).collect()
    }
}

/// What can happen to a tree between two runs; the last ones try not to be noticed.
#[derive(Debug, Clone)]
enum Edit {
    Write(&'static str),
    Remove(&'static str),
    Run(&'static str),
    /// Other contents of the same length, with the old time of writing.
    Forge(&'static str),
    /// Another file of the same length and time moves here.
    Replace(&'static str),
    Swap(&'static str, &'static str),
    Link(&'static str),
}

const PATHS: [&str; 4] = ["a", "b", "d/a", "d/b"];

fn edit() -> impl Strategy<Value = Edit> {
    let path = || prop::sample::select(&PATHS[..]);
    prop_oneof![
        path().prop_map(Edit::Write),
        path().prop_map(Edit::Remove),
        path().prop_map(Edit::Run),
        path().prop_map(Edit::Forge),
        path().prop_map(Edit::Replace),
        (path(), path()).prop_map(|(one, two)| Edit::Swap(one, two)),
        path().prop_map(Edit::Link),
    ]
}

/// Edits of what is no longer there are left out.
fn apply(tree: &Tree, edit: &Edit) {
    let there = |path: &str| tree.path(path).is_file();
    match edit {
        Edit::Write(path) => tree.write(path, "written"),
        Edit::Remove(path) => drop(fs::remove_file(tree.path(path))),
        Edit::Run(path) if there(path) => tree.chmod(path, 0o755),
        Edit::Forge(path) if there(path) => forge(tree, path, path),
        Edit::Replace(path) if there(path) => {
            forge(tree, path, "new");
            fs::rename(tree.path("new"), tree.path(path)).unwrap();
        }
        Edit::Swap(one, two) if one != two && there(one) && there(two) => {
            for (from, to) in [(one, &"x"), (two, one), (&"x", two)] {
                fs::rename(tree.path(from), tree.path(to)).unwrap();
            }
        }
        Edit::Link(path) if there(path) => {
            fs::rename(tree.path(path), tree.path("target")).unwrap();
            tree.link(path, tree.path("target"));
        }
        _ => {}
    }
}

/// Writes `to` with the length and the time, but not the contents, of `like`.
fn forge(tree: &Tree, like: &str, to: &str) {
    let time = fs::metadata(tree.path(like)).unwrap().modified().unwrap();
    let contents: Vec<u8> = fs::read(tree.path(like)).unwrap();
    tree.write(to, contents.iter().map(|byte| byte ^ 1).collect::<Vec<_>>());
    let file = File::options().write(true).open(tree.path(to)).unwrap();
    file.set_modified(time).unwrap();
}

/// One wait serves all cases.
#[test]
fn no_edit_is_missed() {
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        prop::test_runner::TestRng::deterministic_rng(prop::test_runner::RngAlgorithm::ChaCha),
    );
    let edits = prop::collection::vec(edit(), 1..5);
    let cases: Vec<(Remembered, Vec<Edit>)> = (0..128)
        .map(|_| {
            let edits = edits.new_tree(&mut runner).unwrap().current();
            (Remembered::new(&PATHS), edits)
        })
        .collect();
    thread::sleep(SETTLED);
    for (remembered, _) in &cases {
        remembered.check("as it was planted");
        assert_eq!(remembered.kept().len(), 1);
    }
    for (remembered, edits) in &cases {
        for edit in edits {
            apply(&remembered.tree, edit);
            remembered.check(&format!("{edit:?} of {edits:?}"));
        }
    }
    thread::sleep(SETTLED);
    for (remembered, edits) in &cases {
        remembered.check(&format!("remembered again after {edits:?}"));
        remembered.check(&format!("recalled after {edits:?}"));
    }
}

#[test]
fn what_was_just_written_is_not_remembered() {
    let remembered = Remembered::new(&["a"]);
    remembered.fingerprint();
    assert!(remembered.kept().is_empty());
}

#[test]
fn a_damaged_cache_is_as_good_as_none() {
    let remembered = Remembered::new(&PATHS);
    thread::sleep(SETTLED);
    let fingerprint = remembered.fingerprint();
    let [file] = remembered.kept().try_into().unwrap();
    let whole = fs::read(&file).unwrap();
    // Every byte in turn: among them are those of the digests.
    for place in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[place] ^= 0x20;
        fs::write(&file, damaged).unwrap();
        assert_eq!(remembered.fingerprint(), fingerprint, "byte {place}");
    }
    for length in 0..whole.len() {
        fs::write(&file, &whole[..length]).unwrap();
        assert_eq!(remembered.fingerprint(), fingerprint, "{length} bytes");
    }
}

#[test]
fn a_cache_that_cannot_be_kept_changes_nothing() {
    let tree = Tree::new(&["a"]);
    thread::sleep(SETTLED);
    let blocked = DigestCache::at(tree.path("a").join("below-a-file"));
    let fingerprint = read_with(&tree.source(), &blocked).unwrap().fingerprint;
    assert_eq!(fingerprint, read(&tree.source()).unwrap().fingerprint);
}

/// Bytes that this process has read until now, from `/proc/self/io`.
fn bytes_read() -> u64 {
    let account = fs::read_to_string("/proc/self/io").unwrap();
    let line = account
        .lines()
        .find_map(|line| line.strip_prefix("rchar: "));
    line.unwrap().parse().unwrap()
}

/// In a process of its own: the kernel counts what all threads read.
#[test]
fn unchanged_files_are_not_read_again() {
    const ALONE: &str = "SCF_TEST_ALONE";
    const MIB: u64 = 1 << 20;
    if std::env::var_os(ALONE).is_none() {
        let mut command = std::process::Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "cache::unchanged_files_are_not_read_again"]);
        let output = command.env(ALONE, "1").output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(printed.contains("1 passed"), "{printed}");
        return;
    }
    let remembered = Remembered::new(&["small"]);
    let big = File::create(remembered.tree.path("big")).unwrap();
    big.set_len(16 * MIB).unwrap();
    thread::sleep(SETTLED);
    let read_by = |what: &dyn Fn()| {
        let before = bytes_read();
        what();
        bytes_read() - before
    };
    let run = || {
        remembered.fingerprint();
    };
    assert!(read_by(&run) > 16 * MIB);
    assert!(read_by(&run) < MIB);
    remembered.tree.write("small", "changed");
    assert!(read_by(&run) < MIB, "a change is not the others' business");
    remembered.tree.chmod("big", 0o755);
    assert!(read_by(&run) > 16 * MIB);
}
