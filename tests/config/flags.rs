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
    assert_snapshot!(refused("--push -t shop:1 --progress=plain --provenance mode=max --load -q"), @"
    serverless.containers.yml has 6 errors

    error: the flag `--push` has no use here
      --> serverless.containers.yml:10:16
       |
    10 |       options: --push -t shop:1 --progress=plain --provenance mode=max --load -q
       |                ^^^^^^
       |
       = help: leave it out: the image is pushed where the deployment needs it

    error: the flag `--tag` has no use here
      --> serverless.containers.yml:10:23
       |
    10 |       options: --push -t shop:1 --progress=plain --provenance mode=max --load -q
       |                       ^^
       |
       = help: leave it out: images are tagged by their fingerprint

    error: the flag `--progress` has no use here
      --> serverless.containers.yml:10:33
       |
    10 |       options: --push -t shop:1 --progress=plain --provenance mode=max --load -q
       |                                 ^^^^^^^^^^^^^^^^
       |
       = help: leave it out, and run `scf` with `--debug` to see the whole log

    error: the flag `--provenance` has no use here
      --> serverless.containers.yml:10:50
       |
    10 |       options: --push -t shop:1 --progress=plain --provenance mode=max --load -q
       |                                                  ^^^^^^^^^^^^
       |
       = help: leave it out, or write `--provenance=false`: the engine's API attaches no attestations

    error: the flag `--load` has no use here
      --> serverless.containers.yml:10:72
       |
    10 |       options: --push -t shop:1 --progress=plain --provenance mode=max --load -q
       |                                                                        ^^^^^^
       |
       = help: leave it out: the image is in the engine's store anyway

    error: the flag `--quiet` has no use here
      --> serverless.containers.yml:10:79
       |
    10 |       options: --push -t shop:1 --progress=plain --provenance mode=max --load -q
       |                                                                               ^^
       |
       = help: leave it out: the log is shown on failure, or with `--debug`
    ");
}

