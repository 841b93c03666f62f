//! The shop's API. It says which version and which task answered, logs each request, and
//! ends on SIGTERM.

use std::{env, sync::Arc, thread};

use signal_hook::{consts::TERM_SIGNALS, iterator::Signals};
use tiny_http::{Header, Response, Server};

const ITEMS: &str = r#"["apples","bread","tea"]"#;

fn main() {
    let port = env::var("PORT").unwrap_or_else(|_| "8080".into());
    let version = env::var("VERSION").unwrap_or_else(|_| "unknown".into());
    let task = env::var("HOSTNAME").unwrap_or_else(|_| "unknown".into());
    let server = Arc::new(Server::http(format!("0.0.0.0:{port}")).expect("the port is free"));
    println!("api {version} listens on {port}");

    let mut signals = Signals::new(TERM_SIGNALS).expect("signals can be handled");
    let listening = Arc::clone(&server);
    thread::spawn(move || {
        signals.forever().next();
        listening.unblock();
    });

    for request in server.incoming_requests() {
        let path = request.url().split('?').next().unwrap_or_default();
        let (status, body) = match path {
            "/api/health" => (200, r#"{"ok":true}"#.to_owned()),
            "/api/items" => (
                200,
                format!(r#"{{"version":"{version}","task":"{task}","items":{ITEMS}}}"#),
            ),
            _ => (404, r#"{"error":"not found"}"#.to_owned()),
        };
        let id = request.headers().iter().find(|header| header.field.equiv("x-request-id"));
        let id = id.map_or("-", |header| header.value.as_str());
        println!("{} {path} {status} {id}", request.method());
        let json: Header = "content-type: application/json".parse().expect("a header");
        // The client may have left: nothing to do about it.
        let _ = request.respond(Response::from_string(body).with_status_code(status).with_header(json));
    }
}
