//! The proxy's process: listens, routes each request by the routing function, forwards it.

use std::{
    convert::Infallible,
    fs::File,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use camino::{Utf8Path, Utf8PathBuf};
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    LOCK, ProxyError, RECORD, Record, admin::Controls, forward::Forwarder, groups::Groups,
    respond::Body, token,
};
use crate::{
    error::Result,
    local::{edge_store, process},
    state::{StoreError, file::write_then_rename},
};

/// The port that is tried when none is asked for and none was used before.
const USUAL_PORT: u16 = 8080;
/// How long requests in flight may go on once the proxy is asked to end.
const LAST_REQUESTS: Duration = Duration::from_secs(5);
/// How often the proxy looks whether it is still the one on record.
const RECORD_CHECK: Duration = Duration::from_secs(1);
/// Longest time for the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_mins(1);

/// How the process is started.
#[derive(Debug)]
pub struct Options {
    /// The stage's folder.
    pub folder: Utf8PathBuf,
    /// Port to listen on; any free one if it is not given and the usual ones are taken.
    pub port: Option<u16>,
    /// Listen on all interfaces: inside a container, whose loopback nobody else can reach.
    pub all_interfaces: bool,
}

/// Runs until it is told to stop, or until it is no longer the proxy on record.
///
/// # Errors
/// It cannot listen, or the stage's folder cannot be read or written.
pub async fn serve(options: Options) -> Result<()> {
    let folder = options.folder.as_path();
    let io = |verb: &'static str| {
        move |cause: io::Error| StoreError::Io {
            verb,
            what: folder.to_string(),
            cause,
        }
    };
    // Out of the terminal's session: its end and its Ctrl-C are not ours. Fails if we lead it already.
    let _ = rustix::process::setsid();
    raise_file_limit();
    let lock = File::options()
        .create(true)
        .append(true)
        .open(folder.join(LOCK))
        .map_err(io("lock"))?;
    if lock.try_lock().is_err() {
        return Ok(()); // Another one serves this stage.
    }
    let groups = Arc::new(Groups::default());
    groups.load(edge_store::read(folder)?.unwrap_or_default());
    let listener = listen(&options).await?;
    let controls = bind(Ipv4Addr::LOCALHOST.into(), 0).await?;
    let stop = CancellationToken::new();
    let port = listener.local_addr().map_err(io("listen for"))?.port();
    let record = Record {
        process: process::own(),
        port,
        admin_port: controls.local_addr().map_err(io("listen for"))?.port(),
        token: secrecy::ExposeSecret::expose_secret(
            &token().map_err(|e| io("make a token for")(e.into()))?,
        )
        .to_owned(),
        build: super::build(),
    };
    let admin = Arc::new(Controls {
        port,
        token: record.token.clone().into(),
        groups: groups.clone(),
        stop: stop.clone(),
    });
    write_record(folder, &record).map_err(io("write"))?;

    let connections = TaskTracker::new();
    let forwarder = Arc::new(Forwarder { groups });
    let answer = move |request, client| {
        let forwarder = forwarder.clone();
        async move { forwarder.answer(request, client).await }
    };
    let control = move |request, _| admin.clone().answer(request);
    tokio::select! {
        () = accept(&listener, &connections, &stop, answer) => {}
        () = accept(&controls, &connections, &stop, control) => {}
        () = off_the_record(folder, &record) => {}
        () = terminated() => {}
        () = stop.cancelled() => {}
    }
    stop.cancel();
    drop(listener);
    connections.close();
    let _ = tokio::time::timeout(LAST_REQUESTS, connections.wait()).await;
    Ok(())
}

fn write_record(folder: &Utf8Path, record: &Record) -> io::Result<()> {
    write_then_rename(&folder.join(RECORD), &serde_json::to_vec_pretty(record)?)
}

/// The port asked for; else the one of the last proxy of this stage, so that its URL stays; else
/// the usual one; else any.
async fn listen(options: &Options) -> Result<TcpListener, ProxyError> {
    let ip: IpAddr = if options.all_interfaces {
        Ipv4Addr::UNSPECIFIED.into()
    } else {
        Ipv4Addr::LOCALHOST.into()
    };
    if let Some(port) = options.port {
        return bind(ip, port).await;
    }
    let before = super::read_record(&options.folder).ok().flatten();
    let before = before.map(|record| record.port);
    for port in before.into_iter().chain([USUAL_PORT]) {
        if let Ok(listener) = bind(ip, port).await {
            return Ok(listener);
        }
    }
    bind(ip, 0).await
}

async fn bind(ip: IpAddr, port: u16) -> Result<TcpListener, ProxyError> {
    let place = || match port {
        0 => "any port".to_owned(),
        port => format!("port {port}"),
    };
    let bound = TcpListener::bind((ip, port)).await;
    bound.map_err(|cause| ProxyError::Listen {
        place: place(),
        cause,
    })
}

/// Ends when the record is gone or names another process: the stage was removed, or its state lost.
async fn off_the_record(folder: &Utf8Path, own: &Record) {
    let mut looks = tokio::time::interval(RECORD_CHECK);
    loop {
        looks.tick().await;
        match super::read_record(folder) {
            Ok(Some(record)) if record.process == own.process => {}
            Ok(_) => return,
            // Out of file descriptors, say: that it cannot be read does not mean that it is gone.
            Err(_) => {}
        }
    }
}

/// Each request has two connections: the usual soft limit of 1,024 files is soon reached.
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // Less room is no reason not to serve.
    let _ = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: maximum,
            maximum,
        },
    );
}

async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            terminate.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

async fn accept<A, F>(
    listener: &TcpListener,
    connections: &TaskTracker,
    stop: &CancellationToken,
    answer: A,
) where
    A: Fn(Request<Incoming>, SocketAddr) -> F + Clone + Send + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    loop {
        match listener.accept().await {
            Ok((stream, client)) => {
                connections.spawn(connection(stream, client, stop.clone(), answer.clone()));
            }
            // Out of file descriptors, or the client was gone again: give others a moment to end.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn connection<A, F>(stream: TcpStream, client: SocketAddr, stop: CancellationToken, answer: A)
where
    A: Fn(Request<Incoming>, SocketAddr) -> F + Send + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let answer = answer(request, client);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        _ = &mut connection => {}
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
