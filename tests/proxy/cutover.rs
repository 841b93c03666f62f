//! Tasks are replaced under load, and no request notices.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{
    bed::{Bed, Served, fargate},
    client::{Connection, connect, get, pause, request},
    upstream::{Upstream, reply},
};

/// A task that answers when it is told to.
async fn held(name: &'static str) -> (Upstream, Arc<Notify>) {
    let release = Arc::new(Notify::new());
    let wait = release.clone();
    let upstream = Upstream::replying(move |_| {
        let wait = wait.clone();
        async move {
            wait.notified().await;
            reply(name)
        }
    })
    .await;
    (upstream, release)
}

#[tokio::test]
async fn a_new_table_is_served_at_once_and_requests_in_flight_end_where_they_are() {
    let (old, release) = held("old").await;
    let new = Upstream::named("new").await;
    let bed = Bed::serving(&[fargate("api", "/*").task("old", old.address)]).await;
    let before = tokio::spawn({
        let port = bed.port;
        async move { get(port, "/").await }
    });
    bed.await_in_flight("old", 1).await;
    bed.serve(&[fargate("api", "/*").task("new", new.address)])
        .await;
    for _ in 0..10 {
        assert_eq!(get(bed.port, "/").await.text(), "new");
    }
    assert_eq!(
        bed.in_flight("old").await,
        1,
        "a task that left the table still counts"
    );

    let (none, never) = (Duration::ZERO, CancellationToken::new());
    let ids = ["old".to_owned()];
    bed.control.drained(&ids, none, &never).await.unwrap();
    assert_eq!(
        bed.in_flight("old").await,
        1,
        "the delay was over before the request"
    );
    let long = Duration::from_secs(20);
    let drained = bed.control.drained(&ids, long, &never);
    let told = async {
        pause(100).await;
        release.notify_one();
    };
    let (drained, ()) = tokio::join!(drained, told);
    drained.unwrap();
    assert_eq!(bed.in_flight("old").await, 0);
    assert_eq!(before.await.unwrap().text(), "old");
}

#[tokio::test]
async fn a_drain_is_given_up_when_the_run_is_cancelled() {
    let (old, release) = held("old").await;
    let bed = Bed::serving(&[fargate("api", "/*").task("old", old.address)]).await;
    let mut viewer = Connection::open(bed.port).await;
    let answer = tokio::spawn(async move { viewer.send(request("GET", "/", "")).await });
    bed.await_in_flight("old", 1).await;
    let cancelled = CancellationToken::new();
    cancelled.cancel();
    let ids = ["old".to_owned()];
    let drained = bed
        .control
        .drained(&ids, Duration::from_secs(20), &cancelled);
    assert!(drained.await.is_err());
    release.notify_one();
    assert_eq!(answer.await.unwrap().unwrap().text(), "old");
}

#[tokio::test]
async fn a_viewer_that_gives_up_frees_the_task() {
    use tokio::io::AsyncWriteExt as _;
    let (api, _release) = held("api").await;
    let bed = Bed::serving(&[fargate("api", "/*").at(api.address)]).await;
    let mut viewers = Vec::new();
    for _ in 0..3 {
        let mut viewer = connect(bed.port).await;
        viewer
            .write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
            .await
            .unwrap();
        viewers.push(viewer);
    }
    bed.await_in_flight("api-0", 3).await;
    drop(viewers);
    bed.await_in_flight("api-0", 0).await;
}

#[tokio::test]
async fn a_container_that_leaves_the_table_is_not_found_any_more() {
    let (web, api) = (Upstream::named("web").await, Upstream::named("api").await);
    let web = fargate("web", "/*").at(web.address).timeout(5);
    let both = [web.clone(), fargate("api", "/api/*").at(api.address)];
    let bed = Bed::serving(&both).await;
    assert_eq!(get(bed.port, "/api/").await.text(), "api");
    bed.serve(&[web]).await;
    assert_eq!(get(bed.port, "/api/").await.text(), "web");
    bed.serve(&[]).await;
    assert_eq!(get(bed.port, "/").await.status, 404);
    bed.serve(&both).await;
    assert_eq!(get(bed.port, "/api/").await.text(), "api");
}

/// Counts how often each request arrived, by its path.
type Arrivals = Arc<std::sync::Mutex<BTreeMap<String, usize>>>;

async fn counting(name: &'static str, arrivals: &Arrivals) -> Upstream {
    let arrivals = arrivals.clone();
    Upstream::replying(move |seen| {
        *arrivals
            .lock()
            .unwrap()
            .entry(seen.uri.clone())
            .or_default() += 1;
        async move {
            pause(2).await;
            reply(name)
        }
    })
    .await
}

const REQUESTS: usize = 2000;
const CONCURRENCY: usize = 16;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_fails_or_is_sent_twice_while_tasks_are_swapped_under_load() {
    let arrivals = Arrivals::default();
    let (one, two) = (
        counting("one", &arrivals).await,
        counting("two", &arrivals).await,
    );
    let table = |id: &str, upstream: &Upstream| -> [Served; 1] {
        [fargate("api", "/*").task(id, upstream.address)]
    };
    let tables = [table("one", &one), table("two", &two)];
    let bed = Bed::serving(&tables[0]).await;
    let next = Arc::new(AtomicUsize::new(0));
    let viewers = (0..CONCURRENCY).map(|_| {
        let (next, port) = (next.clone(), bed.port);
        tokio::spawn(async move {
            let mut connection = Connection::open(port).await;
            let mut answers = BTreeMap::<String, usize>::new();
            loop {
                let number = next.fetch_add(1, Ordering::SeqCst);
                if number >= REQUESTS {
                    return answers;
                }
                let answer = connection
                    .send(request("POST", &format!("/{number}"), "body"))
                    .await;
                *answers.entry(answer.unwrap().text()).or_default() += 1;
            }
        })
    });
    let done = Arc::new(AtomicBool::new(false));
    let swaps = async {
        let mut swaps = 0;
        while !done.load(Ordering::SeqCst) {
            pause(20).await;
            swaps += 1;
            bed.serve(&tables[swaps % 2]).await;
        }
        swaps
    };
    let load = async {
        let answers = futures::future::join_all(viewers.collect::<Vec<_>>()).await;
        done.store(true, Ordering::SeqCst);
        answers
    };
    let (answers, swaps) = tokio::join!(load, swaps);
    let mut by_text = BTreeMap::<String, usize>::new();
    for (text, count) in answers.into_iter().flat_map(Result::unwrap) {
        *by_text.entry(text).or_default() += count;
    }
    assert_eq!(
        by_text.keys().collect::<Vec<_>>(),
        ["one", "two"],
        "{by_text:?}"
    );
    assert_eq!(by_text.values().sum::<usize>(), REQUESTS);
    let arrivals = arrivals.lock().unwrap().clone();
    assert_eq!(arrivals.len(), REQUESTS, "each arrived");
    assert!(
        arrivals.values().all(|count| *count == 1),
        "none arrived twice"
    );
    assert!(swaps >= 10, "only {swaps} swaps happened under load");
    let status = bed.status().await;
    assert!(
        status.in_flight.values().all(|count| *count == 0),
        "{status:?}"
    );
}
