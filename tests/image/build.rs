//! Builds that succeed.

use std::time::Duration;

use scf::{
    image::{Builder, exists},
    source::{BuildSource, DockerfileSource},
};

use crate::workshop::{BUILDERS, Workshop};

const GREETING: &str = "\
FROM scratch
ARG GREETING=none
LABEL greeting=$GREETING
COPY app /app
";

#[tokio::test]
async fn an_image_has_its_tag_its_arguments_and_its_labels() {
    for builder in BUILDERS {
        let shop = Workshop::new(GREETING).await;
        shop.add_program();
        let mut source = shop.source();
        source
            .args
            .insert("GREETING".to_owned(), "a \"b\" & ü".to_owned());
        assert_eq!(exists(&shop.docker, shop.tag()).await.unwrap(), None);
        let id = shop.build(&source, builder).await.unwrap();
        assert_eq!(
            exists(&shop.docker, shop.tag()).await.unwrap(),
            Some(id.clone())
        );
        assert_eq!(exists(&shop.docker, id.as_str()).await.unwrap(), Some(id));
        let labels = shop.inspect().await.config.unwrap().labels.unwrap();
        assert_eq!(labels["greeting"], "a \"b\" & ü", "{builder:?}");
        assert_eq!(labels["scf.test"], "yes", "{builder:?}");
    }
}

#[tokio::test]
async fn the_target_stage_is_built() {
    for builder in BUILDERS {
        let text = "FROM scratch AS one\nCOPY a /\nFROM scratch AS two\nCOPY b /\n";
        let shop = Workshop::new(text).await;
        shop.write("a", "");
        shop.write("b", "");
        let source = BuildSource {
            target: Some("one".to_owned()),
            ..shop.source()
        };
        shop.build(&source, builder).await.unwrap();
        assert_eq!(shop.paths().await, ["a"], "{builder:?}");
    }
}

#[tokio::test]
async fn the_dockerfile_may_be_inline_or_outside_of_the_context() {
    for builder in BUILDERS {
        let text = "FROM scratch\nCOPY a /\n";
        let shop = Workshop::new(text).await;
        shop.write("src/a", "");
        let outside = BuildSource {
            context: shop.path("src"),
            ..shop.source()
        };
        let dockerfile = DockerfileSource::Inline(text.to_owned());
        let inline = BuildSource {
            dockerfile,
            ..outside.clone()
        };
        for source in [outside, inline] {
            shop.build(&source, builder).await.unwrap();
            assert_eq!(shop.paths().await, ["a"], "{builder:?}");
        }
    }
}

#[tokio::test]
async fn a_platform_is_passed_through() {
    let shop = Workshop::new("FROM scratch\nCOPY Dockerfile /\n").await;
    let source = BuildSource {
        platform: Some("linux/arm64".to_owned()),
        ..shop.source()
    };
    shop.build(&source, Builder::Newest).await.unwrap();
    assert_eq!(shop.inspect().await.architecture.as_deref(), Some("arm64"));
}

#[tokio::test]
async fn the_log_arrives_line_by_line_while_the_build_runs() {
    let text = "\
FROM scratch
COPY app /app
ARG CACHE_BUST
RUN [\"/app\", \"say\", \"first\", \"sleep\", \"60000\"]
";
    let shop = Workshop::new(text).await;
    shop.add_program();
    for builder in BUILDERS {
        let request = shop.request(&shop.source(), builder);
        let building = shop.run(&request);
        let seen = async {
            while !shop.lines().iter().any(|line| line == "first") {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            ended = building => panic!("{ended:?}"),
            () = seen => {}
            () = tokio::time::sleep(Duration::from_secs(50)) => panic!("{:?}", shop.lines()),
        }
    }
}

/// Command lines of all processes of this machine that hold `mark`; builds run on it too.
fn running(mark: &str) -> usize {
    let processes = std::fs::read_dir("/proc").unwrap().filter_map(|process| {
        let line = std::fs::read(process.ok()?.path().join("cmdline")).ok()?;
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        line.starts_with("/app ").then_some(line)
    });
    processes.filter(|line| line.contains(mark)).count()
}

async fn until(what: impl Fn() -> bool) {
    let waiting = async {
        while !what() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waiting)
        .await
        .expect("in time");
}

#[tokio::test]
async fn a_dropped_build_is_cancelled() {
    for builder in BUILDERS {
        let shop = Workshop::new("").await;
        let mark = shop.tag().replace(':', "-");
        let run = format!(r#"RUN ["/app", "say", "{mark}", "sleep", "120000"]"#);
        shop.write(
            "Dockerfile",
            format!("FROM scratch\nCOPY app /app\n{run}\n"),
        );
        shop.add_program();
        let request = shop.request(&shop.source(), builder);
        tokio::select! {
            ended = shop.run(&request) => panic!("{ended:?}"),
            () = until(|| running(&mark) == 1) => {}
        }
        until(|| running(&mark) == 0).await;
        assert_eq!(
            exists(&shop.docker, shop.tag()).await.unwrap(),
            None,
            "{builder:?}"
        );
    }
}

#[tokio::test]
async fn builds_run_at_the_same_time() {
    let text = "\
FROM scratch
COPY app /app
ARG CACHE_BUST
RUN [\"/app\", \"say\", \"begins\", \"sleep\", \"4000\", \"say\", \"ends\"]
";
    let [one, two, three] = [
        Workshop::new(text).await,
        Workshop::new(text).await,
        Workshop::new(text).await,
    ];
    let order = std::sync::Mutex::new(Vec::new());
    let building = [&one, &two, &three].map(|shop| {
        shop.add_program();
        let request = shop.request(&shop.source(), Builder::Newest);
        let order = &order;
        async move {
            let log = |line: &str| {
                if ["begins", "ends"].contains(&line) {
                    order.lock().unwrap().push(line.to_owned());
                }
            };
            scf::image::build(&shop.docker, &request, &log).await
        }
    });
    for built in futures::future::join_all(building).await {
        built.unwrap();
    }
    let order = order.into_inner().unwrap();
    assert_eq!(
        order,
        ["begins", "begins", "begins", "ends", "ends", "ends"]
    );
}

/// Counting needs a process of its own: other tests open sockets too.
#[tokio::test]
async fn a_build_leaves_no_connection_behind() {
    const ALONE: &str = "SCF_TEST_ALONE";
    if std::env::var_os(ALONE).is_none() {
        let mut command = std::process::Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "build::a_build_leaves_no_connection_behind"]);
        let output = command.env(ALONE, "1").output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(printed.contains("1 passed"), "{printed}");
        return;
    }
    let shop = Workshop::new("FROM scratch\nCOPY Dockerfile /\n").await;
    let before = sockets();
    for _ in 0..3 {
        shop.build(&shop.source(), Builder::Newest).await.unwrap();
    }
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while sockets() > before && tokio::time::Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(
        sockets() <= before,
        "{} sockets, {before} before",
        sockets()
    );
}

fn sockets() -> usize {
    let open = std::fs::read_dir("/proc/self/fd").unwrap();
    let targets = open.filter_map(|file| std::fs::read_link(file.ok()?.path()).ok());
    targets
        .filter(|target| target.to_string_lossy().starts_with("socket:"))
        .count()
}
