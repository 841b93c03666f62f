//! A load that never retries, and a count of what the tasks themselves saw.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use bollard::{
    Docker,
    query_parameters::{ListContainersOptionsBuilder, LogsOptionsBuilder},
};
use futures::StreamExt as _;
use http_body_util::{BodyExt as _, Empty};
use hyper::{Request, body::Bytes, client::conn::http1::SendRequest};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::JoinHandle};

type Sender = SendRequest<Empty<Bytes>>;

async fn connect(port: u16) -> Result<Sender, String> {
    let stream = TcpStream::connect(("127.0.0.1", port))
        .await
        .map_err(|e| e.to_string())?;
    let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|e| e.to_string())?;
    tokio::spawn(connection);
    Ok(sender)
}

async fn send(sender: &mut Sender, path: &str, id: &str) -> Result<(u16, String), String> {
    let request = Request::get(path)
        .header("host", "localhost")
        .header("x-request-id", id)
        .body(Empty::new())
        .unwrap();
    let answer = sender
        .send_request(request)
        .await
        .map_err(|e| e.to_string())?;
    let status = answer.status().as_u16();
    let body = answer
        .into_body()
        .collect()
        .await
        .map_err(|e| e.to_string())?
        .to_bytes();
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}

/// One request.
pub async fn get(port: u16, path: &str) -> Result<(u16, String), String> {
    send(&mut connect(port).await?, path, "single").await
}

/// What the load's clients saw.
#[derive(Debug, Default)]
pub struct Seen {
    /// Requests that were answered well.
    pub good: AtomicUsize,
    /// What went wrong, each.
    pub failures: Mutex<Vec<String>>,
    /// Versions of the API that answered.
    pub versions: Mutex<BTreeSet<String>>,
    /// Ids of the good requests to the API.
    pub ids: Mutex<Vec<String>>,
}

/// Clients that send until they are told to stop.
pub struct Load {
    pub seen: Arc<Seen>,
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<()>>,
}

impl Load {
    pub fn start(port: u16, concurrency: usize) -> Self {
        let seen = Arc::new(Seen::default());
        let stop = Arc::new(AtomicBool::new(false));
        let clients = (0..concurrency)
            .map(|client| tokio::spawn(send_until(port, client, seen.clone(), stop.clone())))
            .collect();
        Self {
            seen,
            stop,
            clients,
        }
    }

    pub fn sent(&self) -> usize {
        self.seen.good.load(Ordering::SeqCst) + self.seen.failures.lock().unwrap().len()
    }

    /// Waits until at least so many requests were answered or failed.
    pub async fn reach(&self, count: usize) {
        while self.sent() < count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub async fn stop(self) -> Arc<Seen> {
        self.stop.store(true, Ordering::SeqCst);
        for client in self.clients {
            client.await.unwrap();
        }
        self.seen
    }
}

async fn send_until(port: u16, client: usize, seen: Arc<Seen>, stop: Arc<AtomicBool>) {
    let mut sender = None;
    for number in 0.. {
        if stop.load(Ordering::SeqCst) {
            return;
        }
        let id = format!("load-{client}-{number}");
        let api = number % 4 != 0;
        let path = if api { "/api/items" } else { "/" };
        let connected = match sender.take() {
            Some(sender) => Ok(sender),
            None => connect(port).await,
        };
        let result = match connected {
            Ok(mut open) => {
                let result = send(&mut open, path, &id).await;
                // A connection that failed is not used again; its request is not sent again.
                sender = (result.is_ok() && open.ready().await.is_ok()).then_some(open);
                result
            }
            Err(error) => Err(error),
        };
        match result {
            Ok((200, body)) => {
                seen.good.fetch_add(1, Ordering::SeqCst);
                if api {
                    let version: serde_json::Value = serde_json::from_str(&body).unwrap();
                    seen.versions
                        .lock()
                        .unwrap()
                        .insert(version["version"].as_str().unwrap().to_owned());
                    seen.ids.lock().unwrap().push(id);
                }
            }
            Ok((status, body)) => {
                seen.failures
                    .lock()
                    .unwrap()
                    .push(format!("{path}: {status} {body}"));
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Err(error) => {
                seen.failures
                    .lock()
                    .unwrap()
                    .push(format!("{path}: {error}"));
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }
}

/// Follows the logs of every task of a stack, from its first line to its removal, and counts how
/// often each request id was served.
pub struct Witness {
    served: Arc<Mutex<HashMap<String, usize>>>,
    watch: JoinHandle<()>,
}

impl Witness {
    pub fn start(docker: Docker, name: &str) -> Self {
        let served: Arc<Mutex<HashMap<String, usize>>> = Arc::default();
        let filter = HashMap::from([("label".to_owned(), vec![format!("scf.name={name}")])]);
        let counts = served.clone();
        let watch = tokio::spawn(async move {
            let mut known = BTreeMap::new();
            loop {
                let options = ListContainersOptionsBuilder::new().filters(&filter).build();
                for task in docker
                    .list_containers(Some(options))
                    .await
                    .unwrap_or_default()
                {
                    let Some(id) = task.id else { continue };
                    known.entry(id.clone()).or_insert_with(|| {
                        tokio::spawn(follow(docker.clone(), id, counts.clone()))
                    });
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        Self { served, watch }
    }

    /// Ids that were served other than exactly once, of those given.
    pub fn not_once(&self, ids: &[String]) -> Vec<String> {
        let served = self.served.lock().unwrap();
        let wrong = ids.iter().filter(|id| served.get(*id) != Some(&1));
        wrong
            .map(|id| format!("{id}: {:?}", served.get(id)))
            .collect()
    }

    /// Ids that were served more than once, of all.
    pub fn twice(&self) -> Vec<String> {
        let served = self.served.lock().unwrap();
        served
            .iter()
            .filter(|(id, count)| id.starts_with("load-") && **count > 1)
            .map(|(id, _)| id.clone())
            .collect()
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

async fn follow(docker: Docker, id: String, served: Arc<Mutex<HashMap<String, usize>>>) {
    let options = LogsOptionsBuilder::new().stdout(true).follow(true).build();
    let mut lines = docker.logs(&id, Some(options));
    while let Some(Ok(chunk)) = lines.next().await {
        let chunk = chunk.to_string();
        let mut served = served.lock().unwrap();
        for id in chunk.lines().filter_map(|line| line.rsplit(' ').next()) {
            *served.entry(id.to_owned()).or_default() += 1;
        }
    }
}
