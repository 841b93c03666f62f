//! Answers that CloudFront would refuse, from functions that are wrong on purpose.

use scf::edge::{Decision, EdgeHost, Entries, HostError, ViewerRequest};

use super::support::{forwarded, get, shown, with_header};

fn request() -> ViewerRequest {
    with_header(get("a.example.com", "/x?q=1"), "via", "1.1 proxy")
}

/// Runs the body of a handler that has a `good` origin at hand.
fn run(body: &str) -> Result<Decision, HostError> {
    run_for(&request(), body)
}

fn run_for(request: &ViewerRequest, body: &str) -> Result<Decision, HostError> {
    let source = format!(
        "import cf from 'cloudfront';
        import crypto from 'crypto';
        const good = () => ({{
            domainName: 'origin.test', customHeaders: {{}}, originAccessControlConfig: {{ enabled: false }},
            customOriginConfig: {{ port: 443, protocol: 'https', sslProtocols: ['TLSv1.2'] }},
            originShield: {{ enabled: false }}, connectionAttempts: 2,
            timeouts: {{ readTimeout: 30, keepAliveTimeout: 60, connectionTimeout: 5 }},
        }});
        async function handler(event) {{ const request = event.request; const h = request.headers; {body} }}"
    );
    EdgeHost::with_source(&source)
        .unwrap()
        .route(request, &Entries::default())
}

fn forwarding(change: &str) -> Result<Decision, HostError> {
    forwarding_of(&request(), change)
}

fn forwarding_of(request: &ViewerRequest, change: &str) -> Result<Decision, HostError> {
    let body =
        format!("const origin = good(); {change}; cf.updateRequestOrigin(origin); return request;");
    run_for(request, &body)
}

#[test]
fn what_cloudfront_accepts_is_accepted() {
    forwarding("").unwrap();
    forwarding("h['x-new'] = { value: 'a' }; request.uri = '/y'; delete request.querystring.q")
        .unwrap();
    forwarding("origin.hostHeader = 'a.example.com'; origin.customHeaders['x-a'] = 'b'").unwrap();
}

