//! What we say is sent is what the engine receives.

use std::{
    fs,
    os::unix::{
        ffi::OsStrExt,
        fs::{PermissionsExt, symlink},
    },
};

use scf::{
    image::Builder,
    source::{EntryKind, Fingerprinted, read},
};

use crate::workshop::{BUILDERS, Workshop};

const COPY_ALL: &str = "FROM scratch\nCOPY . /\n";

/// Path and mode of all that is in a context.
fn expected(contents: &Fingerprinted) -> Vec<(Vec<u8>, u32)> {
    let entries = contents.entries.iter().map(|entry| {
        let mode = match entry.kind {
            EntryKind::Folder
            | EntryKind::File {
                executable: true, ..
            } => 0o755,
            EntryKind::File { .. } | EntryKind::Pipe => 0o644,
            EntryKind::Link { .. } => 0o777,
        };
        (entry.path.as_os_str().as_bytes().to_vec(), mode)
    });
    let mut expected: Vec<_> = entries.collect();
    expected.sort();
    expected
}

#[tokio::test]
async fn the_engine_receives_what_is_listed() {
    for builder in BUILDERS {
        let shop = Workshop::new(COPY_ALL).await;
        for file in [
            "a",
            "log/x",
            "src/keep/y",
            "src/z",
            "docs/a.md",
            "docs/README.md",
        ] {
            shop.write(file, file);
        }
        shop.write(
            ".dockerignore",
            "log\nsrc\n!src/keep\n**/*.md\n!**/README.md\n",
        );
        let listed = read(&shop.source()).unwrap();
        shop.build(&shop.source(), builder).await.unwrap();
        assert_eq!(shop.contents().await, expected(&listed), "{builder:?}");
        let paths = [
            ".dockerignore",
            "Dockerfile",
            "a",
            "docs",
            "docs/README.md",
            "src",
            "src/keep",
            "src/keep/y",
        ];
        assert_eq!(shop.paths().await, paths, "{builder:?}");
    }
}

#[tokio::test]
async fn modes_links_and_odd_names_arrive() {
    for builder in BUILDERS {
        let shop = Workshop::new(COPY_ALL).await;
        shop.write("program", "");
        fs::set_permissions(shop.path("program"), fs::Permissions::from_mode(0o700)).unwrap();
        shop.write("data", "");
        fs::set_permissions(shop.path("data"), fs::Permissions::from_mode(0o666)).unwrap();
        fs::create_dir(shop.path("empty")).unwrap();
        symlink("../no/such", shop.path("link")).unwrap();
        shop.write(&format!("long/{}/{}", "d".repeat(120), "f".repeat(200)), "");
        shop.write("sp ace 'quote' ü", "");
        let listed = read(&shop.source()).unwrap();
        shop.build(&shop.source(), builder).await.unwrap();
        assert_eq!(shop.contents().await, expected(&listed), "{builder:?}");
    }
}

#[tokio::test]
async fn names_that_are_not_utf8_arrive() {
    for builder in BUILDERS {
        let shop = Workshop::new(COPY_ALL).await;
        let odd = std::ffi::OsStr::from_bytes(b"odd \xff name");
        fs::write(shop.root().as_std_path().join(odd), "").unwrap();
        let listed = read(&shop.source()).unwrap();
        shop.build(&shop.source(), builder).await.unwrap();
        assert_eq!(shop.contents().await, expected(&listed), "{builder:?}");
    }
}

#[tokio::test]
async fn pipes_arrive_and_sockets_are_left_out() {
    for builder in BUILDERS {
        let shop = Workshop::new(COPY_ALL).await;
        let pipe = shop.path("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, pipe.as_std_path(), 0o600.into()).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(shop.path("socket")).unwrap();
        let listed = read(&shop.source()).unwrap();
        shop.build(&shop.source(), builder).await.unwrap();
        let sent: Vec<_> = listed
            .entries
            .iter()
            .map(|entry| entry.path.as_path())
            .collect();
        assert_eq!(sent, [std::path::Path::new("Dockerfile"), "pipe".as_ref()]);
        // BuildKit of this engine's age receives a pipe and does not copy it.
        let copied = shop.paths().await;
        match builder {
            Builder::Newest => assert!(copied.starts_with(&["Dockerfile".to_owned()])),
            Builder::Classic => assert_eq!(copied, ["Dockerfile", "pipe"]),
        }
        assert!(!copied.contains(&"socket".to_owned()), "{builder:?}");
    }
}
