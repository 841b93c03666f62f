//! Plays a Docker Engine that has nothing, or one task that has ended: enough for what the program
//! reads before it changes anything.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    sync::{Arc, Mutex},
    thread,
};

/// A task of `shop`, stage `dev`.
pub const TASK: &str = r#"[{
    "Id": "0123abcd", "Names": ["/scf-shop-dev-web-0-r1"], "State": "exited",
    "Labels": {
        "scf.name": "shop", "scf.stage": "dev", "scf.container": "web", "scf.revision": "r1",
        "scf.index": "0"
    }
}]"#;

/// What it printed, as the engine multiplexes it (Engine API, "Attach to a container"): the stream,
/// three zeros, the length in four bytes, the text.
const LOG: &str = "\x01\0\0\0\0\0\0\x10listening\r\nGET /\x02\0\0\0\0\0\0\x09not \"ok\"\n";

pub struct FakeEngine {
    changes: Arc<Mutex<Vec<String>>>,
}

impl FakeEngine {
    /// Listens until the tests end.
    pub fn start(socket: &Path, tasks: &'static str) -> Self {
        let listener = UnixListener::bind(socket).unwrap();
        let changes: Arc<Mutex<Vec<String>>> = Arc::default();
        let told = changes.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let told = told.clone();
                thread::spawn(move || answer_all(stream, tasks, &told));
            }
        });
        Self { changes }
    }

    /// Requests that would have changed something.
    pub fn changes(&self) -> Vec<String> {
        self.changes.lock().unwrap().clone()
    }
}

fn answer_all(stream: UnixStream, tasks: &str, changes: &Mutex<Vec<String>>) -> Option<()> {
    let mut writer = stream.try_clone().ok()?;
    let mut lines = BufReader::new(stream).lines();
    loop {
        let request = lines.next()?.ok()?;
        while !lines.next()?.ok()?.is_empty() {}
        let mut words = request.split_whitespace();
        let (method, target) = (words.next()?, words.next()?);
        if method != "GET" {
            changes.lock().unwrap().push(format!("{method} {target}"));
        }
        let (status, body) = answer(method, target, tasks);
        write!(
            writer,
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .ok()?;
    }
}

fn answer<'a>(method: &str, target: &str, tasks: &'a str) -> (&'static str, &'a str) {
    let path = target.split('?').next().unwrap_or_default();
    let resource = path
        .trim_start_matches("/v")
        .trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    match (method, resource) {
        ("GET", "/version" | "ersion") => {
            ("200 OK", r#"{"ApiVersion":"1.41","MinAPIVersion":"1.12"}"#)
        }
        ("GET", "/networks" | "/images/json") => ("200 OK", "[]"),
        ("GET", "/containers/json") => ("200 OK", tasks),
        ("GET", "/containers/0123abcd/logs") => ("200 OK", LOG),
        ("GET", _) => ("404 Not Found", r#"{"message":"no such thing"}"#),
        _ => (
            "500 Internal Server Error",
            r#"{"message":"this engine changes nothing"}"#,
        ),
    }
}