#[test]
fn what_cloudfront_refuses_is_refused_with_502() {
    let changes = [
        "h.host = { value: 'b.example.com' }",
        "delete h.host",
        "delete h.via",
        "h.via = { value: 'x' }",
        "h['x-forwarded-proto'] = { value: 'https' }",
        "h['x-real-ip'] = { value: '1' }",
        "h['x-amzn-trace-id'] = { value: '1' }",
        "h['x-edge-location'] = { value: '1' }",
        "h.connection = { value: 'close' }",
        "h.upgrade = { value: 'x' }",
        "h['X-Upper'] = { value: 'x' }",
        "h['x-a'] = { value: 'a\\r\\nb: c' }",
        "h['x-a'] = { value: 'a' }; origin.customHeaders['x-a'] = 'b'",
        "origin.customHeaders.host = 'b'",
        "origin.customHeaders['x-forwarded-proto'] = 'b'",
        "request.method = 'POST'",
        "request.uri = 'y'",
        "request.uri = '/a b'",
        "request.querystring = { a: { value: '#' } }",
        "request.uri = '/' + 'a'.repeat(9000)",
        "delete origin.domainName",
        "delete origin.customHeaders",
        "delete origin.customOriginConfig",
        "delete origin.originAccessControlConfig",
        "delete origin.originShield",
        "delete origin.connectionAttempts",
        "delete origin.timeouts",
        "delete origin.timeouts.readTimeout",
        "delete origin.timeouts.keepAliveTimeout",
        "delete origin.timeouts.connectionTimeout",
        "origin.domainName = 'a:80'",
        "origin.domainName = '10.0.0.1'",
        "origin.hostHeader = 'a:80'",
        "origin.timeouts.readTimeout = 121",
        "origin.connectionAttempts = 4",
        "origin.originAccessControlConfig.enabled = true",
        "origin.customOriginConfig.sslProtocols = []",
        "origin.customOriginConfig.protocol = 'ftp'",
        "origin.surprise = 1",
    ];
    let texts: String = changes
        .iter()
        .map(|change| match forwarding(change) {
            Err(error) if error.status() == 502 => format!("{change}\n    {error}\n"),
            other => panic!(
                "{change}: {}",
                other.map_or_else(|e| e.to_string(), |d| shown(&d))
            ),
        })
        .collect();
    insta::assert_snapshot!(texts.replace("CloudFront would refuse the routing function's answer", "..."), @r#"
    h.host = { value: 'b.example.com' }
        ...: it may not set or remove the header host
    delete h.host
        ...: it may not set or remove the header host
    delete h.via
        ...: it may not set or remove the header via
    h.via = { value: 'x' }
        ...: it may not set or remove the header via
    h['x-forwarded-proto'] = { value: 'https' }
        ...: it may not set or remove the header x-forwarded-proto
    h['x-real-ip'] = { value: '1' }
        ...: it may not set or remove the header x-real-ip
    h['x-amzn-trace-id'] = { value: '1' }
        ...: it may not set or remove the header x-amzn-trace-id
    h['x-edge-location'] = { value: '1' }
        ...: it may not set or remove the header x-edge-location
    h.connection = { value: 'close' }
        ...: it may not set or remove the header connection
    h.upgrade = { value: 'x' }
        ...: it may not set or remove the header upgrade
    h['X-Upper'] = { value: 'x' }
        ...: "X-Upper" is no lower-case header name
    h['x-a'] = { value: 'a\r\nb: c' }
        ...: the header x-a has a control character
    h['x-a'] = { value: 'a' }; origin.customHeaders['x-a'] = 'b'
        ...: the custom header x-a is in the request too
    origin.customHeaders.host = 'b'
        ...: it may not set or remove the header host
    origin.customHeaders['x-forwarded-proto'] = 'b'
        ...: it may not set or remove the header x-forwarded-proto
    request.method = 'POST'
        ...: it changes the method
    request.uri = 'y'
        ...: it makes a URL that cannot be sent
    request.uri = '/a b'
        ...: it makes a URL that cannot be sent
    request.querystring = { a: { value: '#' } }
        ...: it makes a URL that cannot be sent
    request.uri = '/' + 'a'.repeat(9000)
        ...: it makes a URL that cannot be sent
    delete origin.domainName
        ...: updateRequestOrigin() leaves out domainName, which would be inherited
    delete origin.customHeaders
        ...: updateRequestOrigin() leaves out customHeaders, which would be inherited
    delete origin.customOriginConfig
        ...: updateRequestOrigin() leaves out customOriginConfig, which would be inherited
    delete origin.originAccessControlConfig
        ...: updateRequestOrigin() leaves out originAccessControlConfig, which would be inherited
    delete origin.originShield
        ...: updateRequestOrigin() leaves out originShield, which would be inherited
    delete origin.connectionAttempts
        ...: updateRequestOrigin() leaves out connectionAttempts, which would be inherited
    delete origin.timeouts
        ...: updateRequestOrigin() leaves out timeouts, which would be inherited
    delete origin.timeouts.readTimeout
        ...: updateRequestOrigin() leaves out readTimeout, which would be inherited
    delete origin.timeouts.keepAliveTimeout
        ...: updateRequestOrigin() leaves out keepAliveTimeout, which would be inherited
    delete origin.timeouts.connectionTimeout
        ...: updateRequestOrigin() leaves out connectionTimeout, which would be inherited
    origin.domainName = 'a:80'
        ...: updateRequestOrigin() has a bad domainName
    origin.domainName = '10.0.0.1'
        ...: updateRequestOrigin() has a bad domainName
    origin.hostHeader = 'a:80'
        ...: updateRequestOrigin() has a bad hostHeader
    origin.timeouts.readTimeout = 121
        ...: updateRequestOrigin() has a bad readTimeout
    origin.connectionAttempts = 4
        ...: updateRequestOrigin() has a bad connectionAttempts
    origin.originAccessControlConfig.enabled = true
        ...: updateRequestOrigin() has a bad originAccessControlConfig
    origin.customOriginConfig.sslProtocols = []
        ...: updateRequestOrigin() has a bad sslProtocols
    origin.customOriginConfig.protocol = 'ftp'
        ...: updateRequestOrigin() has a bad field
    origin.surprise = 1
        ...: updateRequestOrigin() has a bad field
    "#);
}

#[test]
fn answers_of_no_shape_are_refused_with_502() {
    let bodies = [
        "return request;",
        "return null;",
        "return 1;",
        "return {};",
        "return { statusCode: 99 };",
        "return { statusCode: 'ok' };",
        "return { statusCode: 200, headers: { connection: { value: 'close' } } };",
        "return { statusCode: 200, headers: { 'A': { value: 'close' } } };",
        "return { statusCode: 200, cookies: { a: { value: '1\\r\\n' } } };",
        "return { statusCode: 200, body: { encoding: 'base64', data: 'AA==' } };",
    ];
    for body in bodies {
        assert_eq!(run(body).unwrap_err().status(), 502, "{body}");
    }
}

#[test]
fn functions_that_fail_are_told_apart() {
    let texts: String = [
        "throw new Error('broken');",
        "throw 'text';",
        "return nothing.here;",
        "await new Promise(() => {}); return request;",
        "for (;;) {}",
        "const all = []; for (;;) { all.push('x'.repeat(100000)); }",
        "return cf.kvs().get('k', { format: 'bytes' });",
        "return crypto.createHash('md5').update('a').digest('hex');",
    ]
    .map(|body| {
        let error = run(body).unwrap_err();
        assert_eq!(error.status(), 503, "{body}");
        format!("{error}\n")
    })
    .concat();
    insta::assert_snapshot!(texts, @"
    the routing function failed: broken
    the routing function failed: text
    the routing function failed: nothing is not defined
    the routing function gave no answer
    the routing function took more than 500 ms
    the routing function failed: out of memory
    the routing function failed: format must be string or json
    the routing function failed: only sha256 is supported
    ");
}

#[test]
fn sources_that_do_not_load_are_told_apart() {
    let error = |source: &str| {
        EdgeHost::with_source(source)
            .err()
            .expect("loads")
            .to_string()
            + "\n"
    };
    let texts = [
        "function handler( {",
        "const x = 1;",
        "import fs from 'fs'; function handler() {}",
    ]
    .map(error)
    .concat();
    insta::assert_snapshot!(texts, @"
    the routing function does not load: Unexpected token ';'
    the routing function does not load: exported variable 'handler' does not exist
    the routing function does not load: could not load module 'fs'
    ");
}

#[test]
fn a_host_is_sound_after_a_failure_and_keeps_nothing_of_it() {
    let source = "import cf from 'cloudfront';
        let calls = 0;
        async function later() { await null; await null; await null; calls = 100; }
        async function handler(event) {
            calls++;
            if (event.request.uri === '/hang') { for (;;) {} }
            if (event.request.uri === '/leave') { later(); cf.kvs().get('a'); }
            return { statusCode: 200, body: String(calls) };
        }";
    let host = EdgeHost::with_source(source).unwrap();
    let body = |uri: &str| match host.route(&get("a.example.com", uri), &Entries::default()) {
        Ok(Decision::Respond { body, .. }) => body,
        Ok(decision) => shown(&decision),
        Err(error) => error.to_string(),
    };
    assert_eq!(body("/"), "1");
    assert_eq!(body("/"), "2");
    assert_eq!(body("/hang"), "the routing function took more than 500 ms");
    assert_eq!(body("/"), "1");
    assert_eq!(body("/leave"), "2");
    assert_eq!(body("/"), "1");
}

#[test]
fn digests_are_those_of_the_standards() {
    let body =
        |code: &str| match run(&format!("return {{ statusCode: 200, body: {code} }};")).unwrap() {
            Decision::Respond { body, .. } => body,
            forward @ Decision::Forward { .. } => shown(&forward),
        };
    assert_eq!(
        body("crypto.createHash('sha256').update('a').update('bc').digest('hex')"),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    assert_eq!(
        body("crypto.createHash('sha256').digest('base64')"),
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    );
    assert_eq!(
        body(
            "crypto.createHmac('sha256', 'Jefe').update('what do ya want for nothing?').digest('base64url')"
        ),
        "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM"
    );
}

#[test]
fn duplicates_keep_their_order_and_a_new_value_replaces_the_first() {
    let source = "import cf from 'cloudfront';
        function handler(event) {
            const q = event.request.querystring;
            return { statusCode: 200, body: JSON.stringify([q, event.request.cookies, event.request.headers]) };
        }";
    let request = with_header(get("a.example.com", "/?b=1&a&b=2&=&c=x=y"), "Accept", "1");
    let request = with_header(with_header(request, "accept", "2"), "Cookie", "s=1; t; s=2");
    let request = with_header(with_header(request, "cookie", "u=3"), "Connection", "close");
    let decision = EdgeHost::with_source(source)
        .unwrap()
        .route(&request, &Entries::default())
        .unwrap();
    insta::assert_snapshot!(shown(&decision), @r#"
    200
    [{"b":{"value":"1","multiValue":[{"value":"1"},{"value":"2"}]},"a":{"value":""},"":{"value":""},"c":{"value":"x=y"}},{"s":{"value":"1","multiValue":[{"value":"1"},{"value":"2"}]},"u":{"value":"3"}},{"host":{"value":"a.example.com"},"accept":{"value":"1","multiValue":[{"value":"1"},{"value":"2"}]}}]
    "#);
}

#[test]
fn a_new_first_value_leaves_the_other_duplicates() {
    let mut viewer = with_header(request(), "x-a", "1");
    viewer = with_header(viewer, "x-a", "2");
    let sent = |change: &str| {
        let decision = forwarding_of(&viewer, change).unwrap();
        let (_, headers, _) = forwarded(decision);
        let values = headers
            .into_iter()
            .filter(|(name, _)| name == "x-a")
            .map(|(_, value)| value);
        values.collect::<Vec<_>>().join(",")
    };
    assert_eq!(sent(""), "1,2");
    assert_eq!(sent("h['x-a'].value = 'new'"), "new,2");
    assert_eq!(sent("h['x-a'].multiValue.push({ value: '3' })"), "1,2,3");
    assert_eq!(
        sent("h['x-a'].value = 'no'; h['x-a'].multiValue[1].value = 'b'"),
        "1,b"
    );
    assert_eq!(sent("h['x-a'] = { value: 'alone' }"), "alone");
}
