//! A request is sent at most once.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::io::AsyncWriteExt as _;

use crate::{
    bed::{Bed, fargate},
    client::{get, request, send},
    upstream::{Upstream, nobody, read_head, reply},
};

#[tokio::test]
async fn a_task_that_refuses_connections_is_passed_over() {
    let api = Upstream::named("api").await;
    let served = fargate("api", "/*")
        .at(nobody().await)
        .at(api.address)
        .at(nobody().await);
    let bed = Bed::serving(&[served]).await;
    for _ in 0..20 {
        assert_eq!(get(bed.port, "/").await.text(), "api");
        assert_eq!(
            send(bed.port, request("POST", "/", "body")).await.text(),
            "api"
        );
    }
    assert!(
        api.seen()
            .iter()
            .all(|seen| seen.method == "GET" || seen.body == "body")
    );
}

/// Reads the request, then closes: it may have acted on it.
async fn dying(count: Arc<AtomicUsize>, last_words: &'static [u8]) -> Upstream {
    Upstream::raw(move |mut stream| {
        let count = count.clone();
        async move {
            read_head(&mut stream).await;
            count.fetch_add(1, Ordering::SeqCst);
            let _ = stream.write_all(last_words).await;
        }
    })
    .await
}

#[tokio::test]
async fn a_request_that_a_task_has_read_is_never_sent_again() {
    for last_words in [&b""[..], b"HTTP/1.1 20", b"not http at all\r\n\r\n"] {
        let count: Arc<AtomicUsize> = Arc::default();
        let served = fargate("api", "/*")
            .at(dying(count.clone(), last_words).await.keep())
            .at(dying(count.clone(), last_words).await.keep());
        let bed = Bed::serving(&[served]).await;
        for (number, method) in ["GET", "PUT", "POST"].into_iter().enumerate() {
            let answer = send(bed.port, request(method, "/", "")).await;
            assert_eq!(answer.status, 502, "{method}");
            assert_eq!(count.load(Ordering::SeqCst), number + 1, "{method}");
        }
        assert_eq!(
            bed.in_flight("api-0").await + bed.in_flight("api-1").await,
            0
        );
    }
}

#[tokio::test]
async fn requests_are_spread_over_the_tasks_by_what_is_in_flight() {
    let slow = Upstream::replying(|_| async {
        crate::client::pause(300).await;
        reply("slow")
    })
    .await;
    let other = Upstream::replying(|_| async {
        crate::client::pause(300).await;
        reply("other")
    })
    .await;
    let served = fargate("api", "/*").at(slow.address).at(other.address);
    let bed = Bed::serving(&[served]).await;
    let requests = (0..6).map(|_| get(bed.port, "/"));
    futures::future::join_all(requests).await;
    assert_eq!((slow.seen().len(), other.seen().len()), (3, 3));
}
