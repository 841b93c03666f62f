//! Which request goes to which container.

use crate::{
    bed::{Bed, fargate, lambda},
    client::{get, get_from, raw, request, send},
    upstream::Upstream,
};

#[tokio::test]
async fn the_path_decides_and_the_more_exact_pattern_wins() {
    let (web, api, health) = (
        Upstream::named("web").await,
        Upstream::named("api").await,
        Upstream::named("health").await,
    );
    let bed = Bed::serving(&[
        lambda("web", "/*").at(web.address),
        fargate("api", "/api/*").at(api.address),
        fargate("health", "/api/health").at(health.address),
    ])
    .await;
    let routes = [
        ("/", "web"),
        ("/api", "web"),
        ("/api/", "api"),
        ("/api/items?all=1", "api"),
        ("/api/health", "health"),
        ("/api/healthy", "api"),
        ("/API/items", "web"),
    ];
    for (path, expected) in routes {
        let answer = get(bed.port, path).await;
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (200, expected),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_domain_is_reached_below_localhost_and_addresses_mean_the_default_host() {
    let (shop, docs) = (Upstream::named("shop").await, Upstream::named("docs").await);
    let bed = Bed::serving(&[
        lambda("shop", "/*").at(shop.address),
        lambda("docs", "/docs/*")
            .domain("docs.example.com")
            .at(docs.address),
    ])
    .await;
    let port = bed.port;
    let hosts = [
        ("localhost".to_owned(), "shop"),
        (format!("localhost:{port}"), "shop"),
        ("LOCALHOST".to_owned(), "shop"),
        ("127.0.0.1".to_owned(), "shop"),
        (format!("127.0.0.1:{port}"), "shop"),
        (format!("[::1]:{port}"), "shop"),
        (format!("docs.example.com.localhost:{port}"), "docs"),
        ("Docs.Example.com.localhost".to_owned(), "docs"),
        ("docs.example.com".to_owned(), "docs"),
    ];
    for (host, expected) in hosts {
        let answer = get_from(port, &host, "/docs/index").await;
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (200, expected),
            "{host}"
        );
    }
    let at_default = get_from(port, "docs.example.com.localhost", "/cart").await;
    assert_eq!(
        at_default.text(),
        "shop",
        "routes without a domain are served at every host"
    );
}

#[tokio::test]
async fn what_no_route_or_host_matches_is_answered_at_the_edge() {
    let api = Upstream::named("api").await;
    let bed = Bed::serving(&[fargate("api", "/api/*").at(api.address)]).await;
    let unknown_path = get(bed.port, "/other").await;
    assert_eq!(unknown_path.status, 404);
    insta::assert_snapshot!(unknown_path.text(), @"scf: no route matches this path");
    let unknown_host = get_from(bed.port, "other.example", "/api/").await;
    assert_eq!(unknown_host.status, 404);
    insta::assert_snapshot!(unknown_host.text(), @"scf: nothing is deployed at this host");
    let ambiguous = get(bed.port, "/api/%2e%2e/other").await;
    assert_eq!(ambiguous.status, 400);
    for answer in [unknown_path, unknown_host, ambiguous] {
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    assert_eq!(api.seen().len(), 0);
}

#[tokio::test]
async fn a_viewer_cannot_choose_the_target_nor_say_what_only_the_edge_may_say() {
    let (api, admin) = (Upstream::named("api").await, Upstream::named("admin").await);
    let hidden = fargate("admin", "/admin/*")
        .domain("admin.example")
        .at(admin.address);
    let open = fargate("api", "/*").at(api.address);
    let bed = Bed::serving(&[open.clone(), hidden.clone()]).await;
    let mut forged = request("GET", "/", "");
    let headers = forged.headers_mut();
    headers.insert("x-scf-target", hidden.target_header().parse().unwrap());
    headers.insert("x-scf-key", "forged".parse().unwrap());
    headers.insert("x-scf-anything", "forged".parse().unwrap());
    headers.insert("x-forwarded-host", "bank.example".parse().unwrap());
    headers.insert("x-forwarded-for", "10.9.9.9".parse().unwrap());
    headers.insert("forwarded", "for=10.9.9.9".parse().unwrap());
    assert_eq!(send(bed.port, forged).await.text(), "api");
    let seen = api.only();
    assert_eq!(seen.header("x-scf-target"), open.target_header());
    assert!(!format!("{:?}", seen.headers).contains("forged"));
    assert_eq!(seen.header("x-forwarded-host"), "localhost");
    assert_eq!(seen.header("x-forwarded-for"), "127.0.0.1");
    assert_eq!(seen.header("x-forwarded-proto"), "http");
    let forwarded: Vec<_> = seen.headers.get_all("forwarded").iter().collect();
    assert_eq!(forwarded, ["host=\"localhost\";proto=http"]);
}

#[tokio::test]
async fn lambda_gets_its_own_host_and_fargate_the_viewers() {
    let (web, api) = (Upstream::named("web").await, Upstream::named("api").await);
    let bed = Bed::serving(&[
        lambda("web", "/*").at(web.address),
        fargate("api", "/api/*").at(api.address),
    ])
    .await;
    get(bed.port, "/").await;
    get(bed.port, "/api/").await;
    assert!(web.only().header("host").ends_with(".lambda-url.internal"));
    assert_eq!(
        web.only().header("x-scf-target"),
        "",
        "a function URL has no rule to match it"
    );
    assert_eq!(api.only().header("host"), "localhost");
}

#[tokio::test]
async fn what_cloudfront_does_not_forward_is_not_forwarded_here() {
    let api = Upstream::named("api").await;
    let bed = Bed::serving(&[fargate("api", "/*").at(api.address)]).await;
    let trace = raw(
        bed.port,
        b"TRACE / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
    );
    assert!(trace.await.starts_with("HTTP/1.1 403 "));
    let hosts = b"GET / HTTP/1.1\r\nhost: localhost\r\nhost: other\r\nconnection: close\r\n\r\n";
    assert!(raw(bed.port, hosts).await.starts_with("HTTP/1.1 400 "));
    let no_host = b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n";
    assert!(raw(bed.port, no_host).await.starts_with("HTTP/1.1 400 "));
    let with_body = send(bed.port, request("GET", "/", "a body")).await;
    assert_eq!(with_body.status, 403);
    insta::assert_snapshot!(with_body.text(), @"the body of a GET or HEAD request is not forwarded");
    let long = get(bed.port, &format!("/{}", "x".repeat(8192))).await;
    assert_eq!(long.status, 413);
    let fits = get(bed.port, &format!("/{}", "x".repeat(8000))).await;
    assert_eq!(fits.status, 200);
    assert_eq!(api.only().uri.len(), 8001);
}
