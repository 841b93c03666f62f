//! Every flag of `docker build`, and what becomes of it.

use std::fmt::Write as _;

use super::{BuildFlags, set, value::Expected};

/// A flag of `docker build`.
pub(super) struct Flag {
    /// Its name, without the dashes.
    pub name: &'static str,
    /// Its one-letter form.
    pub letter: Option<char>,
    /// What follows it.
    pub takes: Takes,
    /// May it be there more than once?
    pub repeats: bool,
    /// What becomes of it.
    pub does: Does,
    /// What it does, for the documentation.
    what: &'static str,
    /// Who honours it.
    by: By,
    /// Is it part of the fingerprint?
    decides: bool,
}

/// What follows a flag.
#[derive(Clone, Copy)]
pub(super) enum Takes {
    /// A value: what to write.
    Value(&'static str),
    /// A truth value, or nothing for `true`.
    Truth,
}

/// What becomes of a flag.
pub(super) enum Does {
    /// It is honoured.
    Set(fn(&mut BuildFlags, &str) -> Result<(), Expected>),
    /// It is honoured, and true or false.
    Switch(fn(&mut BuildFlags, bool)),
    /// It says what is so anyway, with this value only; else what to write instead.
    Holds(&'static str, &'static str),
    /// It is an error: what to write instead.
    Refuse(&'static str),
}

/// Which builder honours a flag.
#[derive(Clone, Copy)]
enum By {
    Both,
    /// The classic one only: BuildKit has no parameter for it (`builder-next` of the engine).
    Classic,
    BuildKit,
    /// BuildKit since Docker Engine 23.0 (API 1.42), and the classic one.
    Since23,
}

const fn set(
    name: &'static str,
    value: &'static str,
    does: fn(&mut BuildFlags, &str) -> Result<(), Expected>,
    what: &'static str,
) -> Flag {
    Flag {
        name,
        letter: None,
        takes: Takes::Value(value),
        repeats: false,
        does: Does::Set(does),
        what,
        by: By::Both,
        decides: false,
    }
}

const fn switch(name: &'static str, does: fn(&mut BuildFlags, bool), what: &'static str) -> Flag {
    Flag {
        takes: Takes::Truth,
        does: Does::Switch(does),
        ..set(name, "", set::target, what)
    }
}

const fn refuse(name: &'static str, takes: Takes, instead: &'static str) -> Flag {
    Flag {
        takes,
        repeats: true,
        does: Does::Refuse(instead),
        ..set(name, "", set::target, "")
    }
}

const fn holds(
    name: &'static str,
    takes: Takes,
    only: &'static str,
    instead: &'static str,
) -> Flag {
    Flag {
        does: Does::Holds(only, instead),
        ..refuse(name, takes, "")
    }
}

impl Flag {
    const fn letter(self, letter: char) -> Self {
        Self {
            letter: Some(letter),
            ..self
        }
    }

    const fn repeats(self) -> Self {
        Self {
            repeats: true,
            ..self
        }
    }

    const fn decides(self) -> Self {
        Self {
            decides: true,
            ..self
        }
    }

