//! What the flags of `docker build` do on the engine.

use insta::assert_snapshot;
use scf::{
    image::{BuildRequest, Builder, flags::BuildFlags},
    source::BuildSource,
};

use crate::{
    engine_proxy::EngineProxy,
    versions::NEWEST,
    workshop::{BUILDERS, Workshop},
};

/// A request with flags that are no matter of a config.
fn flagged(shop: &Workshop, builder: Builder, words: &str) -> BuildRequest {
    let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
    let flags = BuildFlags::parse(&words).unwrap();
    let source = BuildSource {
        labels: flags.labels,
        surroundings: flags.surroundings,
        ..shop.source()
    };
    let mut request = shop.request(&source, builder);
    request.settings.manner = flags.manner;
    request
}

/// The lines that steps print.
fn printed(shop: &Workshop) -> Vec<String> {
    let lines = shop.lines().into_iter();
    lines
        .filter_map(|line| Some(line.strip_prefix("> ")?.to_owned()))
        .collect()
}

fn steps(words: &str) -> String {
    format!("FROM scratch\nCOPY app /app\nARG CACHE_BUST\nRUN [\"/app\", {words}]\n")
}

#[tokio::test]
async fn labels_and_hosts() {
    for builder in BUILDERS {
        let shop = Workshop::new(&steps(r#""find", "db.internal", "find", "me.internal""#)).await;
        shop.add_program();
        shop.write("hosts", "");
        let words =
            "--label a=b --add-host db.internal:10.1.2.3 --add-host me.internal=host-gateway";
        shop.run(&flagged(&shop, builder, words)).await.unwrap();
        let printed = printed(&shop);
        assert_eq!(printed[0], "10.1.2.3", "{builder:?}");
        assert!(
            printed[1].parse::<std::net::Ipv4Addr>().is_ok(),
            "{printed:?}"
        );
        let labels = shop.inspect().await.config.unwrap().labels.unwrap();
        assert_eq!(labels["a"], "b");
    }
}

#[tokio::test]
async fn the_network_of_steps() {
    for builder in BUILDERS {
        let mut networks = Vec::new();
        for network in ["none", "host", "default"] {
            let shop = Workshop::new(&steps(r#""links", """#)).await;
            shop.add_program();
            let words = format!("--network {network}");
            shop.run(&flagged(&shop, builder, &words)).await.unwrap();
            networks.push(printed(&shop).join(" "));
        }
        let [none, host, default] = &networks[..] else {
            panic!("{networks:?}")
        };
        assert_eq!(none, "lo", "{builder:?}");
        assert!(host.contains("docker0"), "{builder:?}: {host}");
        assert!(
            default.contains("eth0") && !default.contains("docker0"),
            "{default}"
        );
    }
}

#[tokio::test]
async fn limits_reach_the_steps_of_the_classic_builder() {
    let shop = Workshop::new(&steps(r#""limits", """#)).await;
    shop.add_program();
    let words = "--ulimit nofile=123:456 --shm-size 8m --memory 3g --memory-swap -1 --cpu-period 50000 \
                 --cpu-quota 25000 --cpu-shares 300 --cpuset-cpus 0 --cpuset-mems 0";
    shop.run(&flagged(&shop, Builder::Classic, words))
        .await
        .unwrap();
    let printed = printed(&shop).join("\n");
    assert_snapshot!(printed, @"
    Max open files 123 456 files
    size=8192k 0 0
    Cpus_allowed_list: 0
    Mems_allowed_list: 0
    ");
}

#[tokio::test]
async fn nothing_is_left_out_without_a_word() {
    let shop = Workshop::new("FROM scratch\nCOPY Dockerfile /\n").await;
    let words = "--memory 1g -c 2 --network bridge";
    let error = shop
        .run(&flagged(&shop, Builder::Newest, words))
        .await
        .unwrap_err();
    assert_snapshot!(shop.show(error), @"
    error: image api:tag cannot be built: BuildKit does not do --cpu-shares, --memory, --network with a network's name
    hint: take it out of `build.options`, or build with the classic builder (DOCKER_BUILDKIT=0)
    class: Config
    ");
    let words = "--cache-to type=inline";
    let error = shop
        .run(&flagged(&shop, Builder::Classic, words))
        .await
        .unwrap_err();
    assert_snapshot!(shop.show(error), @"
    error: image api:tag cannot be built: the classic builder does not do --cache-to
    hint: build with BuildKit: take DOCKER_BUILDKIT=0 away
    class: Config
    ");
}

#[tokio::test]
async fn no_cache_runs_every_step_again() {
    for builder in BUILDERS {
        let shop = Workshop::new(&steps(r#""say", "> ran""#)).await;
        shop.add_program();
        for (words, runs) in [
            ("--no-cache", 1),
            ("--no-cache=false", 1),
            ("--no-cache", 2),
        ] {
            shop.run(&flagged(&shop, builder, words)).await.unwrap();
            assert_eq!(printed(&shop), vec!["ran"; runs], "{builder:?} {words}");
        }
    }
}

#[tokio::test]
async fn an_inline_cache_is_in_the_image() {
    let shop = Workshop::new(&steps(r#""say", "> ran""#)).await;
    shop.add_program();
    let key = b"moby.buildkit.cache.v0";
    for (words, has_it) in [("--pull=false", false), ("--cache-to type=inline", true)] {
        shop.run(&flagged(&shop, Builder::Newest, words))
            .await
            .unwrap();
        let image = shop.export().await;
        assert_eq!(
            image.windows(key.len()).any(|it| it == key),
            has_it,
            "{words}"
        );
    }
}

#[tokio::test]
async fn pull_asks_the_registry_for_what_is_here() {
    let base = Workshop::new("FROM scratch\nCOPY Dockerfile /\n").await;
    for builder in BUILDERS {
        base.build(&base.source(), builder).await.unwrap();
        let shop = Workshop::new(&format!("FROM {}\n", base.tag())).await;
        shop.run(&flagged(&shop, builder, "--pull=false"))
            .await
            .unwrap();
        let error = shop.run(&flagged(&shop, builder, "--pull")).await;
        assert!(error.is_err(), "{builder:?}: there is no registry with it");
    }
}

#[tokio::test]
async fn containers_of_steps_may_be_kept() {
    let shop = Workshop::new(&steps(r#""say", "> ran""#)).await;
    shop.add_program();
    for (words, kept) in [("--no-cache", 0), ("--no-cache --rm=false", 3)] {
        shop.run(&flagged(&shop, Builder::Classic, words))
            .await
            .unwrap();
        let lines = shop.lines();
        let ids: Vec<_> = lines
            .iter()
            .filter_map(|it| it.strip_prefix(" ---> Running in "))
            .collect();
        let mut there = 0;
        for id in &ids {
            if shop.docker.inspect_container(id, None).await.is_ok() {
                there += 1;
                shop.docker.remove_container(id, None).await.unwrap();
            }
        }
        assert_eq!(there, kept, "{words}: {lines:?}");
    }
}

#[tokio::test]
async fn squash_needs_an_experimental_engine() {
    let shop = Workshop::new("FROM scratch\nCOPY Dockerfile /\n").await;
    for builder in BUILDERS {
        let error = shop
            .run(&flagged(&shop, builder, "--squash"))
            .await
            .unwrap_err();
        let shown = shop.show(error);
        assert!(
            shown.contains("squash is only supported with experimental mode"),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn every_flag_has_its_parameter() {
    let proxy = EngineProxy::start(NEWEST);
    let shop = Workshop::at(&proxy.host(), "FROM scratch\nCOPY Dockerfile /\n").await;
    let words = "--label a=b --add-host a:::1 --network host --no-cache --force-rm=false --rm \
                 --cache-from a --cache-from b --memory 3g --memory-swap 4g --cpu-shares 2 \
                 --cpu-period 3000 --cpu-quota 4000 --cpuset-cpus 0 --cpuset-mems 0 --shm-size 5m \
                 --ulimit core=6:7 --cgroup-parent no/such";
    // What the engine makes of it is no matter here.
    let _ = shop.run(&flagged(&shop, Builder::Classic, words)).await;
    let asked = proxy.asked();
    let build = asked.iter().find(|it| it.contains("/build?")).unwrap();
    let [name, tag] = [shop.tag().to_owned(), shop.tag().replace(':', "%3A")];
    let build = build
        .replace(&tag, "api")
        .replace(&name, "api")
        .replace('&', "\n");
    assert_snapshot!(build, @"
    POST /v1.52/build?t=api
    dockerfile=Dockerfile
    version=1
    buildargs=%7B%22CACHE_BUST%22%3A%22api%22%7D
    labels=%7B%22a%22%3A%22b%22%2C%22scf.test%22%3A%22yes%22%7D
    networkmode=host
    extrahosts=a%3A%3A%3A1
    nocache=1
    rm=1
    cachefrom=%5B%22a%22%2C%22b%22%5D
    shmsize=5242880
    ulimits=%5B%7B%22Hard%22%3A7%2C%22Name%22%3A%22core%22%2C%22Soft%22%3A6%7D%5D
    cgroupparent=no%2Fsuch
    memory=3221225472
    memswap=4294967296
    cpushares=2
    cpuperiod=3000
    cpuquota=4000
    cpusetcpus=0
    cpusetmems=0
    ");
}
