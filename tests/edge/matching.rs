//! router.js against the model, over random tables and paths.

use std::collections::BTreeSet;

use proptest::{prelude::*, sample::Index};
use scf::edge::{Entries, PreviewKey, Route, RouteTable, Selection, compile};

use super::{
    model,
    support::{Counted, DEFAULT_HOST, entries, get, outcome, route, table, to, with_header},
};

const DOMAINS: [&str; 3] = ["a.example.com", "b.example.com", "pr-7.example.com"];

/// Patterns that overlap a lot: few characters, many wildcards.
fn dense_pattern() -> impl Strategy<Value = String> {
    "/[ab/*?]{0,7}"
        .prop_map(|text| text.replace("//", "/"))
        .prop_filter("no empty segment", |p| !p.contains("//"))
}

/// Patterns as services have them.
fn service_pattern() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "/[a-d]{1,3}-[a-z]{2,12}/\\*",
        2 => "/v[1-3]/[a-z]{3,16}(/\\*)?",
        1 => "/[a-d]{1,3}[a-z]{0,20}",
        1 => "/[a-d]\\*\\.(js|css)",
        1 => "/[a-c]/\\?/[a-z]{1,4}\\*",
        1 => Just("/*".to_owned()),
    ]
}

fn domain() -> impl Strategy<Value = Option<&'static str>> {
    prop_oneof![3 => Just(None), 1 => prop::sample::select(&DOMAINS[..]).prop_map(Some)]
}

/// Routes to as many containers, without the duplicates that the compiler refuses.
fn routes(
    pattern: impl Strategy<Value = String>,
    most: usize,
) -> impl Strategy<Value = Vec<Route>> {
    prop::collection::vec((pattern, domain()), 1..=most).prop_map(|routes| {
        let mut seen = BTreeSet::new();
        let fresh = routes
            .into_iter()
            .filter(|route| seen.insert(route.clone()));
        fresh
            .enumerate()
            .map(|(n, (pattern, domain))| to(&format!("c{n}"), &pattern, domain))
            .collect()
    })
}

/// A pattern of the table, what to fill its wildcards with, a character to change, and a host.
type Ask = (Index, String, Option<(Index, char)>, usize);

/// A path near a pattern: wildcards filled in, sometimes cut or changed.
fn near(pattern: &str, filling: &str, change: Option<(Index, char)>) -> String {
    let mut path: Vec<char> = pattern
        .replace('*', filling)
        .replace('?', "b")
        .chars()
        .collect();
    if let Some((index, c)) = change {
        let at = index.index(path.len());
        if c == '-' {
            path.truncate(at);
        } else {
            path[at] = c;
        }
    }
    let path: String = path.into_iter().collect();
    if path.starts_with('/') {
        path
    } else {
        format!("/{path}")
    }
}

fn asks() -> impl Strategy<Value = Vec<Ask>> {
    let change = prop::option::of((
        any::<Index>(),
        prop::sample::select(vec!['a', 'b', '/', '-', 'z']),
    ));
    prop::collection::vec(
        (any::<Index>(), "[ab/c.]{0,6}", change, 0..=DOMAINS.len()),
        24,
    )
}

/// Asks both about each path, and counts what the answer cost.
fn agree(table: &RouteTable, entries: &Entries, asks: &[Ask]) {
    for (host, path) in asks.iter().filter_map(|ask| asked(table, ask)) {
        let store = Counted::new(entries);
        let decision = route(&get(host, &path), &store);
        let expected = match model::find(&table.routes, host, &path) {
            Some(tid) if model::has_host(&table.routes, host, DEFAULT_HOST) => {
                Ok(format!("{tid}.{}.test", table.stage))
            }
            _ => Err(404),
        };
        assert_eq!(
            outcome(&decision).map(str::to_owned),
            expected,
            "{host}{path}"
        );
        let table = entries.get(&format!("h|{host}"));
        check_reads(table, 1, &store.keys.borrow(), expected.is_ok());
    }
}

/// The same for a preview that a cookie selects.
fn agree_by_cookie(table: &RouteTable, entries: &Entries, asks: &[Ask], cookie: &str) {
    for (_, path) in asks.iter().filter_map(|ask| asked(table, ask)) {
        let store = Counted::new(entries);
        let request = with_header(
            get(DEFAULT_HOST, &path),
            "cookie",
            &format!("__Host-scf-stage={cookie}"),
        );
        let expected = model::find(&table.routes, DEFAULT_HOST, &path)
            .map(|tid| format!("{tid}.{}.test", table.stage));
        assert_eq!(
            outcome(&route(&request, &store)).map(str::to_owned),
            expected.clone().ok_or(404),
            "{path}"
        );
        let table = entries.get(&format!("x|{}|{DEFAULT_HOST}", table.stage));
        check_reads(table, 2, &store.keys.borrow(), expected.is_some());
    }
}

/// Host and path; nothing for a path that an origin may read in another way: those have tests of their own.
fn asked(
    table: &RouteTable,
    (index, filling, change, host): &Ask,
) -> Option<(&'static str, String)> {
    let path = near(&index.get(&table.routes).pattern, filling, *change);
    let is_plain = !path.contains("//")
        && !path
            .split('/')
            .any(|segment| segment == "." || segment == "..");
    is_plain.then_some((DOMAINS.get(*host).copied().unwrap_or(DEFAULT_HOST), path))
}

