//! Requests, tables and stores of the tests.

use std::{cell::RefCell, sync::LazyLock};

use scf::{
    edge::{
        Decision, EdgeHost, Entries, KeyValues, KeyValuesError, Origin, OriginKind, OriginTarget,
        Route, RouteTable, Selection, Tid, ViewerRequest, compile,
    },
    names::{ContainerName, Stage},
};
use secrecy::ExposeSecret;

pub const DEFAULT_HOST: &str = "d111111abcdef8.cloudfront.net";
pub static SECRET: LazyLock<String> = LazyLock::new(|| "5ec7e7".repeat(5));

thread_local! {
    static HOST: EdgeHost = EdgeHost::new().unwrap();
}

/// The published function's decision about `request`.
pub fn route(request: &ViewerRequest, store: &dyn KeyValues) -> Decision {
    HOST.with(|host| host.route(request, store).unwrap())
}

pub fn get(host: &str, target: &str) -> ViewerRequest {
    let (uri, querystring) = target.split_once('?').unwrap_or((target, ""));
    ViewerRequest {
        method: "GET".to_owned(),
        uri: uri.to_owned(),
        querystring: querystring.to_owned(),
        headers: Vec::new(),
        client_ip: "198.51.100.11".to_owned(),
        host: host.to_owned(),
        request_id: "request-1".to_owned(),
    }
}

pub fn with_header(mut request: ViewerRequest, name: &str, value: &str) -> ViewerRequest {
    request.headers.push((name.to_owned(), value.to_owned()));
    request
}

pub fn with_method(mut request: ViewerRequest, method: &str) -> ViewerRequest {
    method.clone_into(&mut request.method);
    request
}

pub fn tid(container: &str) -> Tid {
    Tid::of(&container.parse::<ContainerName>().unwrap())
}

/// A route to the target of the container `name`.
pub fn to(name: &str, pattern: &str, domain: Option<&str>) -> Route {
    Route {
        pattern: pattern.to_owned(),
        domain: domain.map(str::to_owned),
        tid: tid(name),
    }
}

pub fn table(stage: &str, routes: Vec<Route>) -> RouteTable {
    RouteTable {
        stage: stage.parse::<Stage>().unwrap(),
        default_host: DEFAULT_HOST.to_owned(),
        selection: Selection::Host(None),
        protected: false,
        version: 1,
        routes,
    }
}

pub fn origin(domain: &str, kind: OriginKind) -> OriginTarget {
    OriginTarget {
        domain: domain.to_owned(),
        kind,
        generation: 7,
        timeout_seconds: 30,
        cached: false,
        secret: SECRET.as_str().into(),
    }
}

/// The table's entries and a Lambda target for each of its routes, at `<tid>.<stage>.test`.
pub fn entries(table: &RouteTable) -> Entries {
    let mut entries = compile(table).unwrap();
    for route in &table.routes {
        let target = origin(
            &format!("{}.{}.test", route.tid, table.stage),
            OriginKind::Lambda,
        );
        entries.merge(target.entry(&table.stage, &route.tid).unwrap());
    }
    entries
}

/// Domain that [`entries`] gives to a container's target.
pub fn target_of(name: &str, stage: &str) -> String {
    format!("{}.{stage}.test", tid(name))
}

/// Where a request went: the origin's domain, or the status of the edge's own answer.
pub fn outcome(decision: &Decision) -> Result<&str, u16> {
    match decision {
        Decision::Forward { origin, .. } => Ok(&origin.domain),
        Decision::Respond { status, .. } => Err(*status),
    }
}

pub fn forwarded(decision: Decision) -> (String, Vec<(String, String)>, Origin) {
    match decision {
        Decision::Forward {
            querystring,
            headers,
            origin,
            ..
        } => (querystring, headers, origin),
        Decision::Respond { status, body, .. } => panic!("answered {status} {body}"),
    }
}

/// A decision as text, one line a fact.
pub fn shown(decision: &Decision) -> String {
    let line = |(name, value): &(String, String)| format!("\n{name}: {value}");
    let lines = |headers: &[(String, String)]| headers.iter().map(line).collect::<String>();
    match decision {
        Decision::Respond {
            status,
            headers,
            cookies,
            body,
        } => {
            let cookies: Vec<_> = cookies
                .iter()
                .map(|cookie| format!("\nset-cookie: {cookie}"))
                .collect();
            let cookies = cookies.concat();
            format!("{status}{}{cookies}\n{body}", lines(headers))
        }
        Decision::Forward {
            uri,
            querystring,
            headers,
            origin,
        } => {
            let secret = |(name, value): &(String, secrecy::SecretString)| {
                format!("\n{name}: {} (by the edge)", value.expose_secret())
            };
            let custom: String = origin.custom_headers.iter().map(secret).collect();
            let Origin {
                domain,
                port,
                protocol,
                host_header,
                read_timeout_seconds,
                ..
            } = origin;
            format!(
                "{protocol:?} {domain}:{port}, host {host_header:?}, {read_timeout_seconds} s\n{uri}?{querystring}{}{custom}",
                lines(headers)
            )
        }
    }
}

/// Counts the reads of a store.
pub struct Counted<'a> {
    pub store: &'a Entries,
    pub keys: RefCell<Vec<String>>,
}

impl<'a> Counted<'a> {
    pub fn new(store: &'a Entries) -> Self {
        Self {
            store,
            keys: RefCell::default(),
        }
    }
}

impl KeyValues for Counted<'_> {
    fn get(&self, key: &str) -> Result<Option<String>, KeyValuesError> {
        self.keys.borrow_mut().push(key.to_owned());
        KeyValues::get(self.store, key)
    }
}
