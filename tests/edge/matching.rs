//! router.js against the model, over random tables and paths.

use std::collections::BTreeSet;

use proptest::{prelude::*, sample::Index};
use scf::edge::{Entries, Route, RouteTable, Selection, compile};

use super::{
    model,
    support::{Counted, DEFAULT_HOST, entries, get, origin, outcome, route, table, to},
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

fn paths() -> impl Strategy<Value = Vec<(Index, String, Option<(Index, char)>, usize)>> {
    let change = prop::option::of((
        any::<Index>(),
        prop::sample::select(vec!['a', 'b', '/', '-', 'z']),
    ));
    prop::collection::vec(
        (any::<Index>(), "[ab/c.]{0,6}", change, 0..=DOMAINS.len()),
        24,
    )
}

/// Asks both about each path; returns how many reads the most expensive request took.
fn agree(
    table: &RouteTable,
    entries: &Entries,
    paths: Vec<(Index, String, Option<(Index, char)>, usize)>,
) {
    for (index, filling, change, host) in paths {
        let path = near(&index.get(&table.routes).pattern, &filling, change);
        // What an origin may read in another way has tests of its own.
        if path.contains("//")
            || path
                .split('/')
                .any(|segment| segment == "." || segment == "..")
        {
            continue;
        }
        let host = DOMAINS.get(host).copied().unwrap_or(DEFAULT_HOST);
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
        check_reads(entries, &store.keys.borrow(), host, expected.is_ok());
    }
}

/// Two reads, one more for an index, one more for each further part; for what is not there, `exists()` too.
fn check_reads(entries: &Entries, keys: &[String], host: &str, is_found: bool) {
    let Some(value) = entries.get(&format!("h|{host}")) else {
        assert_eq!(keys, [format!("h|{host}"), format!("h|{host}")]);
        return;
    };
    let leaves: Vec<_> = keys.iter().filter(|key| key.starts_with("l|")).collect();
    assert_eq!(
        keys.len(),
        1 + leaves.len() + usize::from(is_found),
        "{keys:?}"
    );
    assert_eq!(
        keys.iter().collect::<BTreeSet<_>>().len(),
        keys.len(),
        "nothing is read twice: {keys:?}"
    );
    let is_indexed = value.contains(r#""i":["#);
    assert_eq!(!leaves.is_empty(), is_indexed);
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn small_tables_of_overlapping_patterns_route_as_the_model_says(
        routes in routes(dense_pattern(), 30),
        paths in paths(),
    ) {
        let table = table("dev", routes);
        let entries = entries(&table);
        check_sizes(&entries);
        agree(&table, &entries, paths);
    }

    #[test]
    fn large_tables_route_as_the_model_says(routes in routes(service_pattern(), 1000), paths in paths()) {
        let table = table("dev", routes);
        let entries = entries(&table);
        check_sizes(&entries);
        agree(&table, &entries, paths);
    }

    #[test]
    fn overlapping_patterns_route_as_the_model_says_or_are_refused(
        routes in routes(dense_pattern(), 160),
        paths in paths(),
    ) {
        let table = table("dev", routes);
        let compiled = compile(&table);
        prop_assume!(compiled.is_ok());
        agree(&table, &entries(&table), paths);
    }

    #[test]
    fn the_stages_of_a_store_never_mix(base in routes(dense_pattern(), 40), preview in routes(service_pattern(), 200), paths in paths()) {
        let base = table("dev", base);
        let mut preview = table("pr-7", preview);
        preview.selection = Selection::Cookie;
        preview.routes.iter_mut().filter(|route| route.domain.is_some()).for_each(|route| {
            route.domain = Some("pr-7-api.example.com".to_owned());
        });
        let unique: BTreeSet<_> = preview.routes.iter().map(|r| (r.pattern.clone(), r.domain.clone())).collect();
        prop_assume!(unique.len() == preview.routes.len());
        let mut store = entries(&base);
        store.merge(entries(&preview));
        agree(&base, &store, paths);
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
    assert_eq!((compiled.len(), bytes), (28, 0));
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
        assert_eq!(
            model::matches(pattern.as_bytes(), path.as_bytes()),
            expected,
            "{pattern} {path}"
        );
    }
    let _ = origin;
}
