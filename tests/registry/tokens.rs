//! Token authentication: with the real registry, which verifies what our token server signs.

use std::sync::Arc;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use insta::assert_snapshot;
use rcgen::{CertificateParams, KeyPair, SigningKey as _};
use scf::image::registry::{Content, Keychain, Reference, RegistryClient, push};
use serde_json::json;

use crate::{
    bed::{Auth, PASSWORD, RegistryServer, USER, client_of, keychain, shown},
    scratch::Scratch,
    scripted::{self, Asked, Server},
};

/// Signs tokens as the registry's authority (distribution's "Token Authentication Implementation").
struct Authority {
    key: KeyPair,
    /// DER.
    certificate: Vec<u8>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["tokens.test".to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self {
            certificate: certificate.der().to_vec(),
            pem: certificate.pem(),
            key,
        }
    }

    /// A token for these actions on a repository.
    fn token(&self, repository: &str, actions: &[&str]) -> String {
        let now = jiff::Timestamp::now().as_second();
        let header =
            json!({ "typ": "JWT", "alg": "ES256", "x5c": [STANDARD.encode(&self.certificate)] });
        let access = json!([{ "type": "repository", "name": repository, "actions": actions }]);
        let claims = json!({ "iss": "test", "sub": USER, "aud": "test-registry", "exp": now + 300, "nbf": now - 300, "iat": now, "jti": "1", "access": access });
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = raw(&self.key.sign(signed.as_bytes()).unwrap());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// The two numbers of an ECDSA signature in DER, side by side as JWS has them (RFC 7518, 3.4).
fn raw(der: &[u8]) -> Vec<u8> {
    let number = |at: usize| {
        let length = usize::from(der[at + 1]);
        let digits = &der[at + 2..at + 2 + length];
        let digits = &digits[digits.len().saturating_sub(32)..];
        let padded = [vec![0; 32 - digits.len()], digits.to_vec()].concat();
        (padded, at + 2 + length)
    };
    let (first, next) = number(2);
    [first, number(next).0].concat()
}

/// The token server: everything for who knows the password, nothing for a wrong one, and for nobody
/// a token that allows nothing.
async fn token_server(authority: Arc<Authority>) -> Server {
    let known = format!("Basic {}", STANDARD.encode(format!("{USER}:{PASSWORD}")));
    Server::start(move |asked: &Asked| {
        let token = |actions| json!({ "token": authority.token("shop/api", actions) }).to_string();
        match &asked.authorization {
            Some(shown) if *shown == known => (200, vec![], token(&["pull", "push"])),
            Some(_) => (401, vec![], String::new()),
            None => (200, vec![], token(&[])),
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_fetched_and_let_in() {
    let authority = Arc::new(Authority::new());
    let tokens = token_server(authority.clone()).await;
    let realm = format!("http://{}/token", tokens.host);
    let server = RegistryServer::start(&Auth::Token {
        realm,
        certificate: authority.pem.clone(),
    });
    let scratch = Scratch::new().await;
    let (image, known, reference) = (
        scratch.image().await,
        server.known(),
        server.reference("shop/api:1"),
    );

    let client = client_of(&known);
    assert_eq!(client.resolve(&reference).await.unwrap(), None);
    let (path, shown_to) = tokens.asked().remove(0);
    assert_eq!(
        path,
        "/token?service=test-registry&scope=repository%3Ashop%2Fapi%3Apull&client_id=scf-action"
    );
    assert!(shown_to.is_some());

    let credential = known.find(&reference.registry).await;
    let stored = push(
        &scratch.docker,
        &image,
        &reference,
        credential,
        &client,
        &|_| {},
    )
    .await
    .unwrap();
    assert!(matches!(stored.content, Content::Image { .. }));

    let refused = client_of(&keychain(""))
        .resolve(&reference)
        .await
        .unwrap_err();
    assert_snapshot!(shown(refused, &server.host), @"
    registry.test refuses to show registry.test/shop/api:1: UNAUTHORIZED authentication required; no credentials for it were given
    hint: give them with `registry-auth` (environment SCF_REGISTRY_AUTH) as `registry.test=user:password`, or log in with `docker login`
    class: Denied
    ");
    let refused = client_of(&server.keychain("scf:wrong"))
        .resolve(&reference)
        .await
        .unwrap_err();
    assert_snapshot!(shown(refused, &server.host), @"
    registry.test refuses to show registry.test/shop/api:1: its token server does not accept them; the credentials for it do not suffice
    hint: check that the user of registry.test in `registry-auth` (or of `docker login`) may do this, and that the token has not expired
    class: Denied
    ");
}

/// A registry that wants the token `t` of this realm.
async fn wanting_a_token(realm: String) -> Server {
    Server::start(move |asked| {
        match (
            asked.authorization.as_deref(),
            asked.path.contains("/blobs/"),
        ) {
            (Some("Bearer t"), true) => (200, vec![], scripted::CONFIG.to_owned()),
            (Some("Bearer t"), false) => (200, vec![], scripted::manifest()),
            _ => (
                401,
                vec![(
                    "www-authenticate",
                    format!("Bearer realm=\"{realm}\",service=\"s\""),
                )],
                String::new(),
            ),
        }
    })
    .await
}

#[tokio::test]
async fn an_identity_token_is_exchanged() {
    let tokens = Server::start(|_| (200, vec![], r#"{"access_token": "t"}"#.to_owned())).await;
    let server = wanting_a_token(format!("http://{}/token", tokens.host)).await;
    let auth = format!(
        r#"{{"auths": {{"{}": {{"identitytoken": "re/fresh"}}}}}}"#,
        server.host
    );
    let reference: Reference = format!("{}/shop/api:1", server.host).parse().unwrap();
    let keychain: Arc<Keychain> = keychain(&auth);
    RegistryClient::new(keychain)
        .resolve(&reference)
        .await
        .unwrap()
        .unwrap();
    let asked = tokens.asked.lock().unwrap().remove(0);
    assert_eq!((asked.path.as_str(), asked.authorization), ("/token", None));
    assert_eq!(
        asked.body,
        "grant_type=refresh_token&service=s&scope=repository%3Ashop%2Fapi%3Apull&client_id=scf-action&refresh_token=re%2Ffresh"
    );
}

#[tokio::test]
async fn a_password_is_not_sent_in_the_clear_and_odd_token_servers_are_told() {
    let mut told = Vec::new();
    let server = wanting_a_token("http://tokens.example.com/token".to_owned()).await;
    told.push(shown(
        server.resolve("bot:s3cret").await.unwrap_err(),
        &server.host,
    ));
    for (status, body) in [(500, ""), (200, "{}"), (200, r#"{"token": "a\nb"}"#)] {
        let tokens = Server::start(move |_| (status, vec![], body.to_owned())).await;
        let server = wanting_a_token(format!("http://{}/token", tokens.host)).await;
        told.push(shown(
            server.resolve("bot:s3cret").await.unwrap_err(),
            &server.host,
        ));
    }
    assert_snapshot!(told.join("\n"), @"
    registry.test was asked to show registry.test/shop/api:1 and answers a token server whose address is no `https://` URL
    hint: check that a registry answers there, and run the command again if it is overloaded
    class: Unavailable
    registry.test was asked to show registry.test/shop/api:1 and answers 500 Internal Server Error at its token server
    hint: check that a registry answers there, and run the command again if it is overloaded
    class: Unavailable
    registry.test was asked to show registry.test/shop/api:1 and answers no token at its token server
    hint: check that a registry answers there, and run the command again if it is overloaded
    class: Unavailable
    registry.test was asked to show registry.test/shop/api:1 and answers a token that no header can hold
    hint: check that a registry answers there, and run the command again if it is overloaded
    class: Unavailable
    ");
}
