//! Push, and what the registry has then.

use hyper::Method;
use insta::assert_snapshot;
use scf::image::registry::{Content, Digest, Listed, Reference, push};
use serde_json::json;

use crate::{
    bed::{Auth, RegistryServer, client_of, keychain, send, shown},
    scratch::Scratch,
};

const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";

#[tokio::test]
async fn an_image_that_the_engine_pushed_is_read_back() {
    let server = RegistryServer::start(&Auth::Basic);
    let (scratch, keychain) = (Scratch::new().await, server.known());
    let (image, reference) = (scratch.image().await, server.reference("shop/api:1"));
    let (client, lines) = (client_of(&keychain), std::sync::Mutex::new(Vec::new()));
    assert!(!client.exists(&reference).await.unwrap());

    let log = |line: &str| lines.lock().unwrap().push(line.to_owned());
    let credential = keychain.find(&reference.registry).await;
    let stored = push(
        &scratch.docker,
        &image,
        &reference,
        credential,
        &client,
        &log,
    )
    .await
    .unwrap();

    let id = scratch
        .docker
        .inspect_image(&image)
        .await
        .unwrap()
        .id
        .unwrap();
    let content = Content::Image {
        config: Digest::parse(&id).unwrap(),
        platform: "linux/amd64".to_owned(),
    };
    assert_eq!(stored.content, content);
    assert_eq!(
        stored.media_type,
        "application/vnd.docker.distribution.manifest.v2+json"
    );
    assert!(client.exists(&reference).await.unwrap());
    let by_digest: Reference = format!("{}@{}", reference.name(), stored.digest)
        .parse()
        .unwrap();
    let again = client.resolve(&by_digest).await.unwrap().unwrap();
    assert_eq!((again.digest, again.content), (stored.digest, content));
    assert!(
        lines
            .into_inner()
            .unwrap()
            .iter()
            .any(|line| line == "Pushed")
    );
    // The name that it was pushed under is gone from the engine, the image is not.
    scratch
        .docker
        .inspect_image(&reference.to_string())
        .await
        .unwrap_err();
}

/// Uploads a blob; returns its descriptor.
async fn blob(base: &str, media_type: &str, body: &serde_json::Value) -> serde_json::Value {
    let body = body.to_string();
    let digest = Digest::of(body.as_bytes()).to_string();
    let begun = send(
        Method::POST,
        &format!("{base}/blobs/uploads/"),
        "text/plain",
        "",
    )
    .await;
    let location = begun.headers()["location"].to_str().unwrap().to_owned();
    let size = body.len();
    send(
        Method::PUT,
        &format!("{location}&digest={digest}"),
        "application/octet-stream",
        body,
    )
    .await;
    json!({ "mediaType": media_type, "digest": digest, "size": size })
}

async fn manifest(base: &str, tag: &str, media_type: &str, body: &serde_json::Value) -> Digest {
    let body = body.to_string();
    let digest = Digest::of(body.as_bytes());
    let version = if tag.is_empty() { digest.as_str() } else { tag };
    send(
        Method::PUT,
        &format!("{base}/manifests/{version}"),
        media_type,
        body,
    )
    .await;
    digest
}

