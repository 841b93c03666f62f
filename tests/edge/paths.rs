//! Paths that can be read in two ways.

use proptest::prelude::*;
use scf::edge::Entries;

use super::{
    model,
    support::{DEFAULT_HOST, entries, forwarded, get, outcome, route, table, target_of, to},
};

fn store() -> Entries {
    entries(&table(
        "dev",
        vec![
            to("admin", "/admin*", None),
            to("web", "/*", None),
            to("dot", "/.well-known/*", None),
        ],
    ))
}

#[test]
fn a_path_that_an_origin_may_read_as_another_route_is_refused() {
    let store = store();
    let refused = [
        "/%61dmin",
        "/%61%64%6D%69%6e/users",
        "/%2fadmin",
        "//admin",
        "/\\admin",
        "/x/../admin",
        "/x/%2e%2e/admin",
        "/x/%2E./admin",
        "/x/..%2fadmin",
        "/x%2f..%2fadmin",
        "/x/..;a=b/admin",
        "/./admin",
        "/../../admin",
        "/admin/..",
        "/admin/../x",
        "/admin/%2e%2e%2fx",
        "/.well-known/../x",
    ];
    for path in refused {
        assert_eq!(
            outcome(&route(&get(DEFAULT_HOST, path), &store)),
            Err(400),
            "{path}"
        );
    }
}

#[test]
fn a_path_that_means_one_route_in_both_readings_is_forwarded_as_sent() {
    let store = store();
    let routed = [
        ("/files/a%20b", "web"),
        ("/@scope%2Fname", "web"),
        ("/100%", "web"),
        ("/%zz%4", "web"),
        ("/caf%C3%A9", "web"),
        ("/caf%E9", "web"),
        ("/a//b", "web"),
        ("/proxy/https://example.com/", "web"),
        ("/x/./y/../z", "web"),
        ("/%2e%2e/", "web"),
        ("/admin/%61", "admin"),
        ("/admin/x%2Fy", "admin"),
        ("/%2561dmin", "web"),
        ("/.well-known/acme", "dot"),
        ("/...", "web"),
    ];
    for (path, container) in routed {
        let decision = route(&get(DEFAULT_HOST, path), &store);
        assert_eq!(
            outcome(&decision),
            Ok(target_of(container, "dev").as_str()),
            "{path}"
        );
        let scf::edge::Decision::Forward { uri, .. } = &decision else {
            panic!("not forwarded")
        };
        assert_eq!(uri, path);
        forwarded(decision);
    }
}

#[test]
fn what_is_no_path_is_refused() {
    for path in ["*", "", "http://example.com/", "admin"] {
        assert_eq!(
            outcome(&route(&get(DEFAULT_HOST, path), &store())),
            Err(400),
            "{path:?}"
        );
    }
}

/// How an origin reads a path that decodes, merges slashes and resolves dots: by rewriting until nothing changes.
fn eager(path: &str) -> String {
    let mut text = String::new();
    let bytes = path.as_bytes();
    let mut n = 0;
    while n < bytes.len() {
        let code = path
            .get(n + 1..n + 3)
            .filter(|_| bytes[n] == b'%')
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        text.push(char::from(code.unwrap_or(bytes[n])));
        n += if code.is_some() { 3 } else { 1 };
    }
    let mut text = text.replace('\\', "/");
    loop {
        let before = text.clone();
        text = text.replace("//", "/");
        if text != before {
            continue;
        }
        text = text.replace("/./", "/");
        if let Some(rest) = text.strip_prefix("/../") {
            text = format!("/{rest}");
        } else if let Some(at) = text.find("/../") {
            let parent = text[..at].rfind('/').unwrap();
            text = format!("{}{}", &text[..parent], &text[at + 3..]);
        }
        if text == before {
            break;
        }
    }
    if let Some(at) = text.strip_suffix("/..") {
        return at
            .rfind('/')
            .map_or("/".to_owned(), |parent| at[..=parent].to_owned());
    }
    text.strip_suffix("/.")
        .map_or(text.clone(), |kept| format!("{kept}/"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_path_reaches_a_route_other_than_the_one_its_origin_sees(
        path in "(/|//|%2[Ff]|\\\\|a|b|%61|%62|\\.|\\.\\.|%2[eE]|%|%5c){0,9}",
    ) {
        let path = format!("/{path}");
        let table = table("dev", vec![to("a", "/a*", None), to("b", "/b/*", None), to("ab", "/a/b*", None), to("one", "/?", None)]);
        let expected = match (model::find(&table.routes, DEFAULT_HOST, &path), model::find(&table.routes, DEFAULT_HOST, &eager(&path))) {
            (Some(sent), Some(seen)) if sent == seen => Ok(format!("{sent}.dev.test")),
            (None, None) => Err(404),
            _ => Err(400),
        };
        let decision = route(&get(DEFAULT_HOST, &path), &entries(&table));
        prop_assert_eq!(outcome(&decision).map(str::to_owned), expected, "{}", path);
    }
}
