//! Previews that a signed link or cookie selects.

use insta::assert_snapshot;
use scf::edge::{Entries, PreviewKey, RouteTable, Selection, ViewerRequest};

use super::support::{
    Counted, DEFAULT_HOST, entries, forwarded, get, outcome, route, shown, table, target_of, to,
    with_header, with_method,
};

fn key() -> PreviewKey {
    PreviewKey::new("0123456789abcdef".repeat(4).into()).unwrap()
}

fn base() -> RouteTable {
    let mut base = table(
        "dev",
        vec![
            to("api", "/*", None),
            to("shop", "/*", Some("shop.example.com")),
        ],
    );
    base.selection = Selection::Host(Some(key()));
    base
}

fn pr(number: u32) -> RouteTable {
    let mut preview = table(&format!("pr-{number}"), vec![to("api", "/api/*", None)]);
    preview.selection = Selection::Cookie;
    preview
}

fn store() -> Entries {
    let mut store = entries(&base());
    store.merge(entries(&pr(12)));
    store
}

fn signed(stage: &str) -> String {
    key().sign(DEFAULT_HOST, &stage.parse().unwrap())
}

fn with_cookie(request: ViewerRequest, value: &str) -> ViewerRequest {
    with_header(
        request,
        "Cookie",
        &format!("a=1; __Host-scf-stage={value}; b=2"),
    )
}