#[tokio::test]
async fn an_index_has_its_images_and_apart_from_them_its_attestations() {
    let server = RegistryServer::start(&Auth::Nobody);
    let base = format!("http://{}/v2/shop/api", server.host);
    let mut listed = Vec::new();
    let mut digests = Vec::new();
    for (os, architecture, variant) in [
        ("linux", "amd64", None),
        ("linux", "arm64", Some("v8")),
        ("unknown", "unknown", None),
    ] {
        let mut platform = json!({ "os": os, "architecture": architecture });
        if let Some(variant) = variant {
            platform["variant"] = variant.into();
        }
        let config = blob(&base, OCI_CONFIG, &platform).await;
        let body = json!({ "schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": [] });
        let digest = manifest(&base, "", OCI_MANIFEST, &body).await;
        listed.push(json!({ "mediaType": OCI_MANIFEST, "digest": digest.as_str(), "size": body.to_string().len(), "platform": platform }));
        digests.push(digest);
    }
    let index = json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": listed });
    let digest = manifest(&base, "1", OCI_INDEX, &index).await;

    let client = client_of(&keychain(""));
    let stored = client
        .resolve(&server.reference("shop/api:1"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (stored.digest, stored.media_type.as_str()),
        (digest, OCI_INDEX)
    );
    let listed = |digest: &Digest, platform: &str| Listed {
        digest: digest.clone(),
        platform: platform.to_owned(),
    };
    let images = vec![
        listed(&digests[0], "linux/amd64"),
        listed(&digests[1], "linux/arm64/v8"),
    ];
    let attestations = vec![digests[2].clone()];
    assert_eq!(
        stored.content,
        Content::Index {
            images,
            attestations
        }
    );

    let arm: Reference = format!("{}/shop/api@{}", server.host, digests[1])
        .parse()
        .unwrap();
    let arm = client.resolve(&arm).await.unwrap().unwrap();
    assert!(matches!(arm.content, Content::Image { platform, .. } if platform == "linux/arm64/v8"));
}

#[tokio::test]
async fn what_is_not_there_is_neither_an_error_nor_a_refusal() {
    let server = RegistryServer::start(&Auth::Basic);
    let (scratch, known) = (Scratch::new().await, server.known());
    let image = scratch.image().await;
    let (client, there) = (client_of(&known), server.reference("shop/api:1"));
    let credential = known.find(&there.registry).await;
    push(
        &scratch.docker,
        &image,
        &there,
        credential,
        &client,
        &|_| {},
    )
    .await
    .unwrap();
    for absent in [
        "shop/api:2",
        "shop/web:1",
        &format!("shop/api@sha256:{}", "0".repeat(64)),
    ] {
        assert_eq!(
            client.resolve(&server.reference(absent)).await.unwrap(),
            None,
            "{absent}"
        );
    }
    // Who may not see it is not told that it is not there.
    for login in ["nobody:wrong", &format!("{}:wrong", crate::bed::USER)] {
        let stranger = client_of(&server.keychain(login));
        stranger
            .exists(&server.reference("shop/web:1"))
            .await
            .unwrap_err();
    }
}

#[tokio::test]
async fn a_refused_reader_is_told_how_to_get_in() {
    let server = RegistryServer::start(&Auth::Basic);
    let reference = server.reference("shop/api:1");
    let nobody = client_of(&keychain(""))
        .resolve(&reference)
        .await
        .unwrap_err();
    assert_snapshot!(shown(nobody, &server.host), @"
    registry.test refuses to show registry.test/shop/api:1: authentication required; no credentials for it were given
    hint: give them with `registry-auth` (environment SCF_REGISTRY_AUTH) as `registry.test=user:password`, or log in with `docker login`
    class: Denied
    ");
    let wrong = client_of(&server.keychain("scf:wrong"))
        .resolve(&reference)
        .await
        .unwrap_err();
    assert_snapshot!(shown(wrong, &server.host), @"
    registry.test refuses to show registry.test/shop/api:1: UNAUTHORIZED authentication required; the credentials for it do not suffice
    hint: check that the user of registry.test in `registry-auth` (or of `docker login`) may do this, and that the token has not expired
    class: Denied
    ");
}

#[tokio::test]
async fn a_refused_push_is_told_from_a_failed_one() {
    let server = RegistryServer::start(&Auth::Basic);
    let (scratch, none) = (Scratch::new().await, keychain(""));
    let image = scratch.image().await;
    let reference = server.reference("shop/api:1");
    let refused = push(
        &scratch.docker,
        &image,
        &reference,
        None,
        &client_of(&none),
        &|_| {},
    )
    .await;
    assert_snapshot!(shown(refused.unwrap_err(), &server.host), @"
    registry.test refuses to push registry.test/shop/api:1: no basic auth credentials; no credentials for it were given
    hint: give them with `registry-auth` (environment SCF_REGISTRY_AUTH) as `registry.test=user:password`, or log in with `docker login`
    class: Denied
    ");
    scratch
        .docker
        .inspect_image(&reference.to_string())
        .await
        .unwrap_err();

    let gone = RegistryServer::start(&Auth::Nobody);
    let (host, reference, client) = (
        gone.host.clone(),
        gone.reference("shop/api:1"),
        client_of(&none),
    );
    drop(gone);
    let failed = push(&scratch.docker, &image, &reference, None, &client, &|_| {}).await;
    assert_snapshot!(shown(failed.unwrap_err(), &host), @r#"
    the engine could not push registry.test/shop/api:1: Get "http://registry.test/v2/": dial tcp registry.test: connect: connection refused
    hint: check the image's name, and that the engine's machine reaches the registry
    class: Unavailable
    "#);
    let unreachable = client.resolve(&reference).await.unwrap_err();
    assert_snapshot!(shown(unreachable, &host), @"
    registry.test does not answer: no connection: Connection refused (os error 111)
    hint: check the registry's name, and that this machine reaches it
    class: Unavailable
    ");
}
