//! Connections that become something else.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::{
    bed::{Bed, fargate, lambda},
    client::{connect, expect, head, read_to_end},
    upstream::{Upstream, read_head},
};

const ASK: &str = "GET /socket HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\n\
                   upgrade: websocket\r\nsec-websocket-version: 13\r\n\
                   sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const AGREE: &str = "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\n\
                     upgrade: websocket\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// Agrees to the upgrade, then sends back every byte, upper-case.
async fn shouting() -> Upstream {
    Upstream::raw(|mut stream| async move {
        let head = read_head(&mut stream).await.to_ascii_lowercase();
        for header in [
            "upgrade: websocket\r\n",
            "connection: upgrade\r\n",
            "sec-websocket-key: ",
        ] {
            assert!(head.contains(header), "{head}");
        }
        stream.write_all(AGREE.as_bytes()).await.unwrap();
        let mut buffer = [0; 1024];
        while let Ok(length @ 1..) = stream.read(&mut buffer).await {
            let shouted = buffer[..length].to_ascii_uppercase();
            if stream.write_all(&shouted).await.is_err() {
                break;
            }
        }
    })
    .await
}

#[tokio::test]
async fn a_websocket_to_fargate_carries_bytes_both_ways() {
    let api = shouting().await;
    let bed = Bed::serving(&[fargate("api", "/*").at(api.address)]).await;
    let mut viewer = connect(bed.port).await;
    viewer.write_all(ASK.as_bytes()).await.unwrap();
    let answer = head(&mut viewer).await.to_ascii_lowercase();
    assert!(
        answer.starts_with("http/1.1 101 switching protocols\r\n"),
        "{answer}"
    );
    for header in [
        "upgrade: websocket",
        "connection: upgrade",
        "sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=",
    ] {
        assert!(answer.contains(header), "{answer}");
    }
    assert_eq!(bed.in_flight("api-0").await, 1);
    for word in ["hello", "\u{0}not http\r\n\r\n", "bye"] {
        viewer.write_all(word.as_bytes()).await.unwrap();
        expect(&mut viewer, &word.to_ascii_uppercase()).await;
    }
    viewer.shutdown().await.unwrap();
    assert_eq!(read_to_end(&mut viewer).await, "", "the end is passed on");
    bed.await_in_flight("api-0", 0).await;
}

#[tokio::test]
async fn a_viewer_that_disappears_frees_the_task() {
    let api = shouting().await;
    let bed = Bed::serving(&[fargate("api", "/*").at(api.address)]).await;
    let mut viewer = connect(bed.port).await;
    viewer.write_all(ASK.as_bytes()).await.unwrap();
    head(&mut viewer).await;
    bed.await_in_flight("api-0", 1).await;
    drop(viewer);
    bed.await_in_flight("api-0", 0).await;
}

#[tokio::test]
async fn a_task_that_refuses_the_upgrade_is_heard() {
    let api = Upstream::named("no sockets here").await;
    let bed = Bed::serving(&[fargate("api", "/*").at(api.address)]).await;
    let mut viewer = connect(bed.port).await;
    viewer
        .write_all(ASK.replace("Upgrade\r\n", "Upgrade, close\r\n").as_bytes())
        .await
        .unwrap();
    let answer = read_to_end(&mut viewer).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("no sockets here"), "{answer}");
}

#[tokio::test]
async fn lambda_has_no_websockets_but_ignores_other_offers() {
    let web = Upstream::named("web").await;
    let bed = Bed::serving(&[lambda("web", "/*").at(web.address)]).await;
    let mut viewer = connect(bed.port).await;
    viewer.write_all(ASK.as_bytes()).await.unwrap();
    let answer = head(&mut viewer).await;
    assert!(
        answer.starts_with("HTTP/1.1 501 Not Implemented\r\n"),
        "{answer}"
    );
    assert_eq!(web.seen().len(), 0);

    let mut viewer = connect(bed.port).await;
    let offer = "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade, HTTP2-Settings, close\r\n\
                 upgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n\r\n";
    viewer.write_all(offer.as_bytes()).await.unwrap();
    let answer = read_to_end(&mut viewer).await;
    assert!(
        answer.starts_with("HTTP/1.1 200 OK\r\n"),
        "curl --http2 offers this: {answer}"
    );
}
