//! `scf deploy` with a private base image and a cache in the registry, as CI has it.

use std::process::{Command, Output};

use insta::assert_snapshot;
use scf::image::registry::push;

use crate::{
    bed::{Auth, PASSWORD, RegistryServer, USER, client_of},
    program::static_program,
    scratch::Scratch,
};

/// Answers every request.
const WEB: &str = r#"
use std::{env, io::{Read, Write}, net::TcpListener};
fn main() {
    let listener = TcpListener::bind(format!("0.0.0.0:{}", env::var("PORT").unwrap())).unwrap();
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
    }
}
"#;

/// A project on a private base image; its stage goes with it.
struct Project {
    folder: tempfile::TempDir,
    host: String,
    name: String,
}

impl Project {
    async fn new(server: &RegistryServer, scratch: &Scratch, name: &str) -> Self {
        let (image, keychain, base) = (
            scratch.image().await,
            server.known(),
            server.reference("private/base:1"),
        );
        let credential = keychain.find(&base.registry).await;
        push(
            &scratch.docker,
            &image,
            &base,
            credential,
            &client_of(&keychain),
            &|_| {},
        )
        .await
        .unwrap();
        scratch.remember(&base.to_string());
        let folder = tempfile::tempdir().unwrap();
        let (host, name) = (
            server.host.clone(),
            format!("registry-{}-{name}", std::process::id()),
        );
        let config = format!(
            "name: {name}\ndeployment: {{ type: aws@1.0 }}\ncontainers:\n  web:\n    src: web\n    build: {{ cache: '{host}/cache/web:main' }}\n    routing: {{ pathPattern: /* }}\n"
        );
        std::fs::write(folder.path().join("serverless.containers.yml"), config).unwrap();
        let web = folder.path().join("web");
        std::fs::create_dir(&web).unwrap();
        std::fs::write(
            web.join("Dockerfile"),
            format!("FROM {base}\nCOPY web /web\nSTOPSIGNAL SIGKILL\nENTRYPOINT [\"/web\"]\n"),
        )
        .unwrap();
        std::fs::copy(static_program("registry-web", WEB), web.join("web")).unwrap();
        Self { folder, host, name }
    }

    fn scf(&self, args: &[&str], login: Option<&str>) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scf"));
        command
            .args(args)
            .args(["--target", "local"])
            .current_dir(self.folder.path())
            .env_clear();
        command
            .env("SCF_DRAIN", "1")
            .env("SCF_HEALTH_DEADLINE", "20");
        if let Some(login) = login {
            command.env(
                "SCF_REGISTRY_AUTH",
                format!(
                    "- registry: {}\n  username: {USER}\n  password: '{login}'\n",
                    self.host
                ),
            );
        }
        command.output().unwrap()
    }

    /// All that a run printed, without what differs between runs.
    fn told(&self, output: &Output) -> String {
        let told = [output.stdout.as_slice(), &output.stderr].concat();
        String::from_utf8(told)
            .unwrap()
            .replace(&self.host, "registry.test")
            .replace(&self.name, "app")
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let removed = self.scf(&["remove"], None);
        assert!(
            removed.status.success() || std::thread::panicking(),
            "{removed:?}"
        );
    }
}

#[tokio::test]
async fn a_deploy_reads_the_base_image_and_writes_the_cache() {
    let server = RegistryServer::start(&Auth::Basic);
    let scratch = Scratch::new().await;
    let project = Project::new(&server, &scratch, "cache").await;
    let before = project.scf(&["plan", "--output", "json"], None);
    let deployed = project.scf(&["deploy", "--debug"], Some(PASSWORD));
    let told = project.told(&deployed);
    assert!(
        deployed.status.success() && !told.contains("warning   "),
        "{told}"
    );
    assert!(!told.contains(PASSWORD), "{told}");
    let client = client_of(&server.known());
    assert!(
        client
            .exists(&server.reference("cache/web:main"))
            .await
            .unwrap()
    );
    // Where the cache is decides nothing about the image.
    let config = project.folder.path().join("serverless.containers.yml");
    let moved = std::fs::read_to_string(&config)
        .unwrap()
        .replace("cache/web:main", "cache/web:other");
    std::fs::write(&config, moved).unwrap();
    let after = project.scf(&["plan"], None);
    assert!(
        before.status.success() && project.told(&after).contains("No changes"),
        "{}",
        project.told(&after)
    );
}

#[tokio::test]
async fn a_deploy_without_credentials_is_denied_and_told_what_to_give() {
    let server = RegistryServer::start(&Auth::Basic);
    let scratch = Scratch::new().await;
    let project = Project::new(&server, &scratch, "denied").await;
    let denied = project.scf(&["deploy"], None);
    assert_eq!(denied.status.code(), Some(3));
    let told = project.told(&denied);
    let error = told
        .lines()
        .skip_while(|line| !line.starts_with("error: "))
        .collect::<Vec<_>>()
        .join("\n");
    let tag = error
        .split_whitespace()
        .find(|word| word.starts_with("scf/app-web:"))
        .unwrap()
        .to_owned();
    assert_snapshot!(error.replace(&tag, "scf/app-web:tag"), @"
    error: image.web/build: base image registry.test/private/base:1 of scf/app-web:tag is refused by registry.test: pulling from host registry.test failed with status code [manifests 1]: 401 Unauthorized; no credentials for it were given
    hint: give them with `registry-auth` (environment SCF_REGISTRY_AUTH) as `registry.test=user:password`, or log in with `docker login`
    ");
}

#[tokio::test]
async fn a_cache_that_cannot_be_written_is_a_warning() {
    let server = RegistryServer::start(&Auth::Basic);
    let scratch = Scratch::new().await;
    let project = Project::new(&server, &scratch, "warning").await;
    let web = project.folder.path().join("web/Dockerfile");
    std::fs::write(
        &web,
        "FROM scratch\nCOPY web /web\nSTOPSIGNAL SIGKILL\nENTRYPOINT [\"/web\"]\n",
    )
    .unwrap();
    let deployed = project.scf(&["deploy"], Some("wrong-password"));
    let told = project.told(&deployed);
    assert!(deployed.status.success(), "{told}");
    let warnings: Vec<&str> = told
        .lines()
        .filter(|line| line.starts_with("warning"))
        .collect();
    assert_snapshot!(warnings.join("\n"), @"warning   image.web: the build cache was not written: registry.test refuses to push registry.test/cache/web:main: unauthorized: authentication required; the credentials for it do not suffice; check that the user of registry.test in `registry-auth` (or of `docker login`) may do this, and that the token has not expired");
}
