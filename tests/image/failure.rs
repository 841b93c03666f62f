//! Builds that fail, as the user sees them.

use insta::assert_snapshot;
use scf::{
    image::{Builder, exists},
    source::BuildSource,
};

use crate::workshop::{BUILDERS, Workshop};

const FAILING: &str = "\
FROM scratch
COPY app /app
ARG CACHE_BUST
RUN [\"/app\", \"lines\", \"60\", \"begin\", \"no line break\", \"exit\", \"3\"]
COPY app /never
";

/// The error of a failing build.
async fn failure(shop: &Workshop, source: &BuildSource, builder: Builder) -> String {
    let shown = shop.show(shop.build(source, builder).await.unwrap_err());
    assert_eq!(exists(&shop.docker, shop.tag()).await.unwrap(), None);
    shown
}

#[tokio::test]
async fn a_failing_step_of_buildkit() {
    let shop = Workshop::new(FAILING).await;
    shop.add_program();
    assert_snapshot!(failure(&shop, &shop.source(), Builder::Newest).await, @r#"
    line 12
    line 13
    line 14
    line 15
    line 16
    line 17
    line 18
    line 19
    line 20
    line 21
    line 22
    line 23
    line 24
    line 25
    line 26
    line 27
    line 28
    line 29
    line 30
    line 31
    line 32
    line 33
    line 34
    line 35
    line 36
    line 37
    line 38
    line 39
    line 40
    line 41
    line 42
    line 43
    line 44
    line 45
    line 46
    line 47
    line 48
    line 49
    line 50
    line 51
    line 52
    line 53
    line 54
    line 55
    line 56
    line 57
    line 58
    line 59
    line 60
    no line break
    error: image api:tag failed to build at [2/3] RUN ["/app", "lines", "60", "begin", "no line break", "exit", "3"]: executor failed running [/app lines 60 begin no line break exit 3]: exit code: 3
    hint: fix that step of the Dockerfile; `--debug` shows the whole log
    class: Build
    "#);
}

#[tokio::test]
async fn a_failing_step_of_the_classic_builder() {
    let shop = Workshop::new(FAILING).await;
    shop.add_program();
    assert_snapshot!(failure(&shop, &shop.source(), Builder::Classic).await, @r#"
    line 12
    line 13
    line 14
    line 15
    line 16
    line 17
    line 18
    line 19
    line 20
    line 21
    line 22
    line 23
    line 24
    line 25
    line 26
    line 27
    line 28
    line 29
    line 30
    line 31
    line 32
    line 33
    line 34
    line 35
    line 36
    line 37
    line 38
    line 39
    line 40
    line 41
    line 42
    line 43
    line 44
    line 45
    line 46
    line 47
    line 48
    line 49
    line 50
    line 51
    line 52
    line 53
    line 54
    line 55
    line 56
    line 57
    line 58
    line 59
    line 60
    no line break
    error: image api:tag failed to build at Step 4/6 : RUN ["/app", "lines", "60", "begin", "no line break", "exit", "3"]: The command '/app lines 60 begin no line break exit 3' returned a non-zero code: 3
    hint: fix that step of the Dockerfile; `--debug` shows the whole log
    class: Build
    "#);
}

#[tokio::test]
async fn a_missing_file() {
    let shop = Workshop::new("FROM scratch\nCOPY no-such-file /\n").await;
    assert_snapshot!(failure(&shop, &shop.source(), Builder::Newest).await, @r#"
    error: image api:tag failed to build at [1/1] COPY no-such-file /: "/no-such-file" not found: not found
    hint: fix that step of the Dockerfile; `--debug` shows the whole log
    class: Build
    "#);
    assert_snapshot!(failure(&shop, &shop.source(), Builder::Classic).await, @r"
    error: image api:tag failed to build at Step 2/3 : COPY no-such-file /: COPY failed: file not found in build context or excluded by .dockerignore: stat no-such-file: file does not exist
    hint: fix that step of the Dockerfile; `--debug` shows the whole log
    class: Build
    ");
}

#[tokio::test]
async fn a_malformed_dockerfile() {
    let shop = Workshop::new("FROM scratch\nCOPPY . /\n").await;
    assert_snapshot!(failure(&shop, &shop.source(), Builder::Newest).await, @r"
    error: image api:tag failed to build: dockerfile parse error line 2: unknown instruction: COPPY
    class: Build
    ");
    assert_snapshot!(failure(&shop, &shop.source(), Builder::Classic).await, @r"
    error: image api:tag failed to build: dockerfile parse error line 2: unknown instruction: COPPY
    class: Build
    ");
}

#[tokio::test]
async fn an_unknown_target() {
    let shop = Workshop::new("FROM scratch\nCOPY Dockerfile /\n").await;
    let source = BuildSource {
        target: Some("no-such-stage".to_owned()),
        ..shop.source()
    };
    assert_snapshot!(failure(&shop, &source, Builder::Newest).await, @r"
    error: image api:tag failed to build: target stage no-such-stage could not be found
    class: Build
    ");
    assert_snapshot!(failure(&shop, &source, Builder::Classic).await, @r"
    error: image api:tag failed to build: failed to reach build target no-such-stage in Dockerfile
    class: Build
    ");
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_sent() {
    let shop = Workshop::new("FROM scratch\nCOPY . /\n").await;
    shop.write("data", "one");
    for builder in BUILDERS {
        let request = shop.request(&shop.source(), builder);
        shop.write("data", format!("not {builder:?}"));
        let error = shop.run(&request).await.unwrap_err();
        insta::allow_duplicates! {
            assert_snapshot!(shop.show(error), @r"
            error: the build context of image api:tag could not be sent: /context/data changed while the build context was being sent
            hint: run again once nothing writes to the build context, or list the file in `.dockerignore`
            class: Build
            ");
        }
    }
}

#[tokio::test]
async fn argument_values_stay_out_of_errors_and_logs() {
    for builder in BUILDERS {
        let text = "FROM scratch\nARG TOKEN\nCOPY app /app\nRUN [\"/app\", \"exit\", \"1\"]\n";
        let shop = Workshop::new(text).await;
        shop.add_program();
        let mut source = shop.source();
        source
            .args
            .insert("TOKEN".to_owned(), "s3cr3t-v4lue".to_owned());
        let error = shop.build(&source, builder).await.unwrap_err();
        let debug = format!("{error:?}\n{}", shop.lines().join("\n"));
        let shown = format!("{debug}\n{}", shop.show(error));
        assert!(!shown.contains("s3cr3t-v4lue"), "{shown}");
    }
}

/// The classic builder takes the platform of the base image; BuildKit writes down the one that was
/// asked for.
#[tokio::test]
async fn an_image_for_another_platform_is_not_kept() {
    let base = Workshop::new("FROM scratch\nCOPY Dockerfile /\n").await;
    let amd64 = Some("linux/amd64".to_owned());
    let source = BuildSource {
        platform: amd64,
        ..base.source()
    };
    base.build(&source, Builder::Newest).await.unwrap();
    let text = format!(
        "FROM --platform=linux/amd64 {}\nCOPY Dockerfile /\n",
        base.tag()
    );
    let shop = Workshop::new(&text).await;
    let platform = Some("linux/s390x".to_owned());
    let source = BuildSource {
        platform,
        ..shop.source()
    };
    assert_snapshot!(failure(&shop, &source, Builder::Classic).await, @r"
    error: image api:tag was built for linux/amd64, not for linux/s390x
    hint: take `--platform` out of the Dockerfile's last `FROM`; if there is none, build on an engine that can (BuildKit with QEMU, or a machine of that architecture)
    class: Build
    ");
}
