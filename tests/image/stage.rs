//! A config's build keys, through the program: at the newest engine that is played.

use std::{path::Path, process::Command};

use crate::{
    engine_proxy::EngineProxy,
    ssh::Agent,
    versions::NEWEST,
    workshop::{Workshop, hash},
};

const DOCKERFILE: &str = "\
FROM scratch AS tested
COPY app /app
ARG GREETING
ARG HOME
RUN --mount=type=secret,id=token --mount=type=secret,id=file --mount=type=ssh \\
    [\"/app\", \"hash\", \"/run/secrets/token\", \"cat\", \"/run/secrets/file\", \"agent\", \"x\"]
CMD [\"/app\", \"serve\", \"8080\"]
FROM tested
RUN [\"/app\", \"exit\", \"1\"]
";

fn config(name: &str) -> String {
    format!(
        "\
name: {name}
deployment:
  type: aws@1.0
containers:
  web:
    src: ./web
    routing:
      pathPattern: /*
    build:
      secrets:
        token: ${{env:SCF_TEST_TOKEN}}
      ssh: default
      options: --build-arg GREETING=hello --build-arg HOME --target tested --label made=here
        --secret id=file,src=../outside
"
    )
}

/// Removes the stage whatever happens.
struct Stage<'a> {
    folder: &'a Path,
}

impl Stage<'_> {
    fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scf"));
        command.args(words.split(' ')).current_dir(self.folder);
        command.env("SCF_TEST_TOKEN", "s3cr3t-t0ken");
        for name in [
            "CI",
            "GITHUB_ACTIONS",
            "DOCKER_HOST",
            "DOCKER_BUILDKIT",
            "SSH_AUTH_SOCK",
        ] {
            command.env_remove(name);
        }
        command
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        let _ = self.command("remove --target local").output();
    }
}

#[tokio::test]
async fn a_stage_is_built_as_its_config_says() {
    let shop = Workshop::new(DOCKERFILE).await;
    let name = shop.tag().replace(':', "-");
    shop.write("web/Dockerfile", DOCKERFILE);
    shop.write("web/.dockerignore", "Dockerfile\n.dockerignore\n");
    shop.write("outside", "s3cr3t-f1le\n");
    shop.write("serverless.containers.yml", config(&name));
    shop.add_program();
    std::fs::rename(shop.path("app"), shop.path("web/app")).unwrap();
    let agent = Agent::start(&shop);
    let proxy = EngineProxy::start(NEWEST);
    let stage = Stage {
        folder: shop.root().as_std_path(),
    };

    let mut deploy = stage.command("deploy --target local --debug");
    deploy
        .env("DOCKER_HOST", proxy.host())
        .env("SSH_AUTH_SOCK", &agent.socket);
    let output = tokio::process::Command::from(deploy)
        .output()
        .await
        .unwrap();
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{said}");
    let arrived = format!("hash {:016x}", hash(b"s3cr3t-t0ken"));
    for line in [arrived.as_str(), "> keys 12 0", "***"] {
        assert!(said.contains(line), "{line}: {said}");
    }
    assert!(!said.contains("s3cr3t"), "{said}");

    let asked = proxy.asked();
    let build = asked.iter().find(|it| it.contains("/build?")).unwrap();
    for part in [
        "&target=tested&",
        "GREETING%22%3A%22hello%22",
        "HOME%22%3A%22",
        "made%22%3A%22here%22",
    ] {
        assert!(build.contains(part), "{part}: {build}");
    }
    assert!(
        asked.iter().skip(1).all(|it| it.contains(" /v1.52/")),
        "{asked:?}"
    );

    // Another value of a secret is no reason to build.
    let mut plan = stage.command("plan --target local");
    plan.env("SCF_TEST_TOKEN", "another");
    let plan = tokio::process::Command::from(plan).output().await.unwrap();
    let planned = String::from_utf8_lossy(&plan.stdout);
    assert!(!planned.contains("image.web"), "{planned}");

    let removed = tokio::process::Command::from(stage.command("remove --target local"));
    let removed = { removed }.output().await.unwrap();
    assert!(
        removed.status.success(),
        "{}",
        String::from_utf8_lossy(&removed.stderr)
    );
}
