//! Routes that are refused, with the whole text.

use insta::assert_snapshot;
use scf::{
    edge::{OriginKind, PreviewKey, Route, RoutesError, compile},
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
    assert_snapshot!(texts.replace(&long, "/aaa..."), @r#"
    path pattern "" does not begin with `/`
    path pattern "api" does not begin with `/`
    path pattern "*" does not begin with `/`
    path pattern "/a b" has a space or a character beyond ASCII
    path pattern "/café" has a space or a character beyond ASCII
    path pattern "/a%20b" has one of % \ " #
    path pattern "/a\\b" has one of % \ " #
    path pattern "/a\"b" has one of % \ " #
    path pattern "/a#b" has one of % \ " #
    path pattern "/a//b" has an empty or a dot segment
    path pattern "/a/../b" has an empty or a dot segment
    path pattern "/." has an empty or a dot segment
    path pattern "/a/..;x/b" has an empty or a dot segment
    path pattern "/aaa..." has more than 255 characters
    "#);
    assert_snapshot!(refused(vec![to("c", "api/*", None)]), @r#"
    Config: path pattern "api/*" does not begin with `/`
    hint: Write a path such as `/api/*`: `*` is any run of characters, `?` is one, and what needs encoding is covered by a `*`.
    "#);
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
    assert_snapshot!(texts.replace(&long, "a.a.a..."), @r#"
    domain "" must have 1 to 253 characters
    domain "https://a.com" must be labels of letters, digits and inner hyphens, separated by dots
    domain "a.com:443" must be labels of letters, digits and inner hyphens, separated by dots
    domain "a.com/x" must be labels of letters, digits and inner hyphens, separated by dots
    domain "*.a.com" must be labels of letters, digits and inner hyphens, separated by dots
    domain "a..com" must be labels of letters, digits and inner hyphens, separated by dots
    domain ".a.com" must be labels of letters, digits and inner hyphens, separated by dots
    domain "-a.com" must be labels of letters, digits and inner hyphens, separated by dots
    domain "a-.com" must be labels of letters, digits and inner hyphens, separated by dots
    domain "a_b.com" must be labels of letters, digits and inner hyphens, separated by dots
    domain "10.0.0.1" must be a name, not an IP address
    domain "café.com" must be labels of letters, digits and inner hyphens, separated by dots
    domain "a.a.a..." must have 1 to 253 characters
    domain "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" must be labels of letters, digits and inner hyphens, separated by dots
    "#);
    assert_snapshot!(refused(vec![to("c", "/*", Some("D111111abcdef8.cloudfront.net"))]), @r#"
    Config: domain "D111111abcdef8.cloudfront.net" is the edge's own host, which routes without a domain have anyway
    hint: Write a bare host name such as `api.example.com`.
    "#);
    let mut bad = table("dev", Vec::new());
    bad.default_host = "localhost:3000".to_owned();
    assert_snapshot!(compile(&bad).unwrap_err().to_string(), @r#"domain "localhost:3000" must be labels of letters, digits and inner hyphens, separated by dots"#);
}

#[test]
fn the_same_pattern_twice_on_a_host() {
    assert_snapshot!(refused(vec![to("a", "/api/*", None), to("b", "/api/*", None)]), @r#"
    Config: path pattern "/api/*" is used twice on d111111abcdef8.cloudfront.net
    hint: Give each container of a host its own `routing.pathPattern`.
    "#);
    assert_snapshot!(refused(vec![to("a", "/*", Some("a.com")), to("b", "/*", Some("A.com"))]), @r#"
    Config: path pattern "/*" is used twice on a.com
    hint: Give each container of a host its own `routing.pathPattern`.
    "#);
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
    assert_snapshot!(refused(overlapping(250)), @r#"
    Config: 250 routes of d111111abcdef8.cloudfront.net overlap for paths that begin with "/": they need 7 values, a look-up reads at most 4
    hint: Give the routes prefixes that differ before their first wildcard, or spread them over several domains.
    "#);
}

#[test]
fn an_index_that_does_not_fit() {
    let names = (0..2000).map(|n| format!("/{:x}{}/*", (n * 7919) % 2003, "x".repeat(200)));
    assert_snapshot!(refused(names.map(|pattern| to("c", &pattern, None)).collect()), @"
    Config: the 2000 routes of d111111abcdef8.cloudfront.net need an index of 1769 bytes; at most 1,024 fit
    hint: Spread the routes over several domains.
    ");
}

#[test]
fn targets() {
    let stage = "dev".parse().unwrap();
    let mut slow = origin("a.com", OriginKind::Lambda);
    slow.timeout_seconds = 121;
    assert_snapshot!(text(&slow.entry(&stage, &tid("c")).unwrap_err()), @"
    Config: the read timeout of a.com is 121 s; CloudFront takes 1 to 120 s
    hint: Set a timeout of at most 119 s for the container.
    ");
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
    assert_snapshot!(address.entry(&stage, &tid("c")).unwrap_err().to_string(), @r#"domain "127.0.0.1" must be a name, not an IP address"#);
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
    assert_snapshot!(text(&long_key).replace(&"k".repeat(513), "kkk..."), @r#"
    Config: key "kkk..." has 513 bytes; at most 512 fit
    hint: Use shorter names.
    "#);
    assert_snapshot!(text(&entries.insert("k".to_owned(), "v".repeat(1025)).unwrap_err()), @r#"
    Config: the value of key "k" has 1025 bytes; at most 1,024 fit
    hint: Use shorter names.
    "#);
    entries.insert("k".repeat(512), "v".repeat(1024)).unwrap();
    assert_eq!(entries.len(), 1);
}

#[test]
fn a_target_has_the_same_name_for_ever() {
    // `printf api | sha256sum`
    assert_eq!(tid("api").as_str(), "14c2529eb4");
}
