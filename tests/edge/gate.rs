//! What CloudFront takes: size, and the subset of JavaScript that njs accepts.

use std::process::Command;

use scf::edge::{Decision, Entries, OriginKind, PreviewKey, ROUTER, Selection, ViewerRequest};

use super::support::{
    DEFAULT_HOST, entries, forwarded, get, origin, route, table, tid, to, with_header, with_method,
};

/// CloudFront's quota for a function.
const MOST_BYTES: usize = 10 * 1024;

#[test]
fn the_function_fits() {
    assert!(ROUTER.len() < MOST_BYTES, "{} bytes", ROUTER.len());
    assert!(ROUTER.is_ascii());
}

#[test]
fn the_function_avoids_what_only_one_of_the_runtimes_takes() {
    let code: String = ROUTER
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    for word in [
        " of ",
        "class ",
        "...",
        "?.",
        "??",
        "async (",
        "eval",
        "Promise",
        "setTimeout",
        "console",
        ".then(",
        ".catch(",
    ] {
        assert!(!code.contains(word), "{word:?}");
    }
}

/// A stub of the module `cloudfront` over the given entries.
fn stub(entries: &Entries) -> String {
    let data: Vec<_> = entries
        .iter()
        .map(|(key, value)| format!("{key:?}: {value:?}"))
        .collect();
    format!(
        "const data = {{ {} }};
        let origin = null;
        async function get(key, options) {{
            if (data[key] === undefined) {{ throw new Error('KeyNotFound'); }}
            return options.format === 'json' ? JSON.parse(data[key]) : data[key];
        }}
        async function exists(key) {{ return data[key] !== undefined; }}
        export default {{
            kvs: function() {{ return {{ get: get, exists: exists }}; }},
            updateRequestOrigin: function(update) {{ origin = update; }},
            taken: function() {{ const taken = origin; origin = null; return taken; }},
        }};",
        data.join(",\n")
    )
}

/// Runs `script` after the function, with `stub` as the module `cloudfront`.
fn njs(stub: &str, script: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("cloudfront"), stub).unwrap();
    let file = folder.path().join("router.js");
    std::fs::write(&file, format!("{ROUTER}\n{script}")).unwrap();
    let output = Command::new("njs")
        .arg("-p")
        .arg(folder.path())
        .arg(&file)
        .output();
    let output = output.unwrap_or_else(|error| {
        panic!("njs cannot be run ({error}): install it with `apt-get install njs`")
    });
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success(),
        "njs refuses the function: {out}{err}"
    );
    out.into_owned()
}

#[test]
fn njs_accepts_the_function() {
    assert_eq!(njs(&stub(&Entries::default()), ""), "");
}

#[test]
fn njs_refuses_what_the_gate_is_for() {
    let gate = std::panic::catch_unwind(|| njs(&stub(&Entries::default()), "class Route {}"));
    assert!(gate.is_err());
}

/// A request that has no name twice, as the argument of the function.
fn event(request: &ViewerRequest) -> serde_json::Value {
    let object = |pairs: Vec<(&str, &str)>| -> serde_json::Value {
        pairs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), serde_json::json!({ "value": value })))
            .collect()
    };
    let cookies = request
        .headers
        .iter()
        .filter(|(name, _)| name == "cookie")
        .filter_map(|(_, value)| value.split_once('='));
    let query = request
        .querystring
        .split('&')
        .filter_map(|pair| pair.split_once('='));
    let headers = request
        .headers
        .iter()
        .filter(|(name, _)| name != "cookie")
        .map(|(n, v)| (n.as_str(), v.as_str()));
    serde_json::json!({
        "context": { "requestId": request.request_id },
        "viewer": { "ip": request.client_ip },
        "request": {
            "method": request.method,
            "uri": request.uri,
            "querystring": object(query.collect()),
            "headers": object([("host", request.host.as_str())].into_iter().chain(headers).collect()),
            "cookies": object(cookies.collect()),
        },
    })
}

/// What matters of a decision, as the script below prints it.
fn summary(decision: Decision) -> String {
    match decision {
        Decision::Respond {
            status,
            headers,
            cookies,
            body,
        } => {
            let location = headers
                .iter()
                .find(|(name, _)| name == "location")
                .map_or("", |(_, value)| value);
            format!("{status} {location} {} {}", cookies.concat(), body.trim())
        }
        forward @ Decision::Forward { .. } => {
            let (querystring, headers, origin) = forwarded(forward);
            let names: Vec<_> = headers.iter().map(|(name, _)| name.as_str()).collect();
            let names: Vec<_> = names
                .into_iter()
                .filter(|name| !matches!(*name, "cookie" | "x-forwarded-for"))
                .collect();
            let key = headers
                .iter()
                .find(|(name, _)| name == "x-scf-key")
                .map_or("", |(_, value)| value);
            let query = if querystring.is_empty() { "" } else { "query" };
            format!(
                "{}:{} {} {query} {key}",
                origin.domain,
                origin.port,
                names.join(",")
            )
        }
    }
}

