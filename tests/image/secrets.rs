//! Secrets reach the step that asks for them, and nothing else.

use insta::assert_snapshot;
use scf::image::{BuildSettings, Builder, SecretSource};

use crate::workshop::{Workshop, hash};

const VALUE: &str = "s3cr3t-v4lue of \"this\" test\n";

fn settings(secrets: impl IntoIterator<Item = (&'static str, SecretSource)>) -> BuildSettings {
    let secrets = secrets
        .into_iter()
        .map(|(id, secret)| (id.to_owned(), secret));
    BuildSettings {
        secrets: secrets.collect(),
        ..BuildSettings::default()
    }
}

fn value(text: &str) -> SecretSource {
    SecretSource::Value(text.to_owned().into())
}

#[tokio::test]
async fn a_step_gets_the_secret_and_the_image_does_not() {
    let text = "\
FROM scratch
COPY app /app
ARG CACHE_BUST
RUN --mount=type=secret,id=token [\"/app\", \"hash\", \"/run/secrets/token\"]
RUN [\"/app\", \"list\", \"/\"]
";
    let shop = Workshop::new(text).await;
    shop.add_program();
    let mut request = shop.request(&shop.source(), Builder::Newest);
    request.settings = settings([("token", value(VALUE))]);
    shop.run(&request).await.unwrap();
    let arrived = format!("hash {:016x}", hash(VALUE.as_bytes()));
    assert!(shop.lines().contains(&arrived), "{:?}", shop.lines());
    let image = format!("{:?} {:?}", shop.inspect().await, shop.history().await);
    assert!(!image.contains("s3cr3t-v4lue"), "{image}");
    let layers = shop.export().await;
    let found = layers.windows(12).any(|bytes| bytes == b"s3cr3t-v4lue");
    assert!(!found, "the secret is in a layer");
}

#[tokio::test]
async fn a_secret_comes_from_a_file_or_the_environment() {
    let text = "\
FROM scratch
COPY app /app
ARG CACHE_BUST
RUN --mount=type=secret,id=file --mount=type=secret,id=variable --mount=type=secret,id=either \\
    [\"/app\", \"hash\", \"/run/secrets/file\", \"hash\", \"/run/secrets/variable\", \\
     \"hash\", \"/run/secrets/either\"]
";
    let shop = Workshop::new(text).await;
    shop.add_program();
    shop.write("outside", [0, 255, 10]);
    let mut request = shop.request(&shop.source(), Builder::Newest);
    let manifest = "CARGO_MANIFEST_DIR".to_owned();
    request.settings = settings([
        ("file", SecretSource::File(shop.path("outside"))),
        ("variable", SecretSource::Environment(manifest)),
        (
            "either",
            SecretSource::Either {
                variable: "SCF_TEST_IS_NOT_SET".to_owned(),
                file: shop.path("outside"),
            },
        ),
    ]);
    shop.run(&request).await.unwrap();
    let [file, variable] = [&[0, 255, 10][..], env!("CARGO_MANIFEST_DIR").as_bytes()];
    let hashes = [file, variable, file].map(|value| format!("hash {:016x}", hash(value)));
    let printed = shop.lines();
    let printed: Vec<_> = printed.iter().filter(|it| it.starts_with("hash")).collect();
    assert_eq!(printed, hashes.iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_secret_that_a_step_prints_is_masked() {
    let text = "\
FROM scratch
COPY app /app
ARG CACHE_BUST
RUN --mount=type=secret,id=token [\"/app\", \"cat\", \"/run/secrets/token\", \"exit\", \"3\"]
";
    let shop = Workshop::new(text).await;
    shop.add_program();
    let mut request = shop.request(&shop.source(), Builder::Newest);
    request.settings = settings([("token", value(VALUE))]);
    let error = shop.run(&request).await.unwrap_err();
    let debug = format!("{error:?} {request:?} {:?}", shop.lines());
    assert!(!debug.contains("s3cr3t-v4lue"), "{debug}");
    assert_snapshot!(shop.show(error), @r#"
    ***
    error: image api:tag failed to build at [2/2] RUN --mount=type=secret,id=token ["/app", "cat", "/run/secrets/token", "exit", "3"]: executor failed running [/app cat /run/secrets/token exit 3]: exit code: 3
    hint: fix that step of the Dockerfile; `--debug` shows the whole log
    class: Build
    "#);
}

#[tokio::test]
async fn a_secret_does_not_count_for_the_cache() {
    let shop = Workshop::new("FROM scratch\nCOPY app /app\nARG CACHE_BUST\nRUN --mount=type=secret,id=token [\"/app\", \"hash\", \"/run/secrets/token\"]\n").await;
    shop.add_program();
    let mut request = shop.request(&shop.source(), Builder::Newest);
    let fingerprint = request.source.fingerprint;
    request.settings = settings([("token", value("one"))]);
    let first = shop.run(&request).await.unwrap();
    request.settings = settings([("token", value("two"))]);
    assert_eq!(shop.run(&request).await.unwrap(), first);
    assert_eq!(request.source.fingerprint, fingerprint);
    let cached = shop
        .lines()
        .iter()
        .filter(|it| it.starts_with("CACHED"))
        .count();
    assert!(cached > 0, "{:?}", shop.lines());
}

#[tokio::test]
async fn secrets_that_are_not_there_are_named_before_anything_is_built() {
    let shop = Workshop::new("FROM scratch\nCOPY Dockerfile /\n").await;
    shop.write("large", vec![b'x'; 500 * 1024 + 1]);
    let cases = [
        SecretSource::Environment("SCF_TEST_IS_NOT_SET".to_owned()),
        SecretSource::File(shop.path("no-such-file")),
        SecretSource::File(shop.path("large")),
    ];
    let mut shown = Vec::new();
    for source in cases {
        let mut request = shop.request(&shop.source(), Builder::Newest);
        request.settings = settings([("token", source)]);
        let error = shop.run(&request).await.unwrap_err();
        shown.push(shop.show(error));
    }
    assert!(shop.lines().is_empty());
    assert_snapshot!(shown.join("\n\n"), @"
    error: the build secret `token` is not there: the environment variable SCF_TEST_IS_NOT_SET is not set
    hint: set it where `scf` runs: in a workflow, with `env:` from `secrets`
    class: Config

    error: the build secret `token` cannot be read from /context/no-such-file: No such file or directory (os error 2)
    hint: `src` of `--secret` is relative to the container's `src`; a value itself goes to `build.secrets`
    class: Config

    error: the build secret `token` is larger than 500 KiB
    hint: BuildKit takes no larger ones; put what is not secret into the build context
    class: Config
    ");
}

#[tokio::test]
async fn the_classic_builder_has_no_secrets() {
    let shop = Workshop::new("FROM scratch\nCOPY Dockerfile /\n").await;
    let mut request = shop.request(&shop.source(), Builder::Classic);
    request.settings = settings([("token", value(VALUE))]);
    let error = shop.run(&request).await.unwrap_err();
    assert_snapshot!(shop.show(error), @"
    error: image api:tag cannot be built: the classic builder does not do build secrets
    hint: build with BuildKit: take DOCKER_BUILDKIT=0 away
    class: Config
    ");
}

#[tokio::test]
async fn a_required_secret_that_the_config_does_not_have() {
    let text = "\
FROM scratch
COPY app /app
ARG CACHE_BUST
RUN --mount=type=secret,id=token,required=true [\"/app\", \"hash\", \"/run/secrets/token\"]
";
    let shop = Workshop::new(text).await;
    shop.add_program();
    let error = shop
        .build(&shop.source(), Builder::Newest)
        .await
        .unwrap_err();
    assert_snapshot!(shop.show(error), @r#"
    error: image api:tag failed to build at [2/2] RUN --mount=type=secret,id=token,required=true ["/app", "hash", "/run/secrets/token"]: secret token not found: not found
    hint: give it as `build.secrets.token`, or as `--secret` in `build.options`
    class: Build
    "#);
}
