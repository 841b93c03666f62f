//! Plays a Docker Engine that has nothing: enough for what the program reads before it changes
//! anything.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    sync::{Arc, Mutex},
    thread,
};

pub struct FakeEngine {
    changes: Arc<Mutex<Vec<String>>>,
}

impl FakeEngine {
    /// Listens until the tests end.
    pub fn start(socket: &Path) -> Self {
        let listener = UnixListener::bind(socket).unwrap();
        let changes: Arc<Mutex<Vec<String>>> = Arc::default();
        let told = changes.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let told = told.clone();
                thread::spawn(move || answer_all(stream, &told));
            }
        });
        Self { changes }
    }

    /// Requests that would have changed something.
    pub fn changes(&self) -> Vec<String> {
        self.changes.lock().unwrap().clone()
    }
}

fn answer_all(stream: UnixStream, changes: &Mutex<Vec<String>>) -> Option<()> {
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
        let (status, body) = answer(method, target);
        write!(
            writer,
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .ok()?;
    }
}

fn answer(method: &str, target: &str) -> (&'static str, &'static str) {
    let path = target.split('?').next().unwrap_or_default();
    let resource = path
        .trim_start_matches("/v")
        .trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    match (method, resource) {
        ("GET", "/version" | "ersion") => {
            ("200 OK", r#"{"ApiVersion":"1.41","MinAPIVersion":"1.12"}"#)
        }
        ("GET", "/networks" | "/images/json" | "/containers/json") => ("200 OK", "[]"),
        ("GET", _) => ("404 Not Found", r#"{"message":"no such thing"}"#),
        _ => (
            "500 Internal Server Error",
            r#"{"message":"this engine changes nothing"}"#,
        ),
    }
}
