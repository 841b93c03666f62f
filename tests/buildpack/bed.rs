//! A builder image, a source and what becomes of them.

use std::{collections::BTreeMap, sync::Mutex};

use bollard::models::ImageInspect;
use camino::Utf8Path;
use scf::{
    error::Failure,
    image::{BuildError, BuildRequest, Builder, ImageId, build, registry::Credentials},
    source::{BuildSource, DockerfileSource, read},
};

use crate::{program::static_program, scratch::Scratch};

/// What a builder says of itself.
pub struct Says {
    /// Platform APIs that its lifecycle supports; the newest is what it insists on.
    pub apis: &'static [&'static str],
    /// What the program that is the lifecycle is called.
    pub creator: &'static str,
    /// Of `io.buildpacks.builder.metadata`; `None` for an image with a run image.
    pub metadata: Option<&'static str>,
}

impl Default for Says {
    fn default() -> Self {
        Self {
            apis: &["0.3", "0.10", "0.11", "0.12"],
            creator: "/cnb/lifecycle/creator",
            metadata: None,
        }
    }
}

pub struct Bed {
    pub scratch: Scratch,
    pub builder: String,
    pub tag: String,
    folder: tempfile::TempDir,
    lines: Mutex<Vec<String>>,
}

impl Bed {
    /// A source with a greeting, and the usual builder.
    pub async fn new() -> Self {
        Self::with(&Says::default()).await
    }

    pub async fn with(says: &Says) -> Self {
        let scratch = Scratch::new().await;
        let run_image = scratch.image().await;
        let builder = builder(&scratch, says, &run_image).await;
        let tag = format!("scf/{}", scratch.name());
        scratch.remember(&tag);
        scratch.remember(&tag.replace(":tag", ":previous"));
        let bed = Self {
            scratch,
            builder,
            tag,
            folder: tempfile::tempdir().unwrap(),
            lines: Mutex::default(),
        };
        bed.write("greeting", "hello");
        bed
    }

    pub fn root(&self) -> &Utf8Path {
        Utf8Path::from_path(self.folder.path()).unwrap()
    }

    pub fn write(&self, path: &str, contents: &str) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, contents).unwrap();
    }

    pub fn source(&self) -> BuildSource {
        BuildSource::new(
            self.root().to_owned(),
            DockerfileSource::Buildpacks(self.builder.clone()),
        )
    }

    pub fn request(&self, source: &BuildSource) -> BuildRequest {
        BuildRequest {
            tag: self.tag.clone(),
            source: read(source).unwrap(),
            labels: BTreeMap::from([("scf.test".to_owned(), "yes".to_owned())]),
            builder: Builder::default(),
            credentials: Credentials::default(),
            cache: None,
            settings: scf::image::BuildSettings::default(),
        }
    }

    pub async fn build(&self) -> Result<ImageId, BuildError> {
        self.build_from(&self.source()).await
    }

    pub async fn build_from(&self, source: &BuildSource) -> Result<ImageId, BuildError> {
        let log = |line: &str| self.lines.lock().unwrap().push(line.to_owned());
        build(&self.scratch.docker, &self.request(source), &log).await
    }

    /// The lines of the log since the last call.
    pub fn lines(&self) -> Vec<String> {
        std::mem::take(&mut *self.lines.lock().unwrap())
    }

    pub async fn inspect(&self) -> ImageInspect {
        self.scratch.docker.inspect_image(&self.tag).await.unwrap()
    }

    /// What the user is told, without what differs between runs.
    pub fn shown(&self, error: BuildError) -> String {
        let failure = Failure::from(error);
        let detail = failure
            .detail()
            .map(|detail| format!("{detail}\n"))
            .unwrap_or_default();
        let hint = failure.hint().unwrap_or_default();
        let shown = format!(
            "{detail}error: {failure}\nhint: {hint}\nclass: {:?}",
            failure.class()
        );
        shown
            .replace(&self.tag, "scf/app:tag")
            .replace(&self.builder, "builder:test")
    }
}

/// A builder for [`Bed`]: from nothing, with the test's own lifecycle.
pub async fn builder(scratch: &Scratch, says: &Says, run_image: &str) -> String {
    let name = scratch.name();
    let folder = tempfile::tempdir().unwrap();
    let program = static_program("buildpack-creator", include_str!("lifecycle/creator.rs"));
    std::fs::copy(program, folder.path().join("creator")).unwrap();
    let newest = says.apis.last().unwrap_or(&"none");
    let dockerfile = format!(
        "FROM scratch\nCOPY creator {}\nENV CNB_USER_ID=1000 CNB_GROUP_ID=1001 TEST_PLATFORM_API={newest}\nWORKDIR /layers\nENTRYPOINT [\"/not/ours\"]\n",
        says.creator
    );
    let metadata = format!(r#"{{"images":[{{"image":"{run_image}","mirrors":[]}}]}}"#);
    let metadata = says.metadata.map_or(metadata, str::to_owned);
    let apis = serde_json::json!({ "platform": { "supported": says.apis, "deprecated": [] } });
    let source = BuildSource::new(
        Utf8Path::from_path(folder.path()).unwrap().to_owned(),
        DockerfileSource::Inline(dockerfile),
    );
    let request = BuildRequest {
        tag: name.clone(),
        source: read(&source).unwrap(),
        labels: BTreeMap::from([
            ("io.buildpacks.builder.metadata".to_owned(), metadata),
            ("io.buildpacks.lifecycle.apis".to_owned(), apis.to_string()),
        ]),
        builder: Builder::default(),
        credentials: Credentials::default(),
        cache: None,
        settings: scf::image::BuildSettings::default(),
    };
    build(&scratch.docker, &request, &|_| {}).await.unwrap();
    name
}
