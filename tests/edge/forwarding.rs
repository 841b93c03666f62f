//! What an origin receives.

use insta::assert_snapshot;
use scf::edge::{Entries, OriginKind};
use secrecy::SecretString;

use super::support::{
    DEFAULT_HOST, get, origin, outcome, route, shown, table, tid, to, with_header, with_method,
};

fn store(kind: OriginKind, cached: bool) -> Entries {
    let table = table("dev", vec![to("api", "/api/*", None)]);
    let mut entries = scf::edge::compile(&table).unwrap();
    let mut target = origin("api.origin.test", kind);
    target.cached = cached;
    entries.merge(target.entry(&table.stage, &tid("api")).unwrap());
    entries
}

#[test]
fn lambda_gets_its_own_host_and_no_secret() {
    let request = with_header(
        get(DEFAULT_HOST, "/api/users?b=2&a=%20&b=1"),
        "Accept",
        "text/html",
    );
    let request = with_header(request, "Cookie", "session=abc; theme=dark");
    assert_snapshot!(shown(&route(&request, &store(OriginKind::Lambda, false))), @"
    Https api.origin.test:443, host None, 30 s
    /api/users?b=2&a=%20&b=1
    accept: text/html
    x-forwarded-host: d111111abcdef8.cloudfront.net
    x-forwarded-ssl: on
    x-forwarded-scheme: https
    forwarded: for=198.51.100.11;host=d111111abcdef8.cloudfront.net;proto=https
    x-scf-key: dev|d111111abcdef8.cloudfront.net|14c2529eb4|7|request-1
    cookie: session=abc; theme=dark
    x-forwarded-for: 198.51.100.11
    ");
}

#[test]
fn a_load_balancer_gets_the_viewers_host_and_the_target_header() {
    let mut request = with_method(
        get(
            &format!("{}:443", DEFAULT_HOST.to_uppercase()),
            "/api/users",
        ),
        "POST",
    );
    request.client_ip = "2001:db8::1".to_owned();
    request.headers = vec![
        ("accept".to_owned(), "a".to_owned()),
        ("Accept".to_owned(), "b".to_owned()),
    ];
    assert_snapshot!(shown(&route(&request, &store(OriginKind::Alb, true))), @r#"
    Http api.origin.test:80, host Some("d111111abcdef8.cloudfront.net"), 30 s
    /api/users?
    accept: a
    accept: b
    x-forwarded-host: d111111abcdef8.cloudfront.net
    x-forwarded-ssl: on
    x-forwarded-scheme: https
    forwarded: for="[2001:db8::1]";host=d111111abcdef8.cloudfront.net;proto=https
    x-scf-key: dev|d111111abcdef8.cloudfront.net|14c2529eb4|7
    x-forwarded-for: 2001:db8::1
    x-scf-target: 5ec7e75ec7e75ec7e75ec7e75ec7e7.14c2529eb4 (by the edge)
    "#);
}

#[test]
fn a_cached_target_has_one_cache_key_and_another_after_its_generation_is_raised() {
    let key = |store: &Entries, id: &str| {
        let mut request = get(DEFAULT_HOST, "/api/x");
        id.clone_into(&mut request.request_id);
        let (_, headers, _) = super::support::forwarded(route(&request, store));
        headers
            .into_iter()
            .find(|(name, _)| name == "x-scf-key")
            .unwrap()
            .1
    };
    let mut cached = store(OriginKind::Lambda, true);
    let first = key(&cached, "1");
    assert_eq!(first, key(&cached, "2"));
    let mut raised = origin("api.origin.test", OriginKind::Lambda);
    raised.generation += 1;
    raised.cached = true;
    cached.merge(raised.entry(&"dev".parse().unwrap(), &tid("api")).unwrap());
    assert_ne!(first, key(&cached, "1"));
    let uncached = store(OriginKind::Lambda, false);
    assert_ne!(key(&uncached, "1"), key(&uncached, "2"));
}

#[test]
fn a_candidate_is_reached_by_its_token_only() {
    let mut store = store(OriginKind::Lambda, true);
    let token = SecretString::from("candidate0123456789");
    let mut candidate = origin("next.origin.test", OriginKind::Alb);
    candidate.cached = true;
    store.merge(candidate.candidate_entry(&token, &tid("api")).unwrap());
    let ask = |token: &str| {
        route(
            &with_header(get(DEFAULT_HOST, "/any"), "X-Scf-Candidate", token),
            &store,
        )
    };
    assert_snapshot!(shown(&ask("candidate0123456789")), @r#"
    Http next.origin.test:80, host Some("d111111abcdef8.cloudfront.net"), 30 s
    /any?
    x-forwarded-host: d111111abcdef8.cloudfront.net
    x-forwarded-ssl: on
    x-forwarded-scheme: https
    forwarded: for=198.51.100.11;host=d111111abcdef8.cloudfront.net;proto=https
    x-scf-key: c|d111111abcdef8.cloudfront.net|14c2529eb4|7|request-1
    x-forwarded-for: 198.51.100.11
    x-scf-target: 5ec7e75ec7e75ec7e75ec7e75ec7e7.14c2529eb4 (by the edge)
    "#);
    for wrong in [
        "candidate0123456780",
        "",
        "short",
        "../../..",
        "k|mac",
        "candidate0123456789|",
    ] {
        assert_eq!(
            outcome(&ask(wrong)),
            Err(404),
            "{wrong:?} falls back to nothing"
        );
    }
}

#[test]
fn the_read_timeout_follows_the_container() {
    use scf::edge::OriginTarget;
    assert_eq!(
        [0, 6, 29, 30, 119, 120, 900, u64::MAX].map(OriginTarget::read_timeout),
        [30, 30, 30, 31, 120, 120, 120, 120]
    );
}
