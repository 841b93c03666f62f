//! Engines from 20.10 on, played by a proxy before the real one.

use insta::assert_snapshot;
use scf::{
    error::{Diagnose, Failure},
    image::{BuildSettings, Builder, SecretSource, connect_to, exists},
};

use crate::{
    engine_proxy::{Age, EngineProxy},
    workshop::{BUILDERS, Workshop, hash},
};

const fn age(engine: &'static str, oldest: u32, newest: u32) -> Age {
    Age {
        engine,
        newest,
        oldest,
        containerd: newest >= 52,
    }
}

/// Engines with their API versions, as the API's documentation lists them; the last is not there
/// yet.
const AGES: [Age; 6] = [
    age("20.10.24", 12, 41),
    age("23.0.0", 12, 42),
    age("25.0.0", 24, 44),
    age("28.5.0", 24, 51),
    age("29.0.0", 44, 52),
    age("99.0.0", 53, 60),
];

/// The newest engine there is.
pub const NEWEST: Age = AGES[4];

const STEP: &str = "\
FROM scratch
COPY app /app
ARG CACHE_BUST
RUN --mount=type=secret,id=token [\"/app\", \"hash\", \"/run/secrets/token\"]
";

#[tokio::test]
async fn every_engine_builds_in_the_newest_version_that_both_speak() {
    for age in AGES {
        let proxy = EngineProxy::start(age);
        let shop = Workshop::at(&proxy.host(), STEP).await;
        shop.add_program();
        let mut request = shop.request(&shop.source(), Builder::Newest);
        let token = SecretSource::Value("value".to_owned().into());
        request.settings.secrets.insert("token".to_owned(), token);
        let id = shop.run(&request).await.unwrap();
        let arrived = format!("hash {:016x}", hash(b"value"));
        assert!(shop.lines().contains(&arrived), "{age:?}");
        assert_eq!(exists(&shop.docker, shop.tag()).await.unwrap(), Some(id));
        shop.inspect().await;
        shop.write("Dockerfile", "FROM scratch\nCOPY app /app\n");
        shop.build(&shop.source(), Builder::Classic).await.unwrap();

        let version = format!(" /v1.{}/", age.newest.min(53));
        let asked = proxy.asked();
        let (first, rest) = asked.split_first().unwrap();
        assert_eq!(first, "GET /version");
        assert!(rest.iter().all(|it| it.contains(&version)), "{asked:?}");
        // The builder is never left to the engine's default, which is not that of old ones.
        let builds = asked.iter().filter(|it| it.contains("/build?"));
        let versions =
            builds.map(|it| it.contains("version=2&session=") || it.contains("version=1&"));
        assert_eq!(versions.collect::<Vec<_>>(), [true, true], "{asked:?}");
    }
}

#[tokio::test]
async fn an_image_for_another_platform_is_refused_whatever_inspect_leaves_out() {
    for age in [AGES[0], AGES[4]] {
        let proxy = EngineProxy::start(age);
        let shop = Workshop::at(&proxy.host(), "FROM scratch\nCOPY Dockerfile /\n").await;
        let mut source = shop.source();
        source.platform = Some("linux/arm/v6".to_owned());
        shop.build(&source, Builder::Newest).await.unwrap();
        let image = shop.inspect().await;
        assert_eq!(image.variant.as_deref(), Some("v6"), "{age:?}");
        let text = format!(
            "FROM --platform=linux/arm/v6 {}\nCOPY Dockerfile /\n",
            shop.tag()
        );
        let other = Workshop::at(&proxy.host(), &text).await;
        let mut source = other.source();
        source.platform = Some("linux/s390x".to_owned());
        let error = other.build(&source, Builder::Classic).await.unwrap_err();
        let shown = other.show(error);
        assert!(
            shown.contains("built for linux/arm/v6, not for linux/s390x"),
            "{shown}"
        );
        assert_eq!(exists(&other.docker, other.tag()).await.unwrap(), None);
    }
}

/// The error of a connection, as the user sees it.
async fn refused(age: Age) -> String {
    let proxy = EngineProxy::start(age);
    let host = proxy.host();
    let error = connect_to(&host).await.unwrap_err();
    let (class, hint) = (error.class(), error.hint().unwrap_or_default());
    let shown = format!("{}\nhint: {hint}\nclass: {class:?}", Failure::from(error));
    shown.replace(&host, "unix:///run/docker.sock")
}

#[tokio::test]
async fn an_engine_before_20_10_is_too_old() {
    assert_snapshot!(refused(age("19.03.15", 12, 40)).await, @"
    Docker Engine 19.03.15 at unix:///run/docker.sock speaks API 1.12 to 1.40, and we do not
    hint: API 1.41 is needed: use Docker Engine 20.10 or later
    class: Unavailable
    ");
}

#[tokio::test]
async fn an_engine_that_has_given_up_our_newest_version_is_too_new() {
    assert_snapshot!(refused(age("99.0.0", 54, 60)).await, @"
    Docker Engine 99.0.0 at unix:///run/docker.sock speaks API 1.54 to 1.60, and we do not
    hint: use a later version of scf, which knows this engine
    class: Unavailable
    ");
}

fn limited(shop: &Workshop, builder: Builder) -> scf::image::BuildRequest {
    let mut request = shop.request(&shop.source(), builder);
    request.settings = BuildSettings::default();
    request.settings.manner.limits.shm_size = Some(128 << 20);
    request
}

#[tokio::test]
async fn limits_of_buildkit_need_docker_engine_23() {
    let text = "FROM scratch\nCOPY Dockerfile /\n";
    let proxy = EngineProxy::start(AGES[0]);
    let shop = Workshop::at(&proxy.host(), text).await;
    let error = shop
        .run(&limited(&shop, Builder::Newest))
        .await
        .unwrap_err();
    assert_snapshot!(shop.show(error), @"
    error: image api:tag cannot be built: BuildKit does not do --shm-size
    hint: this engine is too old for it: take it out of `build.options`, use Docker Engine 23.0 or later, or build with the classic builder (DOCKER_BUILDKIT=0)
    class: Config
    ");
    shop.run(&limited(&shop, Builder::Classic)).await.unwrap();

    let proxy = EngineProxy::start(AGES[1]);
    let shop = Workshop::at(&proxy.host(), text).await;
    for builder in BUILDERS {
        shop.run(&limited(&shop, builder)).await.unwrap();
    }
    let builds: Vec<_> = proxy.asked();
    let builds = builds.iter().filter(|it| it.contains("/build?"));
    assert!(builds.clone().all(|it| it.contains("&shmsize=134217728")));
    assert_eq!(builds.count(), 2);
}
