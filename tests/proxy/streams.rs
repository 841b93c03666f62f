//! What is sent in pieces arrives in pieces.

use std::convert::Infallible;

use futures::StreamExt as _;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::{
    Request, Response,
    body::{Bytes, Frame},
};
use tokio::{io::AsyncWriteExt as _, sync::mpsc, time::timeout};

use crate::{
    bed::{Bed, PATIENCE, fargate, lambda},
    client::{Connection, connect, expect, head, read_to_end, request, send},
    upstream::{Reply, Upstream, read_head, reply},
};

/// A body whose pieces are sent through a channel.
fn pieces() -> (
    mpsc::UnboundedSender<&'static str>,
    impl hyper::body::Body<Data = Bytes, Error = Infallible> + Send + Sync + 'static,
) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let pieces = futures::stream::unfold(
        receiver,
        |mut receiver: mpsc::UnboundedReceiver<&str>| async {
            let piece = receiver.recv().await?;
            Some((piece, receiver))
        },
    );
    let frames = pieces.map(|piece| Ok(Frame::data(Bytes::from_static(piece.as_bytes()))));
    (sender, StreamBody::new(frames))
}

#[tokio::test]
async fn an_answer_arrives_while_it_is_made() {
    for served in [fargate("api", "/*"), lambda("api", "/*")] {
        let (sender, receiver) = mpsc::unbounded_channel();
        let api = Upstream::replying(move |_| {
            let (pieces, body) = pieces();
            sender.send(pieces).unwrap();
            async move { Response::new(body.boxed()) as Reply }
        })
        .await;
        let bed = Bed::serving(&[served.at(api.address)]).await;
        let mut receiver = receiver;
        let mut connection = Connection::open(bed.port).await;
        let answer = connection.begin(request("GET", "/", "")).await.unwrap();
        let pieces = receiver.recv().await.unwrap();
        let mut body = answer.into_body();
        for piece in ["data: 1\n\n", "data: 2\n\n", "data: 3\n\n"] {
            pieces.send(piece).unwrap();
            let frame = timeout(PATIENCE, body.frame())
                .await
                .expect("before the next piece is sent");
            assert_eq!(frame.unwrap().unwrap().into_data().unwrap(), piece);
        }
        drop(pieces);
        assert!(
            timeout(PATIENCE, body.frame()).await.unwrap().is_none(),
            "the answer ends"
        );
        bed.await_in_flight("api-0", 0).await;
    }
}

#[tokio::test]
async fn a_request_without_a_length_arrives_whole() {
    for served in [fargate("api", "/*"), lambda("api", "/*")] {
        let api = Upstream::replying(|seen| async move { reply(seen.body) }).await;
        let bed = Bed::serving(&[served.at(api.address)]).await;
        let (pieces, body) = pieces();
        for piece in ["one ", "two ", "three"] {
            pieces.send(piece).unwrap();
        }
        drop(pieces);
        let sent = Request::post("/")
            .header("host", "localhost")
            .body(body)
            .unwrap();
        assert_eq!(send(bed.port, sent).await.text(), "one two three");
    }
}

#[tokio::test]
async fn a_request_reaches_the_task_while_it_is_sent() {
    let api = Upstream::raw(|mut stream| async move {
        read_head(&mut stream).await;
        expect(&mut stream, "5\r\nfirst\r\n").await;
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\ngot\r\n")
            .await
            .unwrap();
        expect(&mut stream, "4\r\nlast\r\n0\r\n\r\n").await;
        stream.write_all(b"3\r\nall\r\n0\r\n\r\n").await.unwrap();
    })
    .await;
    let bed = Bed::serving(&[fargate("api", "/*").at(api.address)]).await;
    let mut viewer = connect(bed.port).await;
    let begin = "POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
                 transfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n";
    viewer.write_all(begin.as_bytes()).await.unwrap();
    assert!(head(&mut viewer).await.starts_with("HTTP/1.1 200 OK\r\n"));
    expect(&mut viewer, "3\r\ngot\r\n").await;
    viewer.write_all(b"4\r\nlast\r\n0\r\n\r\n").await.unwrap();
    assert_eq!(read_to_end(&mut viewer).await, "3\r\nall\r\n0\r\n\r\n");
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_not_taken_for_a_whole_one() {
    let api = Upstream::raw(|mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
            .await;
    })
    .await;
    let bed = Bed::serving(&[fargate("api", "/*").at(api.address)]).await;
    let mut connection = Connection::open(bed.port).await;
    let answer = connection.begin(request("GET", "/", "")).await.unwrap();
    assert!(crate::client::whole(answer).await.is_err());
    bed.await_in_flight("api-0", 0).await;
}
