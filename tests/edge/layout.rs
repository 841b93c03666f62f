//! The keys and values themselves: what later versions and other tools will find in a store.

use insta::assert_snapshot;
use scf::edge::{OriginKind, PreviewKey, Selection, compile};

use super::support::{origin, table, tid, to};

fn lines(entries: &scf::edge::Entries) -> String {
    let lines: Vec<_> = entries
        .iter()
        .map(|(key, value)| format!("{key} = {value}\n"))
        .collect();
    lines.concat()
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
    assert_snapshot!(lines(&entries), @r#"
    c|0123456789abcdef = {"d":"next.example.com","k":"l","g":7,"to":30,"c":0,"id":"4b5e57f6eb"}
    h|d111111abcdef8.cloudfront.net = {"s":"dev","v":17,"p":1,"r":[["/api/health","62484e22a6"],["/api/v?/*","69ab79a870"],["/api/*","14c2529eb4"],["/*","4b5e57f6eb"]]}
    h|shop.example.com = {"s":"dev","v":17,"r":[["/api/health","62484e22a6"],["/api/v?/*","69ab79a870"],["/api/*","14c2529eb4"],["/*","8d9001d32c"]]}
    k|mac = abababababababababababababababababababababababababababababababab
    t|dev|14c2529eb4 = {"d":"xyz.lambda-url.eu-west-1.on.aws","k":"l","g":7,"to":30,"c":0}
    t|dev|4b5e57f6eb = {"d":"alb-1.eu-west-1.elb.amazonaws.com","k":"a","g":7,"to":30,"c":0,"sec":"5ec7e75ec7e75ec7e75ec7e75ec7e7"}
    "#);
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
    assert_snapshot!(lines(&compile(&table).unwrap()), @r#"
    l|pr-12|d111111abcdef8.cloudfront.net|1|0.0 = [["/svc-00/*","122c597083"],["/svc-01/*","d0f631ca1d"],["/svc-02/*","9c0abe51c6"],["/svc-03/*","7c1c97df17"],["/svc-04/*","0012a3fa00"],["/svc-05/*","d0bf3e6ee1"],["/svc-06/*","6db53c9d5a"],["/svc-07/*","f28d5b0d6f"],["/svc-08/*","7ed6a8377b"],["/svc-09/*","95144b44f2"],["/svc-10/*","1f311134ef"],["/svc-11/*","f4baf901d1"],["/svc-12/*","ebbfb53547"],["/svc-13/*","74dda5282c"],["/svc-14/*","f1727214f4"],["/svc-15/*","f37415afb0"],["/svc-16/*","3b97f0c782"],["/svc-17/*","3c44f43ed3"],["/svc-18/*","089ae52fdf"],["/svc-19/*","63a98318c4"],["/svc-20/*","fc7fe9c12d"],["/svc-21/*","a9f6815747"],["/svc-22/*","44bac339ae"],["/svc-23/*","0b5000b1e9"],["/svc-24/*","601c218b06"],["/svc-25/*","30994f805c"],["/svc-26/*","16b21a8857"],["/svc-27/*","a1a7dd9c9f"],["/svc-28/*","a23569cc57"],["/svc-29/*","ccbc67e561"],["/svc-30/*","e6e2d858bd"],["/svc-31/*","f9249f9130"],["/svc-32/*","1c1e6b3284"],["/svc-33/*","2ba8130322"],["/svc-34/*","904b330673"],["/svc-35/*","703eabc8d6"],["/*","4b5e57f6eb"]]
    l|pr-12|d111111abcdef8.cloudfront.net|1|1.0 = [["/svc-36/*","07b64c3eb3"],["/svc-37/*","e37582d37f"],["/svc-38/*","b6d0d33912"],["/svc-39/*","612b5cdb28"],["/svc-40/*","1912e1b5d5"],["/svc-41/*","83ab50d908"],["/svc-42/*","438047d41c"],["/svc-43/*","1b5c1d9a15"],["/svc-44/*","862e55a06e"],["/svc-45/*","bca59ba149"],["/svc-46/*","4a17d94df6"],["/svc-47/*","11e09b3654"],["/svc-48/*","6cb95c3a87"],["/svc-49/*","b3ec4de5e5"],["/svc-50/*","e51bf8c623"],["/svc-51/*","9f1ed89022"],["/svc-52/*","2962871456"],["/svc-53/*","fd62d74a20"],["/svc-54/*","ff74add9f3"],["/svc-55/*","c8a5a33d81"],["/svc-56/*","1709904991"],["/svc-57/*","8fec6247a6"],["/svc-58/*","7dd2431650"],["/svc-59/*","5d100ed36b"],["/*","4b5e57f6eb"]]
    x|pr-12|d111111abcdef8.cloudfront.net = {"s":"pr-12","v":1,"i":[["",0,1],["/svc-36",1,1]]}
    "#);
}

#[test]
fn a_stage_without_routes_answers_for_its_host() {
    assert_snapshot!(lines(&compile(&table("dev", Vec::new())).unwrap()), @r#"h|d111111abcdef8.cloudfront.net = {"s":"dev","v":1,"r":[]}"#);
}

#[test]
fn values_are_never_shown() {
    let entry = origin("alb.example.com", OriginKind::Alb)
        .entry(&"dev".parse().unwrap(), &tid("web"))
        .unwrap();
    assert_snapshot!(format!("{entry:?}"), @r#"{"t|dev|4b5e57f6eb"}"#);
}
