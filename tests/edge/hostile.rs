//! Requests that want to be what they are not.

use proptest::prelude::*;
use scf::edge::{Decision, Entries, KeyValues, KeyValuesError, OriginKind};
use secrecy::ExposeSecret;

use super::support::{
    DEFAULT_HOST, entries, forwarded, get, origin, outcome, route, shown, table, target_of, tid,
    to, with_header,
};

/// Two stages on two hosts, the first behind a load balancer.
fn store() -> Entries {
    let dev = table("dev", vec![to("api", "/*", None)]);
    let mut prod = table("prod", vec![to("api", "/*", None)]);
    "prod.example.com".clone_into(&mut prod.default_host);
    let mut store = entries(&dev);
    store.merge(entries(&prod));
    store.merge(
        origin("dev.alb.test", OriginKind::Alb)
            .entry(&dev.stage, &tid("api"))
            .unwrap(),
    );
    store
}

#[test]
fn forged_headers_never_reach_an_origin() {
    let forged = [
        "X-Scf-Target",
        "x-scf-key",
        "X-SCF-Anything",
        "x_scf_target",
        "X-Scf_Target",
        "X-Forwarded-Host",
        "x_forwarded_host",
        "X-Forwarded-For",
        "X-Forwarded-Port",
        "X-Forwarded-Proto",
        "X-Forwarded-Scheme",
        "X-Forwarded-Ssl",
        "Forwarded",
        "X-Real-IP",
        "x_real_ip",
        "X-Original-Url",
        "X-Rewrite-Url",
        "X-Host",
    ];
    let honest = get(DEFAULT_HOST, "/");
    let mut request = honest.clone();
    for name in forged {
        request = with_header(request, name, "forged");
        request = with_header(request, name, "forged twice");
    }
    let store = store();
    assert_eq!(
        shown(&route(&request, &store)),
        shown(&route(&honest, &store))
    );
}

#[test]
fn what_the_edge_must_not_touch_passes() {
    let request = with_header(get(DEFAULT_HOST, "/"), "Authorization", "Bearer x");
    let request = with_header(request, "X-Amzn-Trace-Id", "Root=1");
    let request = with_header(request, "Via", "1.1 proxy");
    let request = with_header(request, "X-Scfx", "mine");
    let (_, headers, _) = forwarded(route(&request, &store()));
    for name in ["authorization", "x-amzn-trace-id", "via", "x-scfx"] {
        assert!(headers.iter().any(|(known, _)| known == name), "{name}");
    }
}

#[test]
fn odd_hosts_are_no_ones() {
    let store = store();
    let cases = [
        ("", 400),
        (".", 400),
        (":80", 400),
        ("-x.com", 400),
        ("a b", 400),
        ("prod.example.com|x", 400),
        ("prod.example.com/..", 400),
        ("prod.example.com@evil.com", 400),
        ("[::1]", 400),
        ("[::1]:443", 400),
        ("h\u{e9}.example.com", 400),
        ("PROD\u{2024}example.com", 400),
        ("prod.example.com..", 404),
        ("prod..example.com", 404),
        ("127.0.0.1", 404),
        ("evil.com", 404),
        ("__proto__", 400),
        ("constructor", 404),
        ("xprod.example.com", 404),
    ];
    for (host, status) in cases {
        assert_eq!(
            outcome(&route(&get(host, "/"), &store)),
            Err(status),
            "{host:?}"
        );
    }
    assert_eq!(
        outcome(&route(&get(&"a".repeat(5000), "/"), &store)),
        Err(400)
    );
}

#[test]
fn a_host_is_found_in_any_case_with_port_and_final_dot() {
    for host in [
        "prod.example.com",
        "PROD.Example.COM",
        "prod.example.com:443",
        "prod.example.com.",
        "prod.example.com.:8443",
    ] {
        let decision = route(&get(host, "/"), &store());
        assert_eq!(
            outcome(&decision),
            Ok(target_of("api", "prod").as_str()),
            "{host}"
        );
        let (_, headers, _) = forwarded(decision);
        assert!(headers.contains(&("x-forwarded-host".to_owned(), "prod.example.com".to_owned())));
    }
}

#[test]
fn two_hosts_are_refused_and_one_sent_twice_is_one() {
    let request = get(DEFAULT_HOST, "/");
    let other = with_header(request.clone(), "Host", "prod.example.com");
    assert_eq!(outcome(&route(&other, &store())), Err(400));
    let same = with_header(request, "host", DEFAULT_HOST);
    assert_eq!(outcome(&route(&same, &store())), Ok("dev.alb.test"));
}

#[test]
fn eight_kilobytes_of_url_are_routed_and_more_is_refused() {
    let store = store();
    let path = |length: usize| format!("/{}", "a".repeat(length - 1));
    assert_eq!(
        outcome(&route(&get(DEFAULT_HOST, &path(8191)), &store)),
        Ok("dev.alb.test")
    );
    assert_eq!(
        outcome(&route(&get(DEFAULT_HOST, &path(8192)), &store)),
        Err(413)
    );
    assert_eq!(
        outcome(&route(
            &get(DEFAULT_HOST, &format!("/?{}", "a=".repeat(4096))),
            &store
        )),
        Err(413)
    );
    let stuffed = with_header(get(DEFAULT_HOST, "/"), "x", &"y".repeat(40_000));
    assert_eq!(outcome(&route(&stuffed, &store)), Err(413));
}

