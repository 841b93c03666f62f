//! `build.options` and `build.ssh`: the flags of `docker build`.

use insta::assert_snapshot;
use scf::image::flags::{BuildFlags, Limits, Manner, SecretFlag, SshFlag, Ulimit};
use scf::source::Surroundings;

use super::{api, config, errors, errors_with};

fn flags(options: &str) -> BuildFlags {
    let text = api(&format!("    build:\n      options: {options}\n"));
    let mut containers = config(&text).containers;
    let container = containers.remove(&"api".parse().unwrap());
    container.unwrap().build.options
}

fn refused(options: &str) -> String {
    errors(&api(&format!("    build:\n      options: {options}\n")))
}

#[test]
fn what_is_built() {
    let flags = flags(
        "--build-arg A=b=c --build-arg=HOME --label x=y -f docker/api --target prod \
         --platform linux/arm64/v8 --network none --add-host db:10.0.0.1 \
         --add-host v6=[::1] --add-host me:host-gateway --squash=true",
    );
    assert_eq!(flags.args["A"].as_deref(), Some("b=c"));
    assert_eq!(flags.args["HOME"], None);
    assert_eq!(flags.labels["x"], "y");
    assert_eq!(flags.file.as_deref(), Some("docker/api".into()));
    assert_eq!(flags.target.as_deref(), Some("prod"));
    assert_eq!(flags.platform.as_deref(), Some("linux/arm64/v8"));
    let hosts = ["db:10.0.0.1", "v6:::1", "me:host-gateway"];
    let surroundings = Surroundings {
        network: Some("none".to_owned()),
        hosts: hosts.map(str::to_owned).into(),
        squash: true,
    };
    assert_eq!(flags.surroundings, surroundings);
}

#[test]
fn how_it_is_built() {
    let flags = flags(
        "--no-cache --pull=1 --rm=false --force-rm --cache-from a/b:c \
         --cache-from type=registry,ref=d --cache-to type=inline --shm-size 1.5g \
         --ulimit nofile=1024:4096 --ulimit core=-1 --cgroup-parent g -m 512m --memory-swap=-1 \
         -c512 --cpu-period 100000 --cpu-quota 50000 --cpuset-cpus 0-1 --cpuset-mems 0",
    );
    let ulimit = |name: &str, soft, hard| Ulimit {
        name: name.to_owned(),
        soft,
        hard,
    };
    let limits = Limits {
        shm_size: Some(3 << 29),
        ulimits: vec![ulimit("nofile", 1024, 4096), ulimit("core", -1, -1)],
        cgroup_parent: Some("g".to_owned()),
        memory: Some(512 << 20),
        memory_swap: Some(-1),
        cpu_shares: Some(512),
        cpu_period: Some(100_000),
        cpu_quota: Some(50_000),
        cpuset_cpus: Some("0-1".to_owned()),
        cpuset_mems: Some("0".to_owned()),
    };
    let manner = Manner {
        no_cache: true,
        pull: true,
        remove: Some(false),
        force_remove: Some(true),
        cache_from: vec!["a/b:c".to_owned(), "d".to_owned()],
        inline_cache: true,
        limits,
    };
    assert_eq!(flags.manner, manner);
}

#[test]
fn secrets_and_agents() {
    let flags = flags(
        "--secret id=a,src=x --secret id=b,source=y,type=file --secret id=c,env=V \
         --secret type=env,id=d,src=W --secret id=e --ssh default --ssh deploy=key,other",
    );
    let file = |path: &str| SecretFlag::File(path.into());
    let variable = |name: &str| SecretFlag::Environment(name.to_owned());
    let secrets = [
        ("a", file("x")),
        ("b", file("y")),
        ("c", variable("V")),
        ("d", variable("W")),
        ("e", SecretFlag::Named),
    ];
    let secrets = secrets.map(|(id, secret)| (id.to_owned(), secret));
    assert_eq!(flags.secrets, secrets.into());
    let ssh = |id: &str, paths: &[&str]| SshFlag {
        id: id.to_owned(),
        paths: paths.iter().copied().map(Into::into).collect(),
    };
    let wanted = [ssh("default", &[]), ssh("deploy", &["key", "other"])];
    assert_eq!(flags.ssh, wanted);
}

#[test]
fn what_is_so_anyway_may_be_said() {
    let said = flags("--provenance=false --sbom false");
    assert_eq!(said, BuildFlags::default());
}

#[test]
fn flags_without_use_are_named_with_what_to_do_instead() {
    assert_snapshot!(refused("--push -t shop:1 --progress=plain --provenance mode=max --load -q"), @"");
}

#[test]
fn every_mistake_is_shown_where_it_is() {
    assert_snapshot!(refused("[--no-cach, -x, context/, --target, a, --target=b, --pull=perhaps, --memory, lots, --label]"), @"");
}

#[test]
fn values_are_of_their_forms() {
    let values = [
        "--add-host db",
        "--add-host db:host",
        "--build-arg =b",
        "--cache-from type=gha",
        "--cache-to type=registry,ref=a",
        "--cpu-shares -1",
        "--file -",
        "--platform linux/amd64,linux/arm64",
        "--secret src=x",
        "--secret id=a,src=x,env=Y",
        "--shm-size 0",
        "--ssh =key",
        "--ulimit files=1",
        "--ulimit nofile=2:1",
    ];
    let shown = values.map(|options| {
        let words: Vec<String> = options.split(' ').map(str::to_owned).collect();
        let misuses = BuildFlags::parse(&words).unwrap_err();
        let [misuse] = &misuses[..] else {
            panic!("{options}: {misuses:?}")
        };
        let hint = scf::error::Diagnose::hint(&misuse.error).unwrap();
        format!("{options}: {}; {hint}", misuse.error)
    });
    assert_snapshot!(shown.join("\n"), @"");
}

#[test]
fn a_flag_and_a_key_do_not_say_the_same_thing() {
    let text = api("    build:
      args: { A: 1, B: 2 }
      target: prod
      platform: linux/amd64
      dockerfile: docker/api
      secrets: { token: x }
      ssh: [default, deploy=key]
      options:
        - --build-arg=A=1
        - --build-arg=C=1
        - --target=prod
        - --platform=linux/arm64
        - --file=docker/api
        - --secret=id=token,env=T
        - --ssh=default
");
    assert_snapshot!(errors(&text), @"");
}

#[test]
fn agents_have_an_id() {
    let text = api("    build:\n      ssh: [default, default, '=key', 'a=']\n");
    assert_snapshot!(errors(&text), @"");
}

#[test]
fn no_value_of_a_variable_is_repeated() {
    let text = api("    build:\n      options: ${env:FLAGS}\n");
    let flags = "--hunter2 --build-arg=hunter2 stray-hunter2 --memory=hunter2";
    let shown = errors_with(&text, &[("FLAGS", flags)]);
    assert!(!shown.contains("hunter2"), "{shown}");
    assert_snapshot!(shown, @"");
}