/// `head` reads up to the table, one for each part of a leaf, one for the target; nothing is read twice. Without a
/// table, `exists()` asks again.
fn check_reads(table: Option<&str>, head: usize, keys: &[String], is_found: bool) {
    let Some(table) = table else {
        assert_eq!(keys.len(), 2, "{keys:?}");
        return;
    };
    let leaves: Vec<_> = keys.iter().filter(|key| key.starts_with("l|")).collect();
    assert_eq!(
        keys.len(),
        head + leaves.len() + usize::from(is_found),
        "{keys:?}"
    );
    assert_eq!(
        keys.iter().collect::<BTreeSet<_>>().len(),
        keys.len(),
        "{keys:?}"
    );
    assert_eq!(!leaves.is_empty(), table.contains(r#""i":["#));
    for (part, leaf) in leaves.iter().enumerate() {
        assert!(
            part < 4 && leaf.ends_with(&format!(".{part}")),
            "parts in order, four at most: {leaves:?}"
        );
    }
}

fn check_sizes(entries: &Entries) {
    for (key, value) in entries.iter() {
        let most = if key.starts_with("l|") { 1000 } else { 1024 };
        assert!(
            key.len() <= 512 && value.len() <= most,
            "{key}: {} bytes",
            value.len()
        );
    }
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn small_tables_of_overlapping_patterns_route_as_the_model_says(
        routes in routes(dense_pattern(), 30),
        asks in asks(),
    ) {
        let table = table("dev", routes);
        let entries = entries(&table);
        check_sizes(&entries);
        agree(&table, &entries, &asks);
    }

    #[test]
    fn overlapping_patterns_route_as_the_model_says_or_are_refused(
        routes in routes(dense_pattern(), 160),
        asks in asks(),
    ) {
        let table = table("dev", routes);
        let compiled = compile(&table);
        prop_assume!(compiled.is_ok());
        agree(&table, &entries(&table), &asks);
    }
}

proptest! {
    #![proptest_config(config(32))]

    #[test]
    fn large_tables_route_as_the_model_says(routes in routes(service_pattern(), 1000), asks in asks()) {
        let table = table("dev", routes);
        let entries = entries(&table);
        check_sizes(&entries);
        agree(&table, &entries, &asks);
    }

    #[test]
    fn stages_that_share_an_edge_never_mix(
        base in routes(dense_pattern(), 40),
        preview in routes(service_pattern(), 300),
        asks in asks(),
    ) {
        let key = PreviewKey::new("0123456789abcdef".repeat(4).into()).unwrap();
        let mut base = table("dev", base);
        base.selection = Selection::Host(Some(key.clone()));
        let mut preview = table("pr-7", preview.into_iter().filter(|route| route.domain.is_none()).collect());
        preview.selection = Selection::Cookie;
        let mut store = entries(&base);
        store.merge(entries(&preview));
        check_sizes(&store);
        agree(&base, &store, &asks);
        if !preview.routes.is_empty() {
            let cookie = key.sign(DEFAULT_HOST, &preview.stage);
            agree_by_cookie(&preview, &store, &asks, &cookie);
        }
    }
}

#[test]
fn a_thousand_routes_take_three_reads_and_about_thirty_keys() {
    let routes: Vec<_> = (0..1000)
        .map(|n| to(&format!("c{n}"), &format!("/svc-{n:04}/*"), None))
        .collect();
    let table = table("dev", routes);
    let compiled = compile(&table).unwrap();
    let bytes: usize = compiled
        .iter()
        .map(|(key, value)| key.len() + value.len())
        .sum();
    assert_eq!((compiled.len(), bytes), (31, 30_880));
    let entries = entries(&table);
    for n in [0, 1, 499, 998, 999] {
        let store = Counted::new(&entries);
        let decision = route(&get(DEFAULT_HOST, &format!("/svc-{n:04}/x")), &store);
        assert_eq!(
            outcome(&decision),
            Ok(super::support::target_of(&format!("c{n}"), "dev").as_str())
        );
        assert_eq!(store.keys.borrow().len(), 3);
    }
}

#[test]
fn each_further_part_of_a_leaf_is_one_read_more() {
    let routes: Vec<_> = (0..150)
        .map(|n| to(&format!("c{n}"), &format!("/*/{n:03}"), None))
        .collect();
    let entries = entries(&table("dev", routes));
    let reads = |path: &str| {
        let store = Counted::new(&entries);
        let found = outcome(&route(&get(DEFAULT_HOST, path), &store)).is_ok();
        (found, store.keys.borrow().len())
    };
    assert_eq!(reads("/x/000"), (true, 3));
    assert_eq!(reads("/x/050"), (true, 4));
    assert_eq!(reads("/x/149"), (true, 6));
    assert_eq!(reads("/x/none"), (false, 5));
}

#[test]
fn a_path_with_encoded_characters_costs_no_further_read() {
    let routes: Vec<_> = (0..100)
        .map(|n| to(&format!("c{n}"), &format!("/svc-{n:04}/*"), None))
        .collect();
    let entries = entries(&table("dev", routes));
    let store = Counted::new(&entries);
    assert!(outcome(&route(&get(DEFAULT_HOST, "/svc-0042/a%20b"), &store)).is_ok());
    assert_eq!(store.keys.borrow().len(), 3);
}

#[test]
fn the_model_knows_what_matches() {
    let cases = [
        ("/*", "/", true),
        ("/*", "/a/b", true),
        ("/a?c", "/abc", true),
        ("/a?c", "/ac", false),
        ("/a*c", "/ac", true),
        ("/a*c", "/a/x/c", true),
        ("/a*c", "/a/x/cd", false),
        ("/A", "/a", false),
        ("/a", "/a/", false),
    ];
    for (pattern, path, expected) in cases {
        assert_eq!(model::matches(pattern, path), expected, "{pattern} {path}");
    }
}
