//! What a plan says of changed sources, from the commit that was deployed.

use std::process::Command;

use crate::stage::Stage;

fn git(stage: &Stage, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(stage.folder.path())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .args([
            "-c",
            "user.name=somebody",
            "-c",
            "user.email=somebody@example.org",
        ])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn commit(stage: &Stage) -> String {
    git(stage, &["add", "--all", "web", "api"]);
    git(stage, &["commit", "--quiet", "--message", "m"]);
    git(stage, &["rev-parse", "HEAD"])
}

/// The plan, with what differs between runs left out.
async fn plan(stage: &Stage, deployed: &str) -> String {
    let plan = stage.scf(&["plan"]).await;
    assert_eq!(plan.code, 0, "{plan:?}");
    regex::Regex::new("[0-9a-f]{64}|[0-9a-f]{16}")
        .unwrap()
        .replace_all(&plan.stdout, "…")
        .replace(&stage.name, "shop")
        .replace(&deployed[..7], "<commit>")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_says_what_moved_an_image() {
    let stage = Stage::shop();
    git(&stage, &["init", "--quiet"]);
    let deployed = commit(&stage);
    stage.deploy().await;

    std::fs::write(stage.path("api/bin/notes"), "committed since").unwrap();
    commit(&stage);
    std::fs::write(stage.path("api/bin/more"), "not committed").unwrap();
    let dockerfile = std::fs::read_to_string(stage.path("web/Dockerfile")).unwrap();
    let dockerfile = format!("{dockerfile}LABEL changed=yes\n");
    std::fs::write(stage.path("web/Dockerfile"), dockerfile).unwrap();
    insta::assert_snapshot!(plan(&stage, &deployed).await, @"
    shop, stage dev, target local

      + image.api      scf/shop-api:…
                       because: no image with this fingerprint
      ~ container.api  2 tasks of awsFargateEcs, 512 MiB, port 8080
                       because: 2 files changed since <commit>: bin/more, bin/notes
      + image.web      scf/shop-web:…
                       because: no image with this fingerprint
      ~ container.web  1 task of awsLambda, 1024 MiB, port 8080
                       because: Dockerfile changed

    Plan: 2 to create, 2 to change, 0 to destroy.
    Digest: …
    ");
}
