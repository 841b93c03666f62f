//! `scf deploy --target local` of a container without a Dockerfile, from plan to removal.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    process::{Command, Output},
};

use bollard::query_parameters::ListVolumesOptions;

use crate::{
    bed::{Says, builder},
    scratch::Scratch,
};

/// A project with one container; removed with its stage.
struct Project {
    folder: tempfile::TempDir,
    name: String,
}

impl Project {
    fn new(name: &str, build: &str) -> Self {
        let name = format!("bp-{}-{name}", std::process::id());
        let folder = tempfile::tempdir().unwrap();
        let config = format!(
            "name: {name}\ndeployment: {{ type: aws@1.0 }}\ncontainers:\n  web:\n    src: web\n    build: {build}\n    routing: {{ pathPattern: /* }}\n"
        );
        std::fs::write(folder.path().join("serverless.containers.yml"), config).unwrap();
        std::fs::create_dir(folder.path().join("web")).unwrap();
        let project = Self { folder, name };
        project.write("greeting", "hello");
        project
    }

    fn write(&self, file: &str, text: &str) {
        std::fs::write(self.folder.path().join("web").join(file), text).unwrap();
    }

    fn scf(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scf"));
        command
            .args(args)
            .args(["--target", "local"])
            .current_dir(self.folder.path())
            .env_clear();
        command
            .env("SCF_DRAIN", "1")
            .env("SCF_HEALTH_DEADLINE", "20")
            .output()
            .unwrap()
    }

    /// Standard output of a command that must succeed.
    fn done(&self, args: &[&str]) -> String {
        let output = self.scf(args);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The body of an answer of the stage.
    fn get(&self) -> String {
        let info: serde_json::Value =
            serde_json::from_str(&self.done(&["info", "--output", "json"])).unwrap();
        let host = info["url"]
            .as_str()
            .unwrap()
            .trim_start_matches("http://")
            .to_owned();
        let mut stream = TcpStream::connect(&host).unwrap();
        write!(
            stream,
            "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let removed = self.scf(&["remove"]);
        assert!(
            removed.status.success() || std::thread::panicking(),
            "{removed:?}"
        );
    }
}

#[tokio::test]
async fn a_container_without_a_dockerfile_is_built_served_rebuilt_and_removed() {
    let scratch = Scratch::new().await;
    let run_image = scratch.image().await;
    let builder = builder(&scratch, &Says::default(), &run_image).await;
    let project = Project::new("life", &format!("{{ builder: '{builder}' }}"));
    let plan = project.done(&["plan"]);
    let built = format!(", built with buildpacks of {builder}\n");
    assert!(plan.contains(&built), "{plan}");

    project.done(&["deploy"]);
    assert_eq!(project.get(), "hello");
    let plan = project.done(&["plan"]);
    assert!(plan.contains("\nNo changes: "), "{plan}");
    project.write("greeting", "hello again");
    project.done(&["deploy"]);
    assert_eq!(project.get(), "hello again");

    project.done(&["remove"]);
    let volumes = scratch
        .docker
        .list_volumes(None::<ListVolumesOptions>)
        .await
        .unwrap();
    let left: Vec<_> = volumes
        .volumes
        .unwrap()
        .into_iter()
        .map(|volume| volume.name)
        .filter(|name| name.contains(&project.name))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    let images = scratch
        .docker
        .list_images(None::<bollard::query_parameters::ListImagesOptions>)
        .await
        .unwrap();
    let left: Vec<_> = images
        .into_iter()
        .flat_map(|image| image.repo_tags)
        .filter(|tag| tag.contains(&project.name))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn the_default_builder_is_planned_where_there_is_no_dockerfile() {
    let project = Project::new("default", "{ args: { NODE_ENV: production } }");
    let plan = project.done(&["plan"]);
    assert!(
        plan.contains(", built with buildpacks of heroku/builder:24\n"),
        "{plan}"
    );
}

#[test]
fn what_needs_a_dockerfile_still_misses_it() {
    for build in [
        "{ dockerfile: Dockerfile }",
        "{ target: prod }",
        "{ cache: ghcr.io/o/a:cache }",
    ] {
        let project = Project::new("missing", build);
        let output = project.scf(&["plan"]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(
            told.starts_with("error: there is no Dockerfile at web/Dockerfile\nhint: "),
            "{told}"
        );
    }
}
