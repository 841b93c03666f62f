//! Large bodies are passed on, not held.

use std::{convert::Infallible, sync::Arc};

use futures::{StreamExt as _, stream};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::{
    Request, Response,
    body::{Bytes, Frame, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use sha2::{Digest as _, Sha256};

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

fn chunk(number: usize) -> Bytes {
    let byte = |index: usize| u8::try_from((number * 31 + index) % 251).unwrap();
    (0..CHUNK).map(byte).collect::<Vec<u8>>().into()
}

/// A body of 50 MiB in frames, without a length.
fn large() -> impl hyper::body::Body<Data = Bytes, Error = Infallible> + Send + Sync + 'static {
    StreamBody::new(stream::iter(0..CHUNKS).map(|number| Ok(Frame::data(chunk(number)))))
}

fn digest_of_large() -> Vec<u8> {
    let mut digest = Sha256::new();
    (0..CHUNKS).for_each(|number| digest.update(chunk(number)));
    digest.finalize().to_vec()
}

async fn digest(mut body: Incoming) -> (usize, Vec<u8>) {
    let (mut length, mut digest) = (0, Sha256::new());
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.expect("a whole body").into_data() {
            length += data.len();
            digest.update(&data);
        }
    }
    (length, digest.finalize().to_vec())
}

/// Answers an upload with its digest, without holding it.
async fn storage() -> Upstream {
    async fn handle(request: Request<Incoming>) -> Result<Reply, Infallible> {
        Ok(match request.uri().path() {
            "/upload" => {
                let (length, digest) = digest(request.into_body()).await;
                assert_eq!(length, CHUNK * CHUNKS);
                reply(digest)
            }
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
    let expected = Arc::new(digest_of_large());

    let upload = Request::post("/upload")
        .header("host", "localhost")
        .body(large())
        .unwrap();
    assert_eq!(send(bed.port, upload).await.body, expected[..]);

    let mut connection = Connection::open(bed.port).await;
    let download = request("GET", "/download", "");
    let answer = connection.begin(download).await.unwrap();
    let (length, digest) = digest(answer.into_body()).await;
    assert_eq!((length, &digest), (CHUNK * CHUNKS, &*expected));

    let grown = bed.peak_memory() - before;
    assert!(grown < MOST_GROWTH_KIB, "the proxy grew by {grown} KiB");
}
