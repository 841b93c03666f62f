//! The shop's front page. It listens where `$PORT` says and ends on SIGTERM.

use std::{env, sync::Arc, thread};

use signal_hook::{consts::TERM_SIGNALS, iterator::Signals};
use tiny_http::{Header, Response, Server};

fn main() {
    let port = env::var("PORT").unwrap_or_else(|_| "8080".into());
    let name = env::var("SHOP_NAME").unwrap_or_else(|_| "The Shop".into());
    let server = Arc::new(Server::http(format!("0.0.0.0:{port}")).expect("the port is free"));
    println!("web listens on {port}");

    let mut signals = Signals::new(TERM_SIGNALS).expect("signals can be handled");
    let listening = Arc::clone(&server);
    thread::spawn(move || {
        signals.forever().next();
        listening.unblock();
    });

    for request in server.incoming_requests() {
        let path = request.url().split('?').next().unwrap_or_default();
        let (status, page) = match path {
            "/health" => (200, "ok".to_owned()),
            "/" => (200, page(&name)),
            _ => (404, format!("no page at {path}\n")),
        };
        let html: Header = "content-type: text/html; charset=utf-8".parse().expect("a header");
        // The visitor may have left: nothing to do about it.
        let _ = request.respond(Response::from_string(page).with_status_code(status).with_header(html));
    }
}

fn page(name: &str) -> String {
    format!(
        "<!doctype html><title>{name}</title><h1>{name}</h1>\n\
         <ul id=items></ul>\n\
         <script>fetch('/api/items').then(r => r.json()).then(({{ items }}) => \
         items.forEach(item => {{ const li = document.createElement('li'); li.textContent = item; \
         document.getElementById('items').append(li) }}))</script>\n"
    )
}