    const fn by(self, by: By) -> Self {
        Self { by, ..self }
    }
}

const VALUE: Takes = Takes::Value("");

#[rustfmt::skip] // One flag a line.
pub(super) static FLAGS: &[Flag] = &[
    set("add-host", "HOST:ADDRESS", set::add_host, "a line of `/etc/hosts` for `RUN`").repeats().decides(),
    set("build-arg", "NAME[=VALUE]", set::arg, "a build argument; without a value, that of the environment variable").repeats().decides(),
    set("cache-from", "REFERENCE", set::cache_from, "an image whose inline cache is used").repeats(),
    set("cache-to", "type=inline", set::cache_to, "the image carries its cache").by(By::BuildKit),
    set("cgroup-parent", "NAME", set::cgroup_parent, "parent cgroup of `RUN`").by(By::Classic),
    set("cpu-period", "MICROSECONDS", set::cpu_period, "CPU period of `RUN`").by(By::Classic),
    set("cpu-quota", "MICROSECONDS", set::cpu_quota, "CPU time of `RUN` in each period").by(By::Classic),
    set("cpu-shares", "WEIGHT", set::cpu_shares, "CPU weight of `RUN`").letter('c').by(By::Classic),
    set("cpuset-cpus", "CPUS", set::cpuset_cpus, "CPUs that `RUN` may use").by(By::Classic),
    set("cpuset-mems", "NODES", set::cpuset_mems, "memory nodes that `RUN` may use").by(By::Classic),
    set("file", "PATH", set::file, "the Dockerfile, as `build.dockerfile`").letter('f').decides(),
    switch("force-rm", set::force_remove, "removes the containers of steps, failed ones too; `true` without this").by(By::Classic),
    set("label", "NAME=VALUE", set::label, "a label of the image").repeats().decides(),
    set("memory", "SIZE", set::memory, "memory of `RUN`").letter('m').by(By::Classic),
    set("memory-swap", "SIZE", set::memory_swap, "memory and swap of `RUN`; -1 is no limit").by(By::Classic),
    set("network", "NAME", set::network, "network of `RUN`: `default`, `none`, `host`; others with the classic builder").decides(),
    switch("no-cache", set::no_cache, "every step is run"),
    set("platform", "PLATFORM", set::platform, "as `build.platform`").decides(),
    switch("pull", set::pull, "base images are looked for in their registry even if they are here"),
    switch("rm", set::remove, "removes the containers of steps").by(By::Classic),
    set("secret", "id=ID[,src=PATH|,env=NAME]", set::secret, "a secret for `RUN --mount=type=secret`, as `build.secrets`").repeats().by(By::BuildKit),
    set("shm-size", "SIZE", set::shm_size, "size of `/dev/shm` of `RUN`").by(By::Since23),
    switch("squash", set::squash, "one layer for all; the engine must run with `--experimental`").decides(),
    set("ssh", "ID[=PATH,...]", set::ssh, "an agent or keys for `RUN --mount=type=ssh`, as `build.ssh`").repeats().by(By::BuildKit),
    set("target", "STAGE", set::target, "as `build.target`").decides(),
    set("ulimit", "NAME=SOFT[:HARD]", set::ulimit, "a limit of `RUN`").repeats().by(By::Since23),
    holds("provenance", VALUE, "false", "leave it out, or write `--provenance=false`: the engine's API attaches no attestations"),
    holds("sbom", VALUE, "false", "leave it out, or write `--sbom=false`: the engine's API attaches no attestations"),
    refuse("allow", VALUE, "leave it out: the engine's API grants `--network host` what it needs, and nothing else"),
    refuse("annotation", VALUE, "write `--label`: the engine's API sets no annotations"),
    refuse("attest", VALUE, "leave it out: the engine's API attaches no attestations"),
    refuse("build-context", VALUE, "put the files into `build.context`, or build from an image with `COPY --from`"),
    refuse("builder", VALUE, "leave it out: the engine builds; DOCKER_HOST says which"),
    refuse("call", VALUE, "leave it out: an image is built; run `docker build --call` by hand"),
    refuse("check", Takes::Truth, "leave it out: an image is built; run `docker build --check` by hand"),
    refuse("compress", Takes::Truth, "leave it out: the build context is streamed as it is"),
    refuse("debug", Takes::Truth, "leave it out, and run `scf` with `--debug`").letter('D'),
    refuse("disable-content-trust", Takes::Truth, "leave it out: images are not signed that way any more"),
    refuse("iidfile", VALUE, "leave it out: `scf info` shows what runs"),
    refuse("isolation", VALUE, "leave it out: it is for Windows containers"),
    refuse("load", Takes::Truth, "leave it out: the image is in the engine's store anyway"),
    refuse("metadata-file", VALUE, "leave it out: `scf info` shows what runs"),
    refuse("no-cache-filter", VALUE, "write `--no-cache`: the engine's API knows no stages there"),
    refuse("output", VALUE, "leave it out: the image goes where the deployment needs it").letter('o'),
    refuse("policy", VALUE, "leave it out: the engine's API knows no policies"),
    refuse("print", VALUE, "leave it out: an image is built; run `docker build --call` by hand"),
    refuse("progress", VALUE, "leave it out, and run `scf` with `--debug` to see the whole log"),
    refuse("push", Takes::Truth, "leave it out: the image is pushed where the deployment needs it"),
    refuse("quiet", Takes::Truth, "leave it out: the log is shown on failure, or with `--debug`").letter('q'),
    refuse("resource", VALUE, "leave it out: the engine's API has no such parameter for BuildKit"),
    refuse("security-opt", VALUE, "leave it out: it is for Windows containers"),
    refuse("stream", Takes::Truth, "leave it out: the build context is streamed anyway"),
    refuse("tag", VALUE, "leave it out: images are tagged by their fingerprint").letter('t'),
];

/// The flag of a name.
pub(super) fn named(name: &str) -> Option<&'static Flag> {
    FLAGS.iter().find(|flag| flag.name == name)
}

/// The flag of a letter.
pub(super) fn of_letter(letter: char) -> Option<&'static Flag> {
    FLAGS.iter().find(|flag| flag.letter == Some(letter))
}

/// The tables of `docs/images.md`, in Markdown.
pub fn documentation() -> String {
    let mut text = String::from(
        "| flag | what it does | honoured by | part of the fingerprint |\n| --- | --- | --- | --- |\n",
    );
    for flag in FLAGS {
        if let Does::Set(_) | Does::Switch(_) = flag.does {
            let by = match flag.by {
                By::Both => "both builders",
                By::Classic => "the classic builder",
                By::BuildKit => "BuildKit",
                By::Since23 => "both; BuildKit since Docker Engine 23.0",
            };
            let decides = if flag.decides { "yes" } else { "no" };
            let _ = writeln!(
                text,
                "| {} | {} | {by} | {decides} |",
                flag.form(),
                flag.what
            );
        }
    }
    text.push_str("\n| refused | what to do instead |\n| --- | --- |\n");
    for flag in FLAGS {
        if let Does::Refuse(instead) | Does::Holds(_, instead) = flag.does {
            let _ = writeln!(text, "| {} | {instead} |", flag.form());
        }
    }
    text
}

impl Flag {
    /// As the documentation writes it.
    fn form(&self) -> String {
        let letter = self.letter.map(|letter| format!("`-{letter}`, "));
        let value = match self.takes {
            Takes::Value(value) if !value.is_empty() => format!(" {}", value.replace('|', "\\|")),
            _ => String::new(),
        };
        format!("{}`--{}{value}`", letter.unwrap_or_default(), self.name)
    }
}
