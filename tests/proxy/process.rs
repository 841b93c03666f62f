//! The proxy as a process: its record, its controls, its end.

use std::{
    os::unix::fs::PermissionsExt as _,
    time::{Duration, Instant},
};

use camino::Utf8PathBuf;

use http_body_util::Full;
use hyper::Request;
use rustix::process::Signal;
use scf::{
    error::{Class, Diagnose as _},
    local::{Place, proxy},
};
use tokio_util::sync::CancellationToken;

use crate::{
    bed::{Bed, document, ended, fargate, lambda, program, spawn},
    client::{Connection, get, pause, request, send},
    upstream::{Upstream, reply},
};

#[tokio::test]
async fn the_record_says_where_it_listens_and_is_for_its_owner_only() {
    let bed = Bed::serving(&[]).await;
    let record = bed.record();
    assert_eq!(record["port"], bed.port);
    assert_eq!(record["build"], proxy::build());
    let file = std::fs::metadata(bed.folder.join("proxy.json")).unwrap();
    assert_eq!(
        file.permissions().mode() & 0o777,
        0o600,
        "the token is in there"
    );
    let status = bed.status().await;
    assert_eq!(status.build, proxy::build());
    assert_eq!(status.serves, proxy::fingerprint(&document(&[])));
    bed.serve(&[lambda("web", "/*")]).await;
    let expected = proxy::fingerprint(&document(&[lambda("web", "/*")]));
    assert_eq!(bed.status().await.serves, expected);
}

#[tokio::test]
async fn the_controls_refuse_whoever_does_not_know_the_token() {
    let bed = Bed::serving(&[]).await;
    let record = bed.record();
    let port = u16::try_from(record["admin_port"].as_u64().unwrap()).unwrap();
    let token = record["token"].as_str().unwrap();
    let longer = format!("{token}0");
    let wrong = [
        None,
        Some(String::new()),
        Some("Bearer ".to_owned()),
        Some(format!("Bearer {}", token.replace(|_| true, "0"))),
        Some(format!("Bearer {longer}")),
        Some(token.to_owned()),
    ];
    for (method, path) in [("GET", "/status"), ("PUT", "/document"), ("POST", "/stop")] {
        for authorization in &wrong {
            let mut sent = request(method, path, "");
            if let Some(authorization) = authorization {
                sent.headers_mut()
                    .insert("authorization", authorization.parse().unwrap());
            }
            let answer = send(port, sent).await;
            assert_eq!(
                (answer.status, answer.text().trim()),
                (403, "wrong token"),
                "{path}"
            );
        }
    }
    let right = |method: &str, path: &str, body: &'static str| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost");
        let request = request.header("authorization", format!("Bearer {token}"));
        request.body(Full::from(body)).unwrap()
    };
    assert_eq!(send(port, right("GET", "/status", "")).await.status, 200);
    assert_eq!(
        send(port, right("PUT", "/document", "{}")).await.status,
        400
    );
    assert_eq!(send(port, right("GET", "/other", "")).await.status, 404);
    assert_eq!(
        get(bed.port, "/status").await.status,
        404,
        "not on the stage's own port"
    );
}

