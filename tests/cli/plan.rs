//! Commands that only look, and a plan that is no longer the approved one.

use crate::folder::Folder;

#[test]
fn a_plan_is_shown_and_nothing_is_changed() {
    let folder = Folder::shop().and_engine();
    let text = folder.scf("plan --target local").text();
    insta::assert_snapshot!(text, @"
    --- stdout
    shop, stage dev, target local

      + network        scf-shop-dev
                       because: new
      + proxy          on localhost
                       because: not running
      + image.web      scf/shop-web:<fingerprint>
                       because: no image with this fingerprint
      + container.web  1 task of awsLambda, 1024 MiB, port 8080
                       because: new
      + routes         1 route
                       because: new

    Plan: 5 to create, 0 to change, 0 to destroy.
    Digest: <digest>
    --- exit code 0
    ");
    let text = folder.scf("plan --target local --output json").text();
    insta::assert_snapshot!(text, @r#"
    --- stdout
    {
      "changes": [
        {
          "action": "create",
          "address": "network",
          "because": [
            "new"
          ],
          "what": "scf-shop-dev"
        },
        {
          "action": "create",
          "address": "proxy",
          "because": [
            "not running"
          ],
          "what": "on localhost"
        },
        {
          "action": "create",
          "address": "image.web",
          "because": [
            "no image with this fingerprint"
          ],
          "what": "scf/shop-web:<fingerprint>"
        },
        {
          "action": "create",
          "address": "container.web",
          "because": [
            "new"
          ],
          "what": "1 task of awsLambda, 1024 MiB, port 8080"
        },
        {
          "action": "create",
          "address": "routes",
          "because": [
            "new"
          ],
          "what": "1 route"
        }
      ],
      "counts": {
        "add": 5,
        "change": 0,
        "destroy": 0
      },
      "digest": "<digest>",
      "format": "scf.plan/v1",
      "name": "shop",
      "stage": "dev",
      "target": "local"
    }
    --- exit code 0
    "#);
    assert_eq!(folder.changes(), [""; 0]);
    assert!(!folder.has(".scf"), "reading leaves nothing behind");
}

#[test]
fn a_plan_that_is_not_the_approved_one_is_not_run() {
    let folder = Folder::shop().and_engine();
    let ran = folder.scf("deploy --target local --plan-digest 0123");
    insta::assert_snapshot!(ran.text(), @"
    --- stderr
    error: the plan is no longer the approved one: its digest is <digest>, approved was 0123
    hint: run `scf plan` again and have that plan approved
    --- exit code 6
    ");
    assert_eq!(folder.changes(), [""; 0]);
    assert!(
        !folder.has(".scf/dev/lease.json"),
        "the lease is given back"
    );
}

#[test]
fn the_approved_plan_is_run() {
    let folder = Folder::shop().and_engine();
    let planned = folder.command("plan --target local --output json").output();
    let plan: serde_json::Value = serde_json::from_slice(&planned.unwrap().stdout).unwrap();
    let digest = plan["digest"].as_str().unwrap();
    let ran = folder.scf(&format!("deploy --target local --plan-digest {digest}"));
    assert_ne!(ran.code, 6, "{}", ran.text());
    assert!(
        !folder.changes().is_empty(),
        "it gets as far as changing something"
    );
    folder.write("web/Dockerfile", "FROM scratch\nCMD [\"/other\"]\n");
    let changed = folder.scf(&format!("deploy --target local --plan-digest {digest}"));
    assert_eq!(changed.code, 6, "{}", changed.text());
}

#[test]
fn nothing_is_deployed() {
    let folder = Folder::shop().and_engine();
    insta::assert_snapshot!(folder.scf("info --target local").text(), @"
    --- stdout
    shop, stage dev, target local

    Nothing is deployed.
    --- exit code 0
    ");
    insta::assert_snapshot!(folder.scf("info --target local --output json").text(), @r#"
    --- stdout
    {
      "containers": [],
      "deployed": null,
      "format": "scf.info/v1",
      "name": "shop",
      "routes": [],
      "stage": "dev",
      "url": null
    }
    --- exit code 0
    "#);
    insta::assert_snapshot!(folder.scf("logs --target local").text(), @"--- exit code 0");
    insta::assert_snapshot!(folder.scf("logs --target local --container web").text(), @r#"
    --- stderr
    error: no container "web" is deployed
    hint: nothing is deployed; `scf deploy --target local` does
    --- exit code 2
    "#);
    insta::assert_snapshot!(folder.scf("remove --target local").text(), @"
    --- stdout
    shop, stage dev: nothing of it is here.

    shop, stage dev is removed.
    --- exit code 0
    ");
    insta::assert_snapshot!(folder.scf("remove --target local --output json").text(), @r#"
    --- stdout
    {
      "format": "scf.remove/v1",
      "plan": {
        "changes": [],
        "counts": {
          "add": 0,
          "change": 0,
          "destroy": 0
        },
        "digest": "<digest>",
        "format": "scf.plan/v1",
        "name": "shop",
        "stage": "dev",
        "target": "local"
      }
    }
    --- exit code 0
    "#);
    assert!(!folder.has(".scf"));
}

#[test]
fn history_in_a_build_context_is_warned_of() {
    let folder = Folder::shop().and_engine();
    folder.write("web/.git/HEAD", "ref: refs/heads/main\n");
    let text = folder.scf("plan --target local").text();
    let warned = text.split("--- stderr").nth(1).unwrap();
    insta::assert_snapshot!(warned, @"

    the build context of container web holds .git, so every commit and every clone builds it anew: list .git in its .dockerignore
    --- exit code 0
    ");
}