#[test]
fn a_pattern_and_a_path_made_for_each_other_stay_within_the_time() {
    let pattern = format!("/{}b", "a*".repeat(40));
    let entries = entries(&table("dev", vec![to("api", &pattern, None)]));
    assert_eq!(
        outcome(&route(
            &get(DEFAULT_HOST, &format!("/{}", "a".repeat(8190))),
            &entries
        )),
        Err(404)
    );
}

#[test]
fn names_of_javascript_are_ordinary_names() {
    let store = store();
    let mut request = get(
        DEFAULT_HOST,
        "/__proto__?__proto__=1&constructor=2&toString=3&toString=4",
    );
    request = with_header(request, "__proto__", "1");
    request = with_header(request, "cookie", "__proto__=1; constructor=2");
    let (querystring, headers, _) = forwarded(route(&request, &store));
    assert_eq!(querystring, request.querystring);
    assert!(headers.contains(&("cookie".to_owned(), "__proto__=1; constructor=2".to_owned())));
}

/// Fails for some keys.
struct Broken<'a>(&'a Entries, &'static str);

impl KeyValues for Broken<'_> {
    fn get(&self, key: &str) -> Result<Option<String>, KeyValuesError> {
        if key.starts_with(self.1) {
            return Err(KeyValuesError("no connection".to_owned()));
        }
        KeyValues::get(self.0, key)
    }
}

#[test]
fn a_store_that_fails_or_lacks_a_part_answers_503_and_is_not_cached() {
    let routes: Vec<_> = (0..100)
        .map(|n| to(&format!("c{n}"), &format!("/svc-{n:04}/*"), None))
        .collect();
    let whole = entries(&table("dev", routes));
    let request = get(DEFAULT_HOST, "/svc-0050/x");
    assert!(outcome(&route(&request, &whole)).is_ok());
    let expected = shown(&route(&request, &Broken(&whole, "h|")));
    insta::assert_snapshot!(expected, @"
    503
    cache-control: no-store
    content-type: text/plain
    scf: the routing table cannot be read; try again
    ");
    for prefix in ["l|", "t|"] {
        assert_eq!(
            shown(&route(&request, &Broken(&whole, prefix))),
            expected,
            "{prefix}"
        );
        let mut torn = whole.clone();
        let gone: Vec<_> = whole
            .iter()
            .map(|(key, _)| key.to_owned())
            .filter(|key| key.starts_with(prefix))
            .collect();
        for key in &gone {
            torn.remove(key);
        }
        assert_eq!(shown(&route(&request, &torn)), expected, "without {prefix}");
    }
    let mut garbled = whole.clone();
    garbled
        .insert(format!("h|{DEFAULT_HOST}"), "{".to_owned())
        .unwrap();
    assert_eq!(shown(&route(&request, &garbled)), expected, "not JSON");
    garbled
        .insert(format!("h|{DEFAULT_HOST}"), "{}".to_owned())
        .unwrap();
    assert_eq!(shown(&route(&request, &garbled)), expected, "no table");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_request_reaches_a_stage_that_its_host_does_not_name(
        host in "(prod\\.example\\.com|d111111abcdef8\\.cloudfront\\.net|[a-z|.:@\\[\\]]{0,12})([.:|/][a-z0-9]{0,4})?",
        path in "/[ -~]{0,30}",
        headers in prop::collection::vec(("(x-scf-|x_scf_|X-SCF-|x-forwarded-|)(target|key|stage|candidate|host|for)?", "[ -~]{0,40}"), 0..6),
        cookie in "(__Host-scf-stage=)?[ -~]{0,40}",
    ) {
        let mut request = get(&host, &path);
        request.headers = headers.into_iter().filter(|(name, _)| !name.is_empty()).collect();
        request.headers.push(("Cookie".to_owned(), cookie));
        if let Decision::Forward { headers, origin, .. } = route(&request, &store()) {
            let bare = host.to_lowercase();
            let bare = bare.split(':').next().unwrap().trim_end_matches('.').to_owned();
            let expected = match bare.as_str() {
                "prod.example.com" => target_of("api", "prod"),
                DEFAULT_HOST => "dev.alb.test".to_owned(),
                other => panic!("{other} is not a host of ours"),
            };
            prop_assert_eq!(&origin.domain, &expected);
            let own: Vec<_> = headers.iter().filter(|(name, _)| name.contains("scf")).map(|(name, _)| name.as_str()).collect();
            prop_assert_eq!(own, ["x-scf-key"]);
            for (_, value) in &origin.custom_headers {
                prop_assert_eq!(value.expose_secret(), &format!("{}.{}", super::support::SECRET.as_str(), tid("api")));
            }
        }
    }
}
