//! What each flag sets. A failure says what its value should have been.

use super::{
    BuildFlags, size,
    value::{self, Expected},
};

type Set = Result<(), Expected>;

pub(super) fn arg(flags: &mut BuildFlags, text: &str) -> Set {
    let (name, value) = pair(text, "`NAME=VALUE`, or `NAME` for the environment variable")?;
    flags.args.insert(name, value);
    Ok(())
}

pub(super) fn label(flags: &mut BuildFlags, text: &str) -> Set {
    let (name, value) = pair(text, "`NAME=VALUE`")?;
    flags.labels.insert(name, value.unwrap_or_default());
    Ok(())
}

fn pair(text: &str, expected: Expected) -> Result<(String, Option<String>), Expected> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text, None),
    };
    if name.is_empty() {
        return Err(expected);
    }
    Ok((name.to_owned(), value))
}

fn filled(text: &str, expected: Expected) -> Result<Option<String>, Expected> {
    if text.is_empty() {
        return Err(expected);
    }
    Ok(Some(text.to_owned()))
}

pub(super) fn file(flags: &mut BuildFlags, text: &str) -> Set {
    const EXPECTED: Expected = "the path of a Dockerfile, or its text as `build.dockerFileString`";
    // `-` is standard input to `docker`.
    if text == "-" {
        return Err(EXPECTED);
    }
    flags.file = filled(text, EXPECTED)?.map(Into::into);
    Ok(())
}

pub(super) fn target(flags: &mut BuildFlags, text: &str) -> Set {
    flags.target = filled(text, "the name of a stage of the Dockerfile")?;
    Ok(())
}

pub(super) fn platform(flags: &mut BuildFlags, text: &str) -> Set {
    flags.platform = Some(value::platform(text)?);
    Ok(())
}

pub(super) fn network(flags: &mut BuildFlags, text: &str) -> Set {
    flags.surroundings.network = filled(text, "`default`, `none`, `host` or a network's name")?;
    Ok(())
}

pub(super) fn add_host(flags: &mut BuildFlags, text: &str) -> Set {
    flags.surroundings.hosts.push(value::host(text)?);
    Ok(())
}

pub(super) fn squash(flags: &mut BuildFlags, on: bool) {
    flags.surroundings.squash = on;
}

pub(super) fn secret(flags: &mut BuildFlags, text: &str) -> Set {
    let (id, secret) = value::secret(text)?;
    match flags.secrets.insert(id, secret) {
        None => Ok(()),
        Some(_) => Err("each id once"),
    }
}

pub(super) fn ssh(flags: &mut BuildFlags, text: &str) -> Set {
    let ssh = value::ssh(text)?;
    if flags.ssh.iter().any(|it| it.id == ssh.id) {
        return Err("each id once");
    }
    flags.ssh.push(ssh);
    Ok(())
}

pub(super) fn no_cache(flags: &mut BuildFlags, on: bool) {
    flags.manner.no_cache = on;
}

pub(super) fn pull(flags: &mut BuildFlags, on: bool) {
    flags.manner.pull = on;
}

pub(super) fn remove(flags: &mut BuildFlags, on: bool) {
    flags.manner.remove = Some(on);
}

pub(super) fn force_remove(flags: &mut BuildFlags, on: bool) {
    flags.manner.force_remove = Some(on);
}

pub(super) fn cache_from(flags: &mut BuildFlags, text: &str) -> Set {
    flags.manner.cache_from.push(value::cache_source(text)?);
    Ok(())
}

pub(super) fn cache_to(flags: &mut BuildFlags, text: &str) -> Set {
    if text != "type=inline" {
        return Err(
            "`type=inline`, or `build.cache` instead: the engine's API exports no other cache",
        );
    }
    flags.manner.inline_cache = true;
    Ok(())
}

pub(super) fn shm_size(flags: &mut BuildFlags, text: &str) -> Set {
    flags.manner.limits.shm_size = Some(size::parse(text)?);
    Ok(())
}

pub(super) fn ulimit(flags: &mut BuildFlags, text: &str) -> Set {
    flags.manner.limits.ulimits.push(value::ulimit(text)?);
    Ok(())
}

pub(super) fn cgroup_parent(flags: &mut BuildFlags, text: &str) -> Set {
    flags.manner.limits.cgroup_parent = filled(text, "the name of a cgroup")?;
    Ok(())
}

pub(super) fn memory(flags: &mut BuildFlags, text: &str) -> Set {
    flags.manner.limits.memory = Some(size::parse(text)?);
    Ok(())
}

pub(super) fn memory_swap(flags: &mut BuildFlags, text: &str) -> Set {
    let size = if text == "-1" {
        Ok(-1)
    } else {
        size::parse(text)
    };
    flags.manner.limits.memory_swap = Some(size.map_err(|_| "a size such as `2g`, or -1")?);
    Ok(())
}

pub(super) fn cpu_shares(flags: &mut BuildFlags, text: &str) -> Set {
    flags.manner.limits.cpu_shares = Some(value::number(text)?);
    Ok(())
}

pub(super) fn cpu_period(flags: &mut BuildFlags, text: &str) -> Set {
    flags.manner.limits.cpu_period = Some(value::number(text)?);
    Ok(())
}

pub(super) fn cpu_quota(flags: &mut BuildFlags, text: &str) -> Set {
    flags.manner.limits.cpu_quota = Some(value::number(text)?);
    Ok(())
}

pub(super) fn cpuset_cpus(flags: &mut BuildFlags, text: &str) -> Set {
    flags.manner.limits.cpuset_cpus = filled(text, "CPUs such as `0-3` or `0,1`")?;
    Ok(())
}

pub(super) fn cpuset_mems(flags: &mut BuildFlags, text: &str) -> Set {
    flags.manner.limits.cpuset_mems = filled(text, "memory nodes such as `0-3` or `0,1`")?;
    Ok(())
}
