//! Limits of the compute services hold here too.

use std::time::{Duration, Instant};

use futures::StreamExt as _;
use http_body_util::StreamBody;
use hyper::{
    Request,
    body::{Bytes, Frame},
};
use tokio::io::AsyncWriteExt as _;

use crate::{
    bed::{Bed, fargate, lambda},
    client::{connect, get, pause, raw, read_to_end, request, send},
    upstream::{Upstream, nobody, reply},
};

const SIX_MEGABYTES: usize = 6 * 1024 * 1024;

/// A body without a length.
fn chunked(
    length: usize,
) -> Request<impl hyper::body::Body<Data = Bytes, Error = std::convert::Infallible> + Send> {
    let piece = Bytes::from_static(&[7; 4096]);
    let last = piece.slice(..length % 4096);
    let pieces = futures::stream::iter(std::iter::repeat_n(piece, length / 4096).chain([last]));
    let body = StreamBody::new(pieces.map(|piece| Ok(Frame::data(piece))));
    Request::post("/")
        .header("host", "localhost")
        .body(body)
        .unwrap()
}

#[tokio::test]
async fn lambda_takes_six_megabytes_and_not_a_byte_more() {
    let web = Upstream::replying(|seen| async move { reply(seen.body.len().to_string()) }).await;
    let bed = Bed::serving(&[lambda("web", "/*").at(web.address)]).await;
    let exactly = vec![7; SIX_MEGABYTES];
    assert_eq!(
        send(bed.port, request("POST", "/", exactly)).await.text(),
        "6291456"
    );
    assert_eq!(
        send(bed.port, chunked(SIX_MEGABYTES)).await.text(),
        "6291456"
    );
    assert_eq!(web.seen().len(), 2);
    let more = vec![7; SIX_MEGABYTES + 1];
    let refused = send(bed.port, request("POST", "/", more)).await;
    assert_eq!(refused.status, 413);
    insta::assert_snapshot!(refused.text(), @"awsLambda takes requests of at most 6 MB");
    assert_eq!(send(bed.port, chunked(SIX_MEGABYTES + 1)).await.status, 413);
    assert_eq!(web.seen().len(), 2, "what is refused is not sent");
    assert_eq!(bed.in_flight("web-0").await, 0);
}

#[tokio::test]
async fn a_length_that_is_too_long_is_refused_before_the_body_is_sent() {
    let web = Upstream::named("web").await;
    let bed = Bed::serving(&[lambda("web", "/*").at(web.address)]).await;
    let sent = "POST / HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\n\
                connection: close\r\ncontent-length: 6291457\r\n\r\n";
    let answer = raw(bed.port, sent.as_bytes()).await;
    assert!(
        answer.starts_with("HTTP/1.1 413 Payload Too Large\r\n"),
        "{answer}"
    );
}

#[tokio::test]
async fn an_upload_that_breaks_off_never_reaches_lambda() {
    let web = Upstream::named("web").await;
    let bed = Bed::serving(&[lambda("web", "/*").at(web.address)]).await;
    let mut viewer = connect(bed.port).await;
    let sent = "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\nhalf";
    viewer.write_all(sent.as_bytes()).await.unwrap();
    bed.await_in_flight("web-0", 1).await;
    drop(viewer);
    bed.await_in_flight("web-0", 0).await;
    assert_eq!(web.seen().len(), 0);
}

#[tokio::test]
async fn a_task_that_does_not_answer_in_time_is_given_up() {
    let slow = Upstream::replying(|_| async {
        pause(60_000).await;
        reply("late")
    })
    .await;
    for served in [lambda("slow", "/*"), fargate("slow", "/*")] {
        let bed = Bed::serving(&[served.timeout(1).at(slow.address)]).await;
        let began = Instant::now();
        let answer = send(bed.port, request("POST", "/", "body")).await;
        assert_eq!(answer.status, 504);
        assert_eq!(answer.text(), "no answer within 1 s\n");
        let took = began.elapsed();
        assert!(
            (Duration::from_millis(950)..Duration::from_secs(5)).contains(&took),
            "{took:?}"
        );
        bed.await_in_flight("slow-0", 0).await;
    }
}

#[tokio::test]
async fn the_time_of_a_slow_upload_does_not_count() {
    for served in [lambda("api", "/*"), fargate("api", "/*")] {
        let api = Upstream::replying(|seen| async move { reply(seen.body) }).await;
        let bed = Bed::serving(&[served.timeout(1).at(api.address)]).await;
        let mut viewer = connect(bed.port).await;
        let sent =
            "POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 4\r\n\r\n";
        viewer.write_all(sent.as_bytes()).await.unwrap();
        for byte in [b"b", b"o", b"d", b"y"] {
            pause(400).await;
            viewer.write_all(byte).await.unwrap();
        }
        let answer = read_to_end(&mut viewer).await;
        assert!(
            answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("body"),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn without_a_task_the_answer_says_so() {
    let bed = Bed::serving(&[
        fargate("refusing", "/refusing").at(nobody().await),
        fargate("empty", "/empty"),
    ])
    .await;
    let refusing = get(bed.port, "/refusing").await;
    assert_eq!(refusing.status, 502);
    insta::assert_snapshot!(refusing.text(), @"no task accepts connections");
    let empty = get(bed.port, "/empty").await;
    assert_eq!(empty.status, 503);
    insta::assert_snapshot!(empty.text(), @"no task serves this route");
    assert_eq!(bed.in_flight("refusing-0").await, 0);
}