#[test]
fn every_mistake_is_shown_where_it_is() {
    assert_snapshot!(refused("[--no-cach, -x, context/, --target, a, --target=b, --pull=perhaps, --memory, lots, --label]"), @"
    serverless.containers.yml has 7 errors

    error: `docker build` has no flag `--no-cach`
      --> serverless.containers.yml:10:17
       |
    10 |       options: [--no-cach, -x, context/, --target, a, --target=b, --pull=perhaps, --memory, lots, --label]
       |                 ^^^^^^^^^
       |
       = help: did you mean `--no-cache`?

    error: `docker build` has no flag `-x`
      --> serverless.containers.yml:10:28
       |
    10 |       options: [--no-cach, -x, context/, --target, a, --target=b, --pull=perhaps, --memory, lots, --label]
       |                            ^^
       |
       = help: docs/images.md lists the flags that there are

    error: a word is no flag, nor the value of one
      --> serverless.containers.yml:10:32
       |
    10 |       options: [--no-cach, -x, context/, --target, a, --target=b, --pull=perhaps, --memory, lots, --label]
       |                                ^^^^^^^^
       |
       = help: the build context is `build.context`; write a value with `=` after its flag, in quotes when it has spaces

    error: the flag `--target` is given twice
      --> serverless.containers.yml:10:55
       |
    10 |       options: [--no-cach, -x, context/, --target, a, --target=b, --pull=perhaps, --memory, lots, --label]
       |                                                       ^^^^^^^^^^
       |
       = help: keep one

    error: the value of the flag `--pull` cannot be used
      --> serverless.containers.yml:10:67
       |
    10 |       options: [--no-cach, -x, context/, --target, a, --target=b, --pull=perhaps, --memory, lots, --label]
       |                                                                   ^^^^^^^^^^^^^^
       |
       = help: write `true` or `false`, or nothing

    error: the value of the flag `--memory` cannot be used
      --> serverless.containers.yml:10:83
       |
    10 |       options: [--no-cach, -x, context/, --target, a, --target=b, --pull=perhaps, --memory, lots, --label]
       |                                                                                   ^^^^^^^^
       |
       = help: write a size such as `512m` or `2g`

    error: the flag `--label` has no value
      --> serverless.containers.yml:10:99
       |
    10 |       options: [--no-cach, -x, context/, --target, a, --target=b, --pull=perhaps, --memory, lots, --label]
       |                                                                                                   ^^^^^^^
       |
       = help: write NAME=VALUE
    ");
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
    assert_snapshot!(shown.join("\n"), @"
    --add-host db: the value of the flag `--add-host` cannot be used; write `HOST:ADDRESS`, or `HOST:host-gateway`
    --add-host db:host: the value of the flag `--add-host` cannot be used; write `HOST:ADDRESS`, or `HOST:host-gateway`
    --build-arg =b: the value of the flag `--build-arg` cannot be used; write `NAME=VALUE`, or `NAME` for the environment variable
    --cache-from type=gha: the value of the flag `--cache-from` cannot be used; write an image reference, or `type=registry,ref=REFERENCE`: the engine's API has no other sources
    --cache-to type=registry,ref=a: the value of the flag `--cache-to` cannot be used; write `type=inline`, or `build.cache` instead: the engine's API exports no other cache
    --cpu-shares -1: the value of the flag `--cpu-shares` cannot be used; write a number
    --file -: the value of the flag `--file` cannot be used; write the path of a Dockerfile, or its text as `build.dockerFileString`
    --platform linux/amd64,linux/arm64: the value of the flag `--platform` cannot be used; write one platform, such as `linux/amd64` or `linux/arm64`
    --secret src=x: the value of the flag `--secret` cannot be used; write `id=ID,src=PATH` or `id=ID,env=NAME`
    --secret id=a,src=x,env=Y: the value of the flag `--secret` cannot be used; write `id=ID,src=PATH` or `id=ID,env=NAME`
    --shm-size 0: the value of the flag `--shm-size` cannot be used; write a size such as `512m` or `2g`
    --ssh =key: the value of the flag `--ssh` cannot be used; write `default`, or `ID=PATH` with an agent's socket or private keys
    --ulimit files=1: the value of the flag `--ulimit` cannot be used; write `NAME=SOFT[:HARD]` such as `nofile=1024:4096`; -1 is no limit
    --ulimit nofile=2:1: the value of the flag `--ulimit` cannot be used; write `NAME=SOFT[:HARD]` such as `nofile=1024:4096`; -1 is no limit
    ");
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
    assert_snapshot!(errors(&text), @"
    serverless.containers.yml has 6 errors

    error: `containers.api.build.args.A` and the flag `--build-arg` say the same thing
      --> serverless.containers.yml:10:15
       |
    10 |       args: { A: 1, B: 2 }
       |               ^
    ...
    16 |       options:
       |       ------- the flag is here
       |
       = help: keep the key: it is checked more closely

    error: `containers.api.build.target` and the flag `--target` say the same thing
      --> serverless.containers.yml:11:7
       |
    11 |       target: prod
       |       ^^^^^^
    ...
    16 |       options:
       |       ------- the flag is here
       |
       = help: keep the key: it is checked more closely

    error: `containers.api.build.platform` and the flag `--platform` say the same thing
      --> serverless.containers.yml:12:7
       |
    12 |       platform: linux/amd64
       |       ^^^^^^^^
    ...
    16 |       options:
       |       ------- the flag is here
       |
       = help: keep the key: it is checked more closely

    error: `containers.api.build.dockerfile` and the flag `--file` say the same thing
      --> serverless.containers.yml:13:7
       |
    13 |       dockerfile: docker/api
       |       ^^^^^^^^^^
    ...
    16 |       options:
       |       ------- the flag is here
       |
       = help: keep the key: it is checked more closely

    error: `containers.api.build.secrets.token` and the flag `--secret` say the same thing
      --> serverless.containers.yml:14:18
       |
    14 |       secrets: { token: x }
       |                  ^^^^^
    15 |       ssh: [default, deploy=key]
    16 |       options:
       |       ------- the flag is here
       |
       = help: keep the key: it is checked more closely

    error: `containers.api.build.ssh` and the flag `--ssh` say the same thing
      --> serverless.containers.yml:15:7
       |
    15 |       ssh: [default, deploy=key]
       |       ^^^
    16 |       options:
       |       ------- the flag is here
       |
       = help: keep the key: it is checked more closely
    ");
}

#[test]
fn agents_have_an_id() {
    let text = api("    build:\n      ssh: [default, default, '=key', 'a=']\n");
    assert_snapshot!(errors(&text), @"
    serverless.containers.yml has 3 errors

    error: `containers.api.build.ssh` has an id twice
      --> serverless.containers.yml:10:22
       |
    10 |       ssh: [default, default, '=key', 'a=']
       |                      ^^^^^^^
       |
       = help: keep one

    error: `containers.api.build.ssh` cannot be used
      --> serverless.containers.yml:10:31
       |
    10 |       ssh: [default, default, '=key', 'a=']
       |                               ^^^^^^
       |
       = help: write `default`, or `ID=PATH` with an agent's socket or private keys

    error: `containers.api.build.ssh` cannot be used
      --> serverless.containers.yml:10:39
       |
    10 |       ssh: [default, default, '=key', 'a=']
       |                                       ^^^^
       |
       = help: write `default`, or `ID=PATH` with an agent's socket or private keys
    ");
}

#[test]
fn no_value_of_a_variable_is_repeated() {
    let text = api("    build:\n      options: ${env:FLAGS}\n");
    let flags = "--hunter2 --build-arg=hunter2 stray-hunter2 --memory=hunter2";
    let shown = errors_with(&text, &[("FLAGS", flags)]);
    assert!(!shown.contains("hunter2"), "{shown}");
    assert_snapshot!(shown, @"
    serverless.containers.yml has 3 errors

    error: `docker build` has no such flag
      --> serverless.containers.yml:10:16
       |
    10 |       options: ${env:FLAGS}
       |                ^^^^^^^^^^^^
       |
       = help: docs/images.md lists the flags that there are

    error: a word is no flag, nor the value of one
      --> serverless.containers.yml:10:16
       |
    10 |       options: ${env:FLAGS}
       |                ^^^^^^^^^^^^
       |
       = help: the build context is `build.context`; write a value with `=` after its flag, in quotes when it has spaces

    error: the value of the flag `--memory` cannot be used
      --> serverless.containers.yml:10:16
       |
    10 |       options: ${env:FLAGS}
       |                ^^^^^^^^^^^^
       |
       = help: write a size such as `512m` or `2g`
    ");
}
