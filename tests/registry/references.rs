//! Names of images.

use insta::assert_snapshot;
use scf::{
    error::Diagnose,
    image::registry::{Reference, Registry},
};

#[test]
fn defaults_and_other_names_of_docker_hub_are_understood() {
    let digest = format!("sha256:{}", "0a".repeat(32));
    let read = [
        ("node", "docker.io/library/node:latest".to_owned()),
        ("org/app:1", "docker.io/org/app:1".to_owned()),
        (
            "index.docker.io/org/app",
            "docker.io/org/app:latest".to_owned(),
        ),
        ("localhost/app", "localhost/app:latest".to_owned()),
        (
            "ghcr.io/Org/app".to_lowercase().leak(),
            "ghcr.io/org/app:latest".to_owned(),
        ),
        (
            "127.0.0.1:5000/a/b/c:v1.2_x-",
            "127.0.0.1:5000/a/b/c:v1.2_x-".to_owned(),
        ),
        ("[::1]:5000/a", "[::1]:5000/a:latest".to_owned()),
        (
            format!("ghcr.io/a:1@{digest}").leak(),
            format!("ghcr.io/a@{digest}"),
        ),
    ];
    for (given, expected) in read {
        assert_eq!(
            given.parse::<Reference>().unwrap().to_string(),
            expected,
            "{given}"
        );
    }
    for address in [
        "https://index.docker.io/v1/",
        "docker.io",
        "registry-1.docker.io",
        "https://registry.hub.docker.com",
    ] {
        assert_eq!(
            Registry::parse(address).unwrap().as_str(),
            "docker.io",
            "{address}"
        );
    }
}

#[test]
fn what_is_no_name_is_refused_with_its_reason() {
    let names = [
        "",
        "ghcr.io/Org/app",
        "a//b",
        "a:",
        "a:b c",
        "ghcr.io:x/a",
        "a@sha256:12",
        "a..b",
        "-a",
    ];
    let told = names.map(|name| name.parse::<Reference>().unwrap_err().to_string());
    assert_snapshot!(told.join("\n"), @r#"
    "" is not the name of an image: its repository may have only lower-case words, digits and single `.`, `_`, `-` between them
    "ghcr.io/Org/app" is not the name of an image: its repository may have only lower-case words, digits and single `.`, `_`, `-` between them
    "a//b" is not the name of an image: its repository may have only lower-case words, digits and single `.`, `_`, `-` between them
    "a:" is not the name of an image: its tag may have only letters, digits, `.`, `_` and `-`, at most 128
    "a:b c" is not the name of an image: its tag may have only letters, digits, `.`, `_` and `-`, at most 128
    "ghcr.io:x/a" is not the name of an image: its registry is no host
    "a@sha256:12" is not the name of an image: its digest is not `sha256:` and 64 digits
    "a..b" is not the name of an image: its repository may have only lower-case words, digits and single `.`, `_`, `-` between them
    "-a" is not the name of an image: its repository may have only lower-case words, digits and single `.`, `_`, `-` between them
    "#);
    assert_snapshot!("a:".parse::<Reference>().unwrap_err().hint().unwrap(), @"write `registry/repository:tag`, as in `ghcr.io/org/app:cache`, or `registry/repository@sha256:…`");
}
