//! The keys and values themselves: what later versions and other tools will find in a store.

use insta::assert_snapshot;
use scf::edge::{OriginKind, PreviewKey, Selection, compile};

use super::support::{origin, table, tid, to};

fn lines(entries: &scf::edge::Entries) -> String {
    entries
        .iter()
        .map(|(key, value)| format!("{key} = {value}\n"))
        .collect()
}

#[test]
fn a_small_stage_has_one_key_a_host() {
    let mut table = table(
        "dev",
        vec![
            to("web", "/*", None),
            to("api", "/api/*", None),
            to("api-v2", "/api/v?/*", None),
            to("health", "/api/health", None),
            to("shop", "/*", Some("Shop.Example.com")),
        ],
    );
    table.version = 17;
    table.selection = Selection::Host(Some(PreviewKey::new("ab".repeat(32).into()).unwrap()));
    let mut entries = compile(&table).unwrap();
    entries.merge(
        origin("xyz.lambda-url.eu-west-1.on.aws", OriginKind::Lambda)
            .entry(&table.stage, &tid("api"))
            .unwrap(),
    );
    entries.merge(
        origin("Alb-1.eu-west-1.elb.amazonaws.com", OriginKind::Alb)
            .entry(&table.stage, &tid("web"))
            .unwrap(),
    );
    let token = "0123456789abcdef".into();
    entries.merge(
        origin("next.example.com", OriginKind::Lambda)
            .candidate_entry(&token, &tid("web"))
            .unwrap(),
    );
    assert_snapshot!(lines(&entries), @"");
}

#[test]
fn a_preview_has_its_own_key_and_its_own_leaves() {
    let mut table = table(
        "pr-12",
        (0..60)
            .map(|n| to(&format!("c{n}"), &format!("/svc-{n:02}/*"), None))
            .collect(),
    );
    table.selection = Selection::Cookie;
    table.routes.push(to("web", "/*", None));
    assert_snapshot!(lines(&compile(&table).unwrap()), @"");
}

#[test]
fn a_stage_without_routes_answers_for_its_host() {
    assert_snapshot!(lines(&compile(&table("dev", Vec::new())).unwrap()), @"");
}

#[test]
fn values_are_never_shown() {
    let entry = origin("alb.example.com", OriginKind::Alb)
        .entry(&"dev".parse().unwrap(), &tid("web"))
        .unwrap();
    assert_snapshot!(format!("{entry:?}"), @"");
}
