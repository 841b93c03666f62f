//! Requests and answers arrive as they were sent.

use http_body_util::{BodyExt as _, Empty};
use hyper::{Response, StatusCode};

use crate::{
    bed::{Bed, fargate, lambda},
    client::{Connection, connect, get, head, raw, read_to_end, request, send},
    upstream::{Reply, Upstream, reply},
};

/// Every byte that a body can have, in an order that shows what was swapped.
fn bytes() -> Vec<u8> {
    (0..=255)
        .chain((0..=255).rev())
        .cycle()
        .take(10_000)
        .collect()
}

#[tokio::test]
async fn method_path_query_headers_and_body_arrive_byte_for_byte() {
    let (web, api) = (Upstream::named("web").await, Upstream::named("api").await);
    let bed = Bed::serving(&[
        lambda("web", "/web/*").at(web.address),
        fargate("api", "/api/*").at(api.address),
    ])
    .await;
    for (upstream, prefix) in [(&web, "/web"), (&api, "/api")] {
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            let path =
                format!("{prefix}/caf%C3%A9/a+b;v=1?q=%20x&q=y&empty=&&flag&url=http://a/?b");
            let mut sent = request(method, &path, bytes());
            let headers = sent.headers_mut();
            headers.append("x-twice", "one".parse().unwrap());
            headers.append("x-twice", "two".parse().unwrap());
            headers.insert("accept-language", "de, en;q=0.5".parse().unwrap());
            headers.insert("authorization", "Basic YTpi".parse().unwrap());
            headers.insert("cookie", "a=1; b=\"2\"; c".parse().unwrap());
            headers.insert(
                "x-utf8",
                hyper::header::HeaderValue::from_bytes("é→".as_bytes()).unwrap(),
            );
            headers.insert(
                "x-latin",
                hyper::header::HeaderValue::from_bytes(b"caf\xe9").unwrap(),
            );
            assert_eq!(send(bed.port, sent).await.status, 200, "{method} {path}");
            let seen = upstream.seen().pop().unwrap();
            assert_eq!((seen.method.as_str(), &seen.uri), (method, &path));
            assert_eq!(seen.body, bytes());
            let twice: Vec<_> = seen.headers.get_all("x-twice").iter().collect();
            assert_eq!(twice, ["one", "two"]);
            assert_eq!(seen.header("accept-language"), "de, en;q=0.5");
            assert_eq!(seen.header("authorization"), "Basic YTpi");
            assert_eq!(seen.header("cookie"), "a=1; b=\"2\"; c");
            assert_eq!(seen.headers["x-utf8"].as_bytes(), "é→".as_bytes());
            assert_eq!(seen.headers["x-latin"].as_bytes(), b"caf\xe9");
            assert_eq!(seen.header("content-length"), "10000");
        }
    }
}

#[tokio::test]
async fn headers_of_the_connection_stay_on_it() {
    let api = Upstream::named("api").await;
    let bed = Bed::serving(&[fargate("api", "/*").at(api.address)]).await;
    let sent = "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close, x-mine\r\nx-mine: 1\r\n\
                keep-alive: timeout=5\r\nte: trailers\r\nproxy-authorization: Basic x\r\n\
                upgrade: h2c\r\nx-kept: 1\r\n\r\n";
    assert!(
        raw(bed.port, sent.as_bytes())
            .await
            .starts_with("HTTP/1.1 200 OK\r\n")
    );
    let seen = api.only();
    for name in [
        "connection",
        "x-mine",
        "keep-alive",
        "te",
        "proxy-authorization",
        "upgrade",
    ] {
        assert!(!seen.headers.contains_key(name), "{name} was forwarded");
    }
    assert_eq!(seen.header("x-kept"), "1");
}

#[tokio::test]
async fn answers_come_back_byte_for_byte() {
    let api = Upstream::replying(|_| async {
        let mut answer = reply(bytes());
        *answer.status_mut() = StatusCode::from_u16(299).unwrap();
        let headers = answer.headers_mut();
        headers.append("set-cookie", "a=1; Path=/".parse().unwrap());
        headers.append("set-cookie", "b=2; HttpOnly".parse().unwrap());
        headers.insert(
            "x-latin",
            hyper::header::HeaderValue::from_bytes(b"caf\xe9").unwrap(),
        );
        headers.insert("keep-alive", "timeout=5".parse().unwrap());
        headers.insert("cache-control", "max-age=60".parse().unwrap());
        answer
    })
    .await;
    let bed = Bed::serving(&[fargate("api", "/*").at(api.address)]).await;
    let answer = get(bed.port, "/").await;
    assert_eq!((answer.status, &answer.body[..]), (299, &bytes()[..]));
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1; Path=/", "b=2; HttpOnly"]);
    assert_eq!(answer.headers["x-latin"].as_bytes(), b"caf\xe9");
    assert_eq!(answer.header("cache-control"), "max-age=60");
    assert!(!answer.headers.contains_key("keep-alive"));
}

