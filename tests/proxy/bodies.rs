//! Large bodies are passed on, not held.

use std::convert::Infallible;

use futures::{StreamExt as _, stream};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::{
    Request, Response,
    body::{Body, Bytes, Frame, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;

use crate::{
    bed::{Bed, fargate},
    client::{Connection, get, request, send},
    upstream::{Reply, Upstream, reply},
};

const CHUNK: usize = 64 * 1024;
/// 50 MiB.
const CHUNKS: usize = 800;
/// Far below a body, far above the buffers of a connection.
const MOST_GROWTH_KIB: u64 = 16 * 1024;

/// Bytes that are not those of any other number.
fn chunk(number: usize) -> Bytes {
    let mut bytes = vec![0xa5; CHUNK];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    bytes.into()
}

/// A body of 50 MiB in frames, without a length.
fn large() -> impl Body<Data = Bytes, Error = Infallible> + Send + Sync + 'static {
    StreamBody::new(stream::iter(0..CHUNKS).map(|number| Ok(Frame::data(chunk(number)))))
}

/// Reads a body without holding it: whether it is, to the last byte, the large one.
async fn is_large(mut body: Incoming) -> bool {
    let (mut expected, mut next) = (Bytes::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(mut data) = frame.expect("a whole body").into_data() else {
            continue;
        };
        while !data.is_empty() {
            if expected.is_empty() {
                expected = chunk(next);
                next += 1;
            }
            let length = data.len().min(expected.len());
            if data.split_to(length) != expected.split_to(length) {
                return false;
            }
        }
    }
    expected.is_empty() && next == CHUNKS
}

/// Says of an upload whether it arrived as it was sent.
async fn storage() -> Upstream {
    async fn handle(request: Request<Incoming>) -> Result<Reply, Infallible> {
        Ok(match request.uri().path() {
            "/upload" => reply(is_large(request.into_body()).await.to_string()),
            "/download" => Response::new(large().boxed()),
            _ => reply("small"),
        })
    }
    Upstream::raw(|stream| async {
        let _ = http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service_fn(handle))
            .await;
    })
    .await
}

#[tokio::test]
async fn fifty_megabytes_pass_both_ways_in_little_memory() {
    let storage = storage().await;
    let bed = Bed::serving(&[fargate("storage", "/*").at(storage.address)]).await;
    // The first requests make the interpreters of the routing function.
    for _ in 0..10 {
        get(bed.port, "/").await;
    }
    let before = bed.peak_memory();

    let upload = Request::post("/upload")
        .header("host", "localhost")
        .body(large())
        .unwrap();
    assert_eq!(send(bed.port, upload).await.text(), "true");

    let mut connection = Connection::open(bed.port).await;
    let download = request("GET", "/download", "");
    let answer = connection.begin(download).await.unwrap();
    assert!(is_large(answer.into_body()).await);

    let grown = bed.peak_memory() - before;
    assert!(grown < MOST_GROWTH_KIB, "the proxy grew by {grown} KiB");
}
