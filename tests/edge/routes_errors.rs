//! Routes that are refused, with the whole text.

use insta::assert_snapshot;
use scf::{
    edge::{OriginKind, PreviewKey, Route, RouteTable, RoutesError, compile},
    error::{Class, Diagnose},
};

use super::support::{origin, table, tid, to};

fn text(error: &RoutesError) -> String {
    format!(
        "{:?}: {error}\nhint: {}\n",
        error.class(),
        error.hint().unwrap_or_default()
    )
}

fn refused(routes: Vec<Route>) -> String {
    text(&compile(&table("dev", routes)).unwrap_err())
}

#[test]
fn patterns() {
    let long = format!("/{}", "a".repeat(255));
    let patterns = [
        "",
        "api",
        "*",
        "/a b",
        "/caf\u{e9}",
        "/a%20b",
        "/a\\b",
        "/a\"b",
        "/a#b",
        "/a//b",
        "/a/../b",
        "/.",
        "/a/..;x/b",
        &long,
    ];
    let texts: String = patterns
        .map(|pattern| {
            compile(&table("dev", vec![to("c", pattern, None)]))
                .unwrap_err()
                .to_string()
                + "\n"
        })
        .concat();
    assert_snapshot!(texts.replace(&long, "/aaa..."), @"");
    assert_snapshot!(refused(vec![to("c", "api/*", None)]), @"");
}

#[test]
fn domains() {
    let long = format!("{}.com", "a.".repeat(126));
    let domains = [
        "",
        "https://a.com",
        "a.com:443",
        "a.com/x",
        "*.a.com",
        "a..com",
        ".a.com",
        "-a.com",
        "a-.com",
        "a_b.com",
        "10.0.0.1",
        "caf\u{e9}.com",
        &long,
        &"a".repeat(64),
    ];
    let texts: String = domains
        .map(|domain| {
            compile(&table("dev", vec![to("c", "/*", Some(domain))]))
                .unwrap_err()
                .to_string()
                + "\n"
        })
        .concat();
    assert_snapshot!(texts.replace(&long, "a.a.a..."), @"");
    assert_snapshot!(refused(vec![to("c", "/*", Some("D111111abcdef8.cloudfront.net"))]), @"");
    let mut bad = table("dev", Vec::new());
    bad.default_host = "localhost:3000".to_owned();
    assert_snapshot!(compile(&bad).unwrap_err().to_string(), @"");
}

#[test]
fn the_same_pattern_twice_on_a_host() {
    assert_snapshot!(refused(vec![to("a", "/api/*", None), to("b", "/api/*", None)]), @"");
    assert_snapshot!(refused(vec![to("a", "/*", Some("a.com")), to("b", "/*", Some("A.com"))]), @"");
    let fine = vec![
        to("a", "/*", None),
        to("b", "/*", Some("a.com")),
        to("c", "/*", Some("b.com")),
    ];
    assert!(compile(&table("dev", fine)).is_ok());
}

#[test]
fn more_than_four_parts_of_a_leaf() {
    let overlapping = |count: usize| {
        (0..count)
            .map(|n| to("c", &format!("/*/{n:03}"), None))
            .collect::<Vec<_>>()
    };
    assert!(compile(&table("dev", overlapping(150))).is_ok());
    assert_snapshot!(refused(overlapping(250)), @"");
}

#[test]
fn an_index_that_does_not_fit() {
    let names = (0..2000).map(|n| format!("/{:x}{}/*", (n * 7919) % 2003, "x".repeat(200)));
    assert_snapshot!(refused(names.map(|pattern| to("c", &pattern, None)).collect()), @"");
}

#[test]
fn targets() {
    let stage = "dev".parse().unwrap();
    let mut slow = origin("a.com", OriginKind::Lambda);
    slow.timeout_seconds = 121;
    assert_snapshot!(text(&slow.entry(&stage, &tid("c")).unwrap_err()), @"");
    let mut loud = origin("a.com", OriginKind::Alb);
    for secret in ["", "DEADBEEF", "not hex", &"a".repeat(118)] {
        loud.secret = secret.into();
        let error = loud.entry(&stage, &tid("c")).unwrap_err();
        assert_eq!(error.class(), Class::Internal);
        assert_eq!(
            error.to_string(),
            "the header secret has the wrong shape: lower-case hexadecimal digits that fit a header of 128 characters"
        );
    }
    loud.secret = "a".repeat(117).into();
    assert!(loud.entry(&stage, &tid("c")).is_ok());
    let address = origin("127.0.0.1", OriginKind::Lambda);
    assert_snapshot!(address.entry(&stage, &tid("c")).unwrap_err().to_string(), @"");
    for token in ["short", "has|bars|and|is|long", &"a".repeat(65)] {
        assert!(
            origin("a.com", OriginKind::Lambda)
                .candidate_entry(&token.into(), &tid("c"))
                .is_err(),
            "{token}"
        );
    }
    for key in ["", &"g".repeat(64), &"A".repeat(64), &"a".repeat(63)] {
        assert!(PreviewKey::new((*key).into()).is_err(), "{key}");
    }
}

#[test]
fn keys_and_values_that_the_store_refuses() {
    let mut entries = scf::edge::Entries::default();
    let long_key = entries.insert("k".repeat(513), String::new()).unwrap_err();
    assert_snapshot!(text(&long_key).replace(&"k".repeat(513), "kkk..."), @"");
    assert_snapshot!(text(&entries.insert("k".to_owned(), "v".repeat(1025)).unwrap_err()), @"");
    entries.insert("k".repeat(512), "v".repeat(1024)).unwrap();
    assert_eq!(entries.len(), 1);
}

#[test]
fn a_target_has_the_same_name_for_ever() {
    assert_eq!(tid("api").as_str(), "");
    let _: RouteTable = table("dev", Vec::new());
}
