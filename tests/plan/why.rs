//! What a plan says of an image that is another one.

use std::{collections::BTreeMap, path::PathBuf};

use scf::{
    plan::{
        Reason,
        moved::{self, Files},
    },
    state::v1::{Commit, Source},
};

use crate::fixture::Shop;

fn before() -> Source {
    Source {
        commit: Some(Commit {
            id: "4f2c1d9e0b7a4f2c1d9e0b7a4f2c1d9e0b7a4f2c".into(),
            dirty: false,
        }),
        files: "f1".into(),
        dockerfile: Some("d1".into()),
        builder: None,
        args: [("NODE", "n1"), ("TOKEN", "t1"), ("OLD", "o1")]
            .map(|(name, hash)| (name.to_owned(), hash.to_owned()))
            .into(),
        labels: BTreeMap::new(),
        options: Vec::new(),
        target: None,
        platform: None,
    }
}

/// As the plan has it: `a; b`.
fn text(before: &Source, now: &Source, files: &Files) -> String {
    let reasons = moved::reasons(before, now, files);
    let reasons: Vec<_> = reasons.iter().map(Reason::to_string).collect();
    reasons.join("; ")
}

fn changed(paths: &[&str]) -> Files {
    Files::Changed(paths.iter().map(PathBuf::from).collect())
}

#[test]
fn files_are_named_up_to_three() {
    let same = before();
    let of = |paths: &[&str]| text(&same, &same, &changed(paths));
    insta::assert_snapshot!(of(&["src/a.ts"]), @"1 file changed since 4f2c1d9: src/a.ts");
    insta::assert_snapshot!(of(&["a", "b", "c"]), @"3 files changed since 4f2c1d9: a, b, c");
    insta::assert_snapshot!(of(&["a", "b", "c", "d", "e"]), @"5 files changed since 4f2c1d9: a, b, c, 2 more");
    insta::assert_snapshot!(of(&[]), @"files changed that git does not track, since 4f2c1d9");
}

#[test]
fn what_git_does_not_know_is_said() {
    let dirty = Source {
        commit: before().commit.map(|commit| Commit {
            dirty: true,
            ..commit
        }),
        ..before()
    };
    insta::assert_snapshot!(text(&dirty, &dirty, &changed(&["a"])), @"1 file changed since 4f2c1d9 (deployed with uncommitted changes): a");
    insta::assert_snapshot!(text(&dirty, &dirty, &changed(&[])), @"files changed back to those of 4f2c1d9 (deployed with uncommitted changes)");
    let shallow = Files::Unknown("commit 4f2c1d9 is not in this clone".into());
    insta::assert_snapshot!(text(&before(), &before(), &shallow), @"files changed (commit 4f2c1d9 is not in this clone)");
}

#[test]
fn all_other_parts_are_named_and_no_value_of_an_argument() {
    let now = Source {
        commit: None,
        files: "f1".into(),
        dockerfile: Some("d2".into()),
        builder: None,
        args: BTreeMap::from([
            ("NODE".into(), "n1".into()),
            ("TOKEN".into(), "t2".into()),
            ("NEW".into(), "x".into()),
        ]),
        labels: BTreeMap::from([("team".into(), "l1".into())]),
        options: vec!["--network=none".into()],
        target: Some("release".into()),
        platform: Some("linux/arm64".into()),
    };
    insta::assert_snapshot!(text(&before(), &now, &Files::Same), @"Dockerfile changed; build arguments added: NEW; build arguments changed: TOKEN; build arguments removed: OLD; labels added: team; build.options changed: (none) -> --network=none; build.target changed: (none) -> release; build.platform changed: (none) -> linux/arm64");
}

#[test]
fn buildpacks_instead_of_a_dockerfile_are_named() {
    let now = Source {
        dockerfile: None,
        builder: Some("heroku/builder:24".into()),
        ..before()
    };
    insta::assert_snapshot!(text(&before(), &now, &Files::Same), @"Dockerfile removed; build.builder changed: (none) -> heroku/builder:24");
    insta::assert_snapshot!(text(&now, &before(), &Files::Same), @"Dockerfile added; build.builder changed: heroku/builder:24 -> (none)");
}

#[test]
fn a_file_name_cannot_pass_for_something_else() {
    let hostile = changed(&["a\n+ container.x", "\u{1b}[2Kb", "c\u{202e}txt.exe"]);
    insta::assert_snapshot!(
        text(&before(), &before(), &hostile),
        @r"3 files changed since 4f2c1d9: a\u{a}+ container.x, \u{1b}[2Kb, c\u{202e}txt.exe"
    );
}

#[test]
fn the_plan_gives_the_reasons_with_the_container() {
    let mut shop = Shop::deployed();
    let api = shop.wants("api");
    api.sources = "api 2".into();
    api.moved = moved::reasons(&before(), &before(), &changed(&["src/a.ts"]));
    api.memory_mib = 1024;
    let (text, _) = crate::order::read(&shop);
    insta::assert_snapshot!(text, @"
    shop, stage dev, target local

      + image.api      scf/shop-api:<api 2>
                       because: no image with this fingerprint
      ~ container.api  2 tasks of awsFargateEcs, 1024 MiB, port 8080
                       because: 1 file changed since 4f2c1d9: src/a.ts; memory changed: 512 MiB -> 1024 MiB

    Plan: 1 to create, 1 to change, 0 to destroy.
    Digest: <digest>
    ");
}

#[test]
fn values_that_stand_in_the_file_are_shown_and_others_are_not() {
    let mut shop = Shop::new();
    let before = [
        ("LEVEL", "info"),
        ("TOKEN", "t0ps3cr3t"),
        ("WAS", "plain"),
        ("OLD", "1"),
    ];
    let now = [
        ("LEVEL", "debug\u{1b}[2K"),
        ("TOKEN", "0th3r"),
        ("WAS", "s3cr3t"),
        ("NEW", "1"),
        ("LONG", &"x".repeat(100)),
    ];
    let text = |variables: &[(&str, &str)]| {
        let variables = variables.iter();
        variables
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    };
    let api = shop.wants("api");
    api.environment = text(&before);
    api.plain_environment = ["LEVEL", "WAS", "OLD"].map(str::to_owned).into();
    shop.deploy();
    let api = shop.wants("api");
    api.environment = text(&now);
    api.plain_environment = ["LEVEL", "NEW", "LONG"].map(str::to_owned).into();
    let (text, _) = crate::order::read(&shop);
    insta::assert_snapshot!(text, @r"
    shop, stage dev, target local

      ~ container.api  2 tasks of awsFargateEcs, 512 MiB, port 8080
                       because: environment added: LONG=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…, NEW=1; environment changed: TOKEN, WAS; LEVEL changed: info -> debug\u{1b}[2K; environment removed: OLD

    Plan: 0 to create, 1 to change, 0 to destroy.
    Digest: <digest>
    ");
}
