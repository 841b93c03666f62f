//! Fingerprints of 100,000 tracked files in 50 build contexts against `git status` of the same
//! clean tree, and against reading every file. Whole tables, medians of [`RUNS`] runs, each in turn
//! with its reference; fails above the goal.
//!
//! Run with `cargo bench --bench fingerprints`. Needs git, and 500 MB below the temporary folder.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs
)]

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use camino::{Utf8Path, Utf8PathBuf};
use scf::source::{BuildSource, DigestCache, DockerfileSource, Fingerprint, read_with};

const CONTAINERS: usize = 50;
const FOLDERS: usize = 20;
/// Files of a folder: with the numbers above, 100,000 in all.
const FILES: usize = 100;
/// Bytes of a file, about what source files have.
const SIZE: usize = 3000;
const RUNS: usize = 7;
/// As many sources as `scf` reads at once.
const READERS: usize = 4;
/// What the fingerprints may take, in times of `git status`.
const GOAL: f64 = 1.5;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(folder.path()).unwrap();
    let sources = plant(&root.join("tree"));
    let cache = DigestCache::at(root.join("cache"));
    let git = || status(&root.join("tree"));
    let warm = || drop(fingerprints(&sources, &cache));
    let full = || drop(fingerprints(&sources, &DigestCache::none()));

    // Files must be older than the coarsest file time before their digests are kept.
    thread::sleep(Duration::from_secs(3));
    assert_eq!(
        fingerprints(&sources, &cache),
        fingerprints(&sources, &DigestCache::none()),
        "the cache changes no fingerprint"
    );
    git();
    warm();

    let mut times: [Vec<Duration>; 3] = Default::default();
    for _ in 0..RUNS {
        times[0].push(timed(&git));
        times[1].push(timed(&warm));
        times[2].push(timed(&full));
    }
    let [git, warm, full] = times.map(median);
    println!(
        "{CONTAINERS} contexts, {} files, medians of {RUNS}",
        CONTAINERS * FOLDERS * FILES
    );
    for (name, time) in [
        ("git status", git),
        ("fingerprints, clean tree", warm),
        ("fingerprints, every file read", full),
    ] {
        let ratio = time.as_secs_f64() / git.as_secs_f64();
        println!("{name:32} {:8.1} ms {ratio:6.2}", time.as_secs_f64() * 1e3);
    }
    let ratio = warm.as_secs_f64() / git.as_secs_f64();
    assert!(ratio <= GOAL, "{ratio:.2} times git status, goal {GOAL}");
}

fn plant(tree: &Utf8Path) -> Vec<BuildSource> {
    let mut sources = Vec::new();
    for container in 0..CONTAINERS {
        let context = tree.join(format!("c{container}"));
        for folder in 0..FOLDERS {
            let folder = context.join(format!("module-{folder}"));
            fs::create_dir_all(&folder).unwrap();
            for file in 0..FILES {
                let path = folder.join(format!("file-{file}.ts"));
                let text = format!("// {path}\n").repeat(SIZE);
                fs::write(&path, &text.as_bytes()[..SIZE]).unwrap();
            }
        }
        fs::write(context.join("Dockerfile"), "FROM scratch\nCOPY . /\n").unwrap();
        fs::write(context.join(".dockerignore"), "node_modules\n**/*.log\n").unwrap();
        sources.push(source(context));
    }
    for arguments in [
        &["init", "--quiet"][..],
        &["add", "."],
        &[
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b",
            "commit",
            "--quiet",
            "-m",
            "a",
        ],
    ] {
        run(git(tree).args(arguments));
    }
    sources
}

fn source(context: Utf8PathBuf) -> BuildSource {
    {
        let dockerfile = DockerfileSource::Path(context.join("Dockerfile"));
        BuildSource::new(context, dockerfile)
    }
}

fn git(tree: impl AsRef<Path>) -> Command {
    let mut git = Command::new("git");
    git.current_dir(tree).env("GIT_CONFIG_GLOBAL", "/dev/null");
    git
}

fn status(tree: &Utf8Path) {
    run(git(tree).args([
        "-c",
        "core.fsmonitor=false",
        "-c",
        "core.untrackedCache=false",
        "status",
        "--porcelain",
    ]));
}

fn run(command: &mut Command) {
    let status = command.stdout(Stdio::null()).status().unwrap();
    assert!(status.success(), "{command:?}");
}

fn fingerprints(sources: &[BuildSource], cache: &DigestCache) -> Vec<Fingerprint> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(source) = sources.get(index) else {
                return done;
            };
            done.push((index, read_with(source, cache).unwrap().fingerprint));
        }
    };
    let mut done: Vec<_> = thread::scope(|scope| {
        let readers: Vec<_> = (0..READERS).map(|_| scope.spawn(work)).collect();
        let done = readers.into_iter().map(|reader| reader.join().unwrap());
        done.flatten().collect()
    });
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter()
        .map(|(_, fingerprint)| fingerprint)
        .collect()
}

fn timed(work: &dyn Fn()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