const SCRIPT: &str = "
async function all() {
    for (let n = 0; n < events.length; n++) {
        const answer = await handler(events[n]);
        const origin = cf.taken();
        if (answer.statusCode) {
            const location = answer.headers.location ? answer.headers.location.value : '';
            const cookie = answer.cookies ? answer.cookies['__Host-scf-stage'] : null;
            const set = cookie ? `__Host-scf-stage=${cookie.value}; ${cookie.attributes}` : '';
            console.log(`${answer.statusCode} ${location} ${set} ${answer.body.data.trim()}`);
        } else {
            const names = Object.keys(answer.headers).filter((name) => name !== 'host').join(',');
            const query = Object.keys(answer.querystring).length ? 'query' : '';
            const place = `${origin.domainName}:${origin.customOriginConfig.port}`;
            console.log(`${place} ${names} ${query} ${answer.headers['x-scf-key'].value}`);
        }
    }
}
all();
";

/// Two engines, one answer: njs is the family of engines that CloudFront's is from.
#[test]
fn njs_decides_as_our_host_does() {
    let key = PreviewKey::new("0123456789abcdef".repeat(4).into()).unwrap();
    let mut base = table(
        "dev",
        (0..90)
            .map(|n| to(&format!("c{n}"), &format!("/svc-{n:02}/*"), None))
            .collect(),
    );
    base.routes.extend([
        to("js", "/*.js", None),
        to("shop", "/*", Some("shop.example.com")),
    ]);
    base.selection = Selection::Host(Some(key.clone()));
    let mut preview = table("pr-12", vec![to("api", "/api/v?/*", None)]);
    preview.selection = Selection::Cookie;
    let mut store = entries(&base);
    store.merge(entries(&preview));
    store.merge(
        origin("alb.test", OriginKind::Alb)
            .entry(&base.stage, &tid("c7"))
            .unwrap(),
    );
    store.merge(
        origin("next.test", OriginKind::Alb)
            .candidate_entry(&"a".repeat(20).into(), &tid("c7"))
            .unwrap(),
    );
    let signed = key.sign(DEFAULT_HOST, &"pr-12".parse().unwrap());
    let cookie = format!("__Host-scf-stage={signed}");
    let here = |target: &str| get(DEFAULT_HOST, target);
    let requests = [
        here("/svc-07/x"),
        here("/svc-07/%61?q=1"),
        here("/svc-89/a.js"),
        here("/a/b.js"),
        here("/x/%2e%2e/svc-07/x"),
        here("//svc-07/x"),
        here("/none"),
        get("shop.example.com:8443", "/"),
        get("SHOP.example.com.", "/svc-01/"),
        get("evil.example.com", "/"),
        get("a|b", "/"),
        with_header(here("/svc-07/x"), "x_scf_target", "forged"),
        with_header(here("/"), "x-scf-candidate", &"a".repeat(20)),
        with_header(here("/"), "x-scf-candidate", &"b".repeat(20)),
        with_header(here("/api/v1/x"), "cookie", &cookie),
        with_header(here("/svc-07/x"), "cookie", &cookie),
        with_header(here("/svc-07/x?a=1"), "cookie", "__Host-scf-stage=forged"),
        with_method(
            with_header(here("/svc-07/x"), "cookie", "__Host-scf-stage=forged"),
            "PUT",
        ),
        here(&format!("/api/v1/x?a=1&b=2&scf-stage={signed}")),
        with_method(here(&format!("/api/v1/x?scf-stage={signed}")), "POST"),
        here(&format!(
            "/api/v1/x?scf-stage={}",
            signed.replace("12", "13")
        )),
    ];
    let events: Vec<_> = requests.iter().map(event).collect();
    let script = format!(
        "const events = {};\n{SCRIPT}",
        serde_json::to_string(&events).unwrap()
    );
    let ours: Vec<_> = requests
        .iter()
        .map(|request| summary(route(request, &store)))
        .collect();
    let theirs = njs(&stub(&store), &script);
    assert_eq!(theirs.lines().collect::<Vec<_>>(), ours);
}
