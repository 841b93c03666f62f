//! A build context of its own, and builds of it.

use std::{collections::BTreeMap, sync::Mutex};

use camino::Utf8Path;
use scf::{
    image::{
        BuildError, BuildRequest, BuildSettings, Builder, ImageId, build,
        registry::{Keychain, Reference},
    },
    source::{BuildSource, DockerfileSource, read},
};

use crate::scratch::Scratch;

pub const BUILDERS: [Builder; 2] = [Builder::Newest, Builder::Classic];

pub struct Context<'a> {
    scratch: &'a Scratch,
    folder: tempfile::TempDir,
    lines: Mutex<Vec<String>>,
}

impl<'a> Context<'a> {
    pub fn new(scratch: &'a Scratch, dockerfile: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("Dockerfile"), dockerfile).unwrap();
        Self {
            scratch,
            folder,
            lines: Mutex::default(),
        }
    }

    pub fn add(&self, name: &str, program: &std::path::Path) {
        std::fs::copy(program, self.folder.path().join(name)).unwrap();
    }

    fn source(&self) -> BuildSource {
        let root = Utf8Path::from_path(self.folder.path()).unwrap();
        BuildSource::new(
            root.to_owned(),
            DockerfileSource::Path(root.join("Dockerfile")),
        )
    }

    /// A build under a name of its own, with what this keychain has; returns the name too.
    pub async fn build(
        &self,
        builder: Builder,
        keychain: &Keychain,
        cache: Option<&Reference>,
    ) -> (String, Result<ImageId, BuildError>) {
        let request = BuildRequest {
            tag: self.scratch.name(),
            source: read(&self.source()).unwrap(),
            labels: BTreeMap::new(),
            builder,
            credentials: keychain.credentials().await.clone(),
            cache: cache.cloned(),
            settings: BuildSettings::default(),
        };
        let log = |line: &str| self.lines.lock().unwrap().push(line.to_owned());
        let built = build(&self.scratch.docker, &request, &log).await;
        (request.tag, built)
    }

    /// The lines of the log since the last call.
    pub fn lines(&self) -> Vec<String> {
        std::mem::take(&mut *self.lines.lock().unwrap())
    }
}