#[test]
fn a_link_becomes_a_cookie_and_the_cookie_selects_the_preview() {
    let link = key().link(DEFAULT_HOST, &"pr-12".parse().unwrap());
    assert_snapshot!(link, @"https://d111111abcdef8.cloudfront.net/?scf-stage=pr-12.3612b593b86b34c31ad0a81d0a8c1ebf6843e4533d39deaf14355947e62fe8e9");
    let request = get(
        DEFAULT_HOST,
        &format!("/api/x?q=a%20b&scf-stage={}&empty", signed("pr-12")),
    );
    assert_snapshot!(shown(&route(&request, &store())), @"
    302
    cache-control: no-store
    content-type: text/plain
    location: /api/x?q=a%20b&empty
    set-cookie: __Host-scf-stage=pr-12.3612b593b86b34c31ad0a81d0a8c1ebf6843e4533d39deaf14355947e62fe8e9; Path=/; Secure; HttpOnly; SameSite=Lax
    ");
    let request = with_cookie(get(DEFAULT_HOST, "/api/x?q=1"), &signed("pr-12"));
    assert_snapshot!(shown(&route(&request, &store())), @"
    Https 14c2529eb4.pr-12.test:443, host None, 30 s
    /api/x?q=1
    x-forwarded-host: d111111abcdef8.cloudfront.net
    x-forwarded-ssl: on
    x-forwarded-scheme: https
    forwarded: for=198.51.100.11;host=d111111abcdef8.cloudfront.net;proto=https
    x-scf-key: pr-12|d111111abcdef8.cloudfront.net|14c2529eb4|7|request-1
    cookie: a=1; b=2
    x-forwarded-for: 198.51.100.11
    ");
}

#[test]
fn a_path_that_the_preview_lacks_is_not_found_in_the_base() {
    let request = with_cookie(get(DEFAULT_HOST, "/home"), &signed("pr-12"));
    assert_eq!(outcome(&route(&request, &store())), Err(404));
}

#[test]
fn a_cookie_costs_one_read_more() {
    let mut preview = pr(12);
    preview.routes = (0..200)
        .map(|n| to(&format!("c{n}"), &format!("/svc-{n:04}/*"), None))
        .collect();
    let mut store = store();
    store.merge(entries(&preview));
    let counted = Counted::new(&store);
    let request = with_cookie(get(DEFAULT_HOST, "/svc-0100/x"), &signed("pr-12"));
    assert_eq!(
        outcome(&route(&request, &counted)),
        Ok(target_of("c100", "pr-12").as_str())
    );
    let kinds: Vec<String> = counted
        .keys
        .borrow()
        .iter()
        .map(|key| key[..2].to_owned())
        .collect();
    assert_eq!(kinds, ["k|", "x|", "l|", "t|"]);
}

#[test]
fn a_cookie_that_is_forged_or_of_another_host_is_cleared() {
    let valid = signed("pr-12");
    let elsewhere = key().sign("other.example.com", &"pr-12".parse().unwrap());
    let other_key = PreviewKey::new("f".repeat(64).into())
        .unwrap()
        .sign(DEFAULT_HOST, &"pr-12".parse().unwrap());
    let flipped = format!(
        "{}{}",
        &valid[..valid.len() - 1],
        if valid.ends_with('0') { '1' } else { '0' }
    );
    let renamed = valid.replace("pr-12", "pr-13");
    let forged = [
        elsewhere,
        other_key,
        flipped,
        renamed,
        "pr-12".into(),
        String::new(),
        "|.".into(),
        "x".repeat(6000),
    ];
    let expected = shown(&route(
        &with_cookie(get(DEFAULT_HOST, "/api/x?q=1"), &signed("pr-99")),
        &store(),
    ));
    assert_snapshot!(expected, @"
    302
    cache-control: no-store
    content-type: text/plain
    location: /api/x?q=1
    set-cookie: __Host-scf-stage=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0
    ");
    for value in forged {
        let decision = route(
            &with_cookie(get(DEFAULT_HOST, "/api/x?q=1"), &value),
            &store(),
        );
        assert_eq!(shown(&decision), expected, "{value}");
    }
}

#[test]
fn a_write_with_a_stale_cookie_reaches_no_stage() {
    let request = with_method(
        with_cookie(get(DEFAULT_HOST, "/api/x"), &signed("pr-99")),
        "POST",
    );
    assert_snapshot!(shown(&route(&request, &store())), @"
    404
    cache-control: no-store
    content-type: text/plain
    set-cookie: __Host-scf-stage=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0
    scf: the preview is gone
    ");
}

#[test]
fn a_link_to_a_preview_that_is_gone_or_forged_sets_no_cookie() {
    for value in [
        signed("pr-99"),
        signed("dev"),
        "pr-12".to_owned(),
        format!("{}0", signed("pr-12")),
    ] {
        let request = get(DEFAULT_HOST, &format!("/?scf-stage={value}"));
        assert_eq!(
            shown(&route(&request, &store())),
            "404\ncache-control: no-store\ncontent-type: text/plain\n\
             scf: this preview link is not valid, or the preview is gone\n"
        );
    }
}

#[test]
fn a_link_replaces_the_cookie_of_another_preview() {
    let mut store = store();
    store.merge(entries(&pr(13)));
    let request = with_cookie(
        get(DEFAULT_HOST, &format!("/?scf-stage={}", signed("pr-13"))),
        &signed("pr-12"),
    );
    let decision = route(&request, &store);
    assert!(shown(&decision).contains(&format!(
        "set-cookie: __Host-scf-stage={};",
        signed("pr-13")
    )));
}

#[test]
fn a_request_with_a_body_is_served_by_the_linked_preview_without_a_redirect() {
    let request = with_method(
        get(
            DEFAULT_HOST,
            &format!("/api/x?q=1&scf-stage={}", signed("pr-12")),
        ),
        "POST",
    );
    let decision = route(&request, &store());
    assert_eq!(outcome(&decision), Ok(target_of("api", "pr-12").as_str()));
    let (querystring, _, _) = forwarded(decision);
    assert_eq!(querystring, "q=1");
}

#[test]
fn a_redirect_stays_on_its_host() {
    for (path, location) in [
        ("//evil.example/x", "/evil.example/x"),
        ("/\\evil.example", "/evil.example"),
        ("///", "/"),
    ] {
        let request = get(
            DEFAULT_HOST,
            &format!("{path}?scf-stage={}", signed("pr-12")),
        );
        assert!(
            shown(&route(&request, &store())).contains(&format!("\nlocation: {location}\n")),
            "{path}"
        );
    }
}

#[test]
fn a_custom_domain_knows_no_previews() {
    let shop = "shop.example.com";
    let linked = get(
        shop,
        &format!(
            "/?scf-stage={}&x=1",
            key().sign(shop, &"pr-12".parse().unwrap())
        ),
    );
    let decision = route(&linked, &store());
    assert_eq!(outcome(&decision), Ok(target_of("shop", "dev").as_str()));
    assert_eq!(
        forwarded(decision).0,
        linked.querystring,
        "a parameter of that name is the app's own"
    );
    let request = with_cookie(get(shop, "/"), &key().sign(shop, &"pr-12".parse().unwrap()));
    assert_eq!(outcome(&route(&request, &store())), Err(302));
}

#[test]
fn a_protected_stage_shows_no_preview_whatever_is_signed() {
    let mut base = base();
    base.protected = true;
    let mut store = entries(&base);
    store.merge(entries(&pr(12)));
    assert_eq!(store.get("k|mac"), None);
    let linked = get(DEFAULT_HOST, &format!("/?scf-stage={}", signed("pr-12")));
    assert_eq!(
        outcome(&route(&linked, &store)),
        Ok(target_of("api", "dev").as_str())
    );
    let request = with_cookie(get(DEFAULT_HOST, "/api/x"), &signed("pr-12"));
    assert_eq!(outcome(&route(&request, &store)), Err(302));
}