#[tokio::test]
async fn it_ends_when_its_record_is_gone() {
    let mut bed = Bed::serving(&[]).await;
    std::fs::remove_file(bed.folder.join("proxy.json")).unwrap();
    let (succeeded, took) = bed.ended().await;
    assert!(succeeded && took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn it_ends_when_the_record_is_another_ones() {
    let mut bed = Bed::serving(&[]).await;
    let mut record = bed.record();
    record["process"]["pid"] = 1.into();
    std::fs::write(bed.folder.join("proxy.json"), record.to_string()).unwrap();
    assert!(bed.ended().await.0);
}

#[tokio::test]
async fn a_second_one_in_the_same_folder_ends_at_once_and_leaves_the_first_alone() {
    let api = Upstream::named("api").await;
    let bed = Bed::serving(&[fargate("api", "/*").at(api.address)]).await;
    let record = bed.record();
    let (succeeded, _) = ended(&mut spawn(&bed.folder, &[])).await;
    assert!(succeeded, "it is no failure that the stage is served");
    assert_eq!(bed.record(), record);
    assert_eq!(get(bed.port, "/").await.text(), "api");
}

#[tokio::test]
async fn what_is_in_flight_ends_before_it_does() {
    let slow = Upstream::replying(|_| async {
        pause(400).await;
        reply("whole")
    })
    .await;
    let mut bed = Bed::serving(&[fargate("slow", "/*").at(slow.address)]).await;
    let mut viewer = Connection::open(bed.port).await;
    let idle: Connection<Full<hyper::body::Bytes>> = Connection::open(bed.port).await;
    let answer = tokio::spawn(async move { viewer.send(request("GET", "/", "")).await });
    bed.await_in_flight("slow-0", 1).await;
    bed.signal(Signal::TERM);
    assert_eq!(
        answer
            .await
            .unwrap()
            .expect("the answer is not cut off")
            .text(),
        "whole"
    );
    let (succeeded, took) = bed.ended().await;
    assert!(
        succeeded && took < Duration::from_secs(3),
        "idle connections do not hold it: {took:?}"
    );
    drop(idle);
    assert!(bed.control.status().await.unwrap().is_none());
}

#[tokio::test]
async fn what_never_ends_is_cut_off() {
    let endless = Upstream::replying(|_| async {
        pause(60_000).await;
        reply("never")
    })
    .await;
    let mut bed = Bed::serving(&[fargate("endless", "/*").at(endless.address)]).await;
    let mut viewer = Connection::open(bed.port).await;
    let answer = tokio::spawn(async move { viewer.send(request("GET", "/", "")).await });
    bed.await_in_flight("endless-0", 1).await;
    bed.signal(Signal::TERM);
    let (succeeded, took) = bed.ended().await;
    assert!(
        succeeded && took > Duration::from_secs(3),
        "it was given some time: {took:?}"
    );
    assert!(answer.await.unwrap().is_err());
}

#[tokio::test]
async fn a_new_one_listens_where_the_last_one_did_and_serves_what_is_on_disk() {
    let api = Upstream::named("api").await;
    let free = crate::upstream::nobody().await.port().to_string();
    let services = [fargate("api", "/*").at(api.address)];
    let mut bed = Bed::with_options(&services, &["--port", &free]).await;
    let mut open = Connection::open(bed.port).await;
    assert_eq!(
        open.send(request("GET", "/", "")).await.unwrap().text(),
        "api"
    );
    let before = bed.port;
    bed.signal(Signal::TERM);
    assert!(bed.ended().await.0);
    bed.restart().await;
    assert_eq!(bed.port, before, "its URL stays");
    assert_eq!(get(bed.port, "/").await.text(), "api");

    bed.signal(Signal::KILL);
    assert!(!bed.ended().await.0);
    assert!(
        bed.control.status().await.unwrap().is_none(),
        "its record is known to be stale"
    );
    bed.restart().await;
    assert_eq!(bed.port, before);
}

#[tokio::test]
async fn a_port_that_is_asked_for_and_taken_is_an_error() {
    let bed = Bed::serving(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let path = camino::Utf8Path::from_path(folder.path()).unwrap();
    let mut other = spawn(path, &["--port", &bed.port.to_string()]);
    assert!(!ended(&mut other).await.0);
    let mut anywhere = spawn(path, &[]);
    pause(200).await;
    assert!(
        anywhere.try_wait().unwrap().is_none(),
        "without a port it takes another"
    );
    anywhere.kill().unwrap();
    anywhere.wait().unwrap();
}

/// The controls of a stage without a proxy.
fn controls(port: Option<u16>) -> (tempfile::TempDir, proxy::Proxy) {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
    let control = proxy::Proxy::new(program(), path, Place::Machine, port);
    (folder, control)
}

#[tokio::test]
async fn the_controls_of_the_library_start_and_stop_it() {
    let (_folder, control) = controls(None);
    let never = CancellationToken::new();
    assert!(control.status().await.unwrap().is_none());
    control
        .load(&document(&[]))
        .await
        .expect("without a proxy there is nothing to load");
    control.stop(&never).await.expect("nor to stop");
    control.start(&never).await.unwrap();
    let first = control.status().await.unwrap();
    control
        .start(&never)
        .await
        .expect("one that runs is left alone");
    assert_eq!(control.status().await.unwrap(), first);
    control.stop(&never).await.unwrap();
    assert!(control.status().await.unwrap().is_none());
    control.start(&never).await.unwrap();
    control.stop(&never).await.unwrap();
}

#[tokio::test]
async fn a_start_that_fails_says_why_without_waiting() {
    let bed = Bed::serving(&[]).await;
    let (_folder, control) = controls(Some(bed.port));
    let began = Instant::now();
    let failure = control.start(&CancellationToken::new()).await.unwrap_err();
    assert_eq!(failure.class(), Class::Unavailable);
    let text = failure.to_string().replace(&bed.port.to_string(), "<port>");
    insta::assert_snapshot!(text, @"the proxy ended: cannot listen on port <port>: Address already in use (os error 98)");
    assert!(failure.hint().unwrap().ends_with("proxy.log"));
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_start_waits_for_the_one_before_to_finish() {
    let slow = Upstream::replying(|_| async {
        pause(700).await;
        reply("whole")
    })
    .await;
    let services = [fargate("slow", "/*").at(slow.address)];
    let bed = Bed::serving(&services).await;
    let mut viewer = Connection::open(bed.port).await;
    let answer = tokio::spawn(async move { viewer.send(request("GET", "/", "")).await });
    bed.await_in_flight("slow-0", 1).await;
    bed.signal(Signal::TERM);
    while matches!(bed.control.status().await, Ok(Some(_))) {
        pause(5).await;
    }
    let never = CancellationToken::new();
    bed.control.start(&never).await.unwrap();
    assert_eq!(answer.await.unwrap().unwrap().text(), "whole");
    let port = bed.status().await.port;
    assert_eq!(get(port, "/").await.text(), "whole");
    bed.control.stop(&never).await.unwrap();
}