fn empty(status: u16) -> Reply {
    Response::builder()
        .status(status)
        .header("etag", "\"1\"")
        .body(Empty::new().boxed())
        .unwrap()
}

#[tokio::test]
async fn answers_without_a_body_end_with_their_head() {
    let api = Upstream::replying(|seen| async move {
        match seen.uri.as_str() {
            "/204" => empty(204),
            "/304" => empty(304),
            _ => reply("twelve bytes"),
        }
    })
    .await;
    let bed = Bed::serving(&[fargate("api", "/*").at(api.address)]).await;
    let mut connection = Connection::open(bed.port).await;
    for (method, path, status) in [
        ("GET", "/204", 204),
        ("GET", "/304", 304),
        ("HEAD", "/", 200),
    ] {
        let answer = connection.send(request(method, path, "")).await.unwrap();
        assert_eq!(
            (answer.status, answer.body.len()),
            (status, 0),
            "{method} {path}"
        );
    }
    let head = connection.send(request("HEAD", "/", "")).await.unwrap();
    assert_eq!(
        head.header("content-length"),
        "12",
        "HEAD tells the length of what GET would send"
    );
    let get = connection.send(request("GET", "/", "")).await.unwrap();
    assert_eq!(
        get.text(),
        "twelve bytes",
        "the connection is still in step"
    );
}

#[tokio::test]
async fn many_requests_share_one_connection() {
    let api = Upstream::replying(|seen| async move { reply(seen.uri) }).await;
    let bed = Bed::serving(&[fargate("api", "/*").at(api.address)]).await;
    let mut connection = Connection::open(bed.port).await;
    for number in 0..200 {
        let path = format!("/{number}");
        let body = if number % 3 == 0 { "body" } else { "" };
        let method = if body.is_empty() { "GET" } else { "POST" };
        let answer = connection.send(request(method, &path, body)).await.unwrap();
        assert_eq!(answer.text(), path);
    }
    assert_eq!(api.seen().len(), 200);
}

/// Development servers often speak HTTP/1.0 and end a body by closing.
#[tokio::test]
async fn a_task_that_speaks_http_1_0_does_not_lower_the_viewers_protocol() {
    let old = Upstream::raw(|mut stream| async move {
        crate::upstream::read_head(&mut stream).await;
        let answer = b"HTTP/1.0 200 OK\r\ncontent-type: text/plain\r\n\r\nuntil the end";
        let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, answer).await;
    })
    .await;
    let bed = Bed::serving(&[fargate("old", "/*").at(old.address)]).await;
    let mut connection = Connection::open(bed.port).await;
    for _ in 0..2 {
        let answer = connection.begin(request("GET", "/", "")).await.unwrap();
        assert_eq!(answer.version(), hyper::Version::HTTP_11);
        let answer = crate::client::whole(answer).await.unwrap();
        assert_eq!(answer.text(), "until the end");
    }
}

#[tokio::test]
async fn a_viewer_that_speaks_http_1_0_is_answered() {
    let api = Upstream::named("api").await;
    let bed = Bed::serving(&[fargate("api", "/*").at(api.address)]).await;
    let answer = raw(bed.port, b"GET / HTTP/1.0\r\nhost: localhost\r\n\r\n").await;
    assert!(
        answer.starts_with("HTTP/1.0 200 OK\r\n") && answer.ends_with("\r\n\r\napi"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_viewer_that_asks_first_is_told_to_go_on() {
    use tokio::io::AsyncWriteExt as _;
    let api = Upstream::replying(|seen| async move { reply(seen.body) }).await;
    let bed = Bed::serving(&[fargate("api", "/*").at(api.address)]).await;
    let mut stream = connect(bed.port).await;
    let sent = "POST / HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\n\
                content-length: 4\r\nconnection: close\r\n\r\n";
    stream.write_all(sent.as_bytes()).await.unwrap();
    assert_eq!(head(&mut stream).await, "HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"body").await.unwrap();
    let answer = read_to_end(&mut stream).await;
    assert!(
        answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("body"),
        "{answer}"
    );
}
