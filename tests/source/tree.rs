//! A build context in a folder of its own.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
};

use camino::{Utf8Path, Utf8PathBuf};
use futures::StreamExt;
use scf::source::{BuildSource, DockerfileSource, Fingerprinted, SourceError, read, tar_stream};

pub struct Tree {
    folder: tempfile::TempDir,
}

impl Tree {
    /// Files with their own path as contents, and a Dockerfile.
    pub fn new(files: &[&str]) -> Self {
        let tree = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        tree.write("Dockerfile", "FROM scratch\nCOPY . /\n");
        for file in files {
            tree.write(file, file);
        }
        tree
    }

    pub fn root(&self) -> &Utf8Path {
        Utf8Path::from_path(self.folder.path()).unwrap()
    }

    pub fn path(&self, path: &str) -> Utf8PathBuf {
        self.root().join(path)
    }

    pub fn write(&self, path: &str, contents: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }

    pub fn mkdir(&self, path: &str) {
        fs::create_dir_all(self.path(path)).unwrap();
    }

    pub fn link(&self, path: &str, target: impl AsRef<Path>) {
        symlink(target, self.path(path)).unwrap();
    }

    pub fn chmod(&self, path: &str, mode: u32) {
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(mode)).unwrap();
    }

    pub fn source(&self) -> BuildSource {
        BuildSource::new(
            self.root().to_owned(),
            DockerfileSource::Path(self.path("Dockerfile")),
        )
    }

    pub fn read(&self) -> Fingerprinted {
        read(&self.source()).unwrap()
    }

    pub fn error(&self) -> SourceError {
        read(&self.source()).unwrap_err()
    }

    /// What is sent, one path a line, with the temporary folder's name left out.
    pub fn listing(&self) -> String {
        listing(&self.read())
    }

    /// An error's fact, hint and class, without the temporary folder's name.
    pub fn show(&self, error: &SourceError) -> String {
        use scf::error::Diagnose;
        let shown = format!(
            "{error}\nhint: {}\nclass: {:?}",
            error.hint().unwrap_or_default(),
            error.class()
        );
        let real = self.root().canonicalize_utf8().unwrap();
        shown
            .replace(real.as_str(), "/context")
            .replace(self.root().as_str(), "/context")
    }
}

pub fn listing(contents: &Fingerprinted) -> String {
    let paths = contents
        .entries
        .iter()
        .map(|entry| entry.path.to_str().unwrap());
    paths.collect::<Vec<_>>().join("\n")
}

/// All bytes of the tar, or its error.
pub fn tar_bytes(contents: &Fingerprinted) -> std::io::Result<Vec<u8>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut bytes = Vec::new();
        let mut stream = std::pin::pin!(tar_stream(contents));
        while let Some(chunk) = stream.next().await {
            bytes.extend_from_slice(&chunk?);
        }
        Ok(bytes)
    })
}
