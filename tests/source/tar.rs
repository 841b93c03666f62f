//! The tar that is sent.

use std::os::unix::{ffi::OsStrExt, net::UnixListener};

use crate::tree::{Tree, tar_bytes};

/// One line an entry, as `tar -tv` would have it; read back with an independent parser.
fn table(tree: &Tree) -> String {
    let bytes = tar_bytes(&tree.read()).unwrap();
    let mut archive = tar::Archive::new(bytes.as_slice());
    let lines = archive.entries().unwrap().map(|entry| {
        let entry = entry.unwrap();
        let header = entry.header();
        let link = entry.link_name().unwrap();
        let link = link.map_or(String::new(), |link| format!(" -> {}", link.display()));
        format!(
            "{:?} {:o} {}:{} {} {} {}{link}",
            header.entry_type(),
            header.mode().unwrap(),
            header.uid().unwrap(),
            header.gid().unwrap(),
            header.mtime().unwrap(),
            header.size().unwrap(),
            entry.path().unwrap().display(),
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn entries_are_sorted_and_normalised() {
    let tree = Tree::new(&["b/run", "b-a", "b/a", "Z", "é"]);
    tree.chmod("b/run", 0o4751);
    tree.chmod("b/a", 0o600);
    tree.chmod("b", 0o700);
    tree.mkdir("empty/inner");
    tree.link("broken", "../no//such/./file");
    tree.link("folder", "b");
    std::fs::hard_link(tree.path("b/a"), tree.path("hard")).unwrap();
    rustix::fs::mkfifoat(
        rustix::fs::CWD,
        tree.path("pipe").as_std_path(),
        0o600.into(),
    )
    .unwrap();
    let _socket = UnixListener::bind(tree.path("socket")).unwrap();
    insta::assert_snapshot!(table(&tree), @r"
    Regular 644 0:0 0 22 Dockerfile
    Regular 644 0:0 0 1 Z
    Directory 755 0:0 0 0 b/
    Regular 644 0:0 0 3 b/a
    Regular 755 0:0 0 5 b/run
    Regular 644 0:0 0 3 b-a
    Symlink 777 0:0 0 0 broken -> ../no//such/./file
    Directory 755 0:0 0 0 empty/
    Directory 755 0:0 0 0 empty/inner/
    Symlink 777 0:0 0 0 folder -> b
    Regular 644 0:0 0 3 hard
    Fifo 644 0:0 0 0 pipe
    Regular 644 0:0 0 2 é
    ");
}

#[test]
fn contents_are_sent_as_they_are() {
    let tree = Tree::new(&[]);
    let big: Vec<u8> = (0..700_001_u32).flat_map(u32::to_le_bytes).collect();
    tree.write("big", &big);
    tree.write("empty", "");
    tree.write("record", [7; 512]);
    let bytes = tar_bytes(&tree.read()).unwrap();
    assert_eq!(bytes.len() % 512, 0);
    let into = tempfile::tempdir().unwrap();
    tar::Archive::new(bytes.as_slice()).unpack(&into).unwrap();
    assert!(std::fs::read(into.path().join("big")).unwrap() == big);
    assert_eq!(std::fs::read(into.path().join("empty")).unwrap(), b"");
    assert_eq!(std::fs::read(into.path().join("record")).unwrap(), [7; 512]);
}

#[test]
fn names_may_be_long_and_need_not_be_utf8() {
    let tree = Tree::new(&[]);
    let long = format!("{}/{}", "d".repeat(99), "f".repeat(250));
    tree.write(&long, "");
    tree.link("link", "t".repeat(300));
    let odd = std::ffi::OsStr::from_bytes(b"\xff\xfe");
    std::fs::write(tree.root().as_std_path().join(odd), "odd").unwrap();
    let bytes = tar_bytes(&tree.read()).unwrap();
    let mut archive = tar::Archive::new(bytes.as_slice());
    let entries = archive.entries().unwrap().map(|entry| {
        let entry = entry.unwrap();
        let link = entry
            .link_name_bytes()
            .map(|link| link.len())
            .unwrap_or_default();
        (entry.path_bytes().into_owned(), link)
    });
    let folder = format!("{}/", "d".repeat(99));
    assert_eq!(
        entries.collect::<Vec<_>>(),
        [
            (b"Dockerfile".to_vec(), 0),
            (folder.into_bytes(), 0),
            (long.into_bytes(), 0),
            (b"link".to_vec(), 300),
            (b"\xff\xfe".to_vec(), 0),
        ]
    );
}

#[test]
fn the_system_tar_reads_it_too() {
    let tree = Tree::new(&["a/b", &"n".repeat(200)]);
    tree.link("a/link", "x".repeat(150));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), tar_bytes(&tree.read()).unwrap()).unwrap();
    let listed = std::process::Command::new("tar")
        .arg("-tf")
        .arg(file.path())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&listed.stderr), "");
    let expected = format!("Dockerfile\na/\na/b\na/link\n{}\n", "n".repeat(200));
    assert_eq!(String::from_utf8_lossy(&listed.stdout), expected);
}

#[test]
fn a_dropped_stream_ends_its_reader() {
    let tree = Tree::new(&[]);
    tree.write("big", vec![1; 8 << 20]);
    let contents = tree.read();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    runtime.block_on(async {
        use futures::StreamExt;
        let mut stream = Box::pin(scf::source::tar_stream(&contents));
        stream.next().await.unwrap().unwrap();
        drop(stream);
    });
    // Waits for blocking tasks: it would not return if the reader went on waiting.
    runtime.shutdown_timeout(std::time::Duration::from_secs(30));
    assert_eq!(std::sync::Arc::strong_count(&contents.entries), 1);
}

/// Measured in a process of its own; the kernel keeps the peak.
#[test]
fn memory_does_not_grow_with_the_context() {
    const ALONE: &str = "SCF_TEST_ALONE";
    const MIB: u64 = 1 << 20;
    if std::env::var_os(ALONE).is_none() {
        let mut command = std::process::Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "tar::memory_does_not_grow_with_the_context"]);
        let output = command.env(ALONE, "1").output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(printed.contains("1 passed"), "{printed}");
        return;
    }
    let tree = Tree::new(&[]);
    let file = std::fs::File::create(tree.path("big")).unwrap();
    file.set_len(64 * MIB).unwrap();
    let before = peak();
    let contents = tree.read();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sent = runtime.block_on(async {
        use futures::{StreamExt, TryStreamExt};
        let sizes = scf::source::tar_stream(&contents).map_ok(|chunk| chunk.len() as u64);
        sizes
            .map(Result::unwrap)
            .fold(0, |sum, size| async move { sum + size })
            .await
    });
    assert!(sent > 64 * MIB, "{sent}");
    assert!(
        peak() - before < 16 * MIB,
        "{before} bytes, then {}",
        peak()
    );
}

/// Highest resident size of this process until now, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}
