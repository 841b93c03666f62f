//! Values of flags, in the forms that `docker` takes. What is returned on failure is what to write.

use super::{SecretFlag, SshFlag, Ulimit};

/// What a value should have been.
pub(super) type Expected = &'static str;

/// A truth value as Go's `strconv.ParseBool` reads it.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// A number of 0 or more.
pub(super) fn number(text: &str) -> Result<i64, Expected> {
    let number = text.parse().ok().filter(|number| *number >= 0);
    number.ok_or("a number")
}

/// `name=soft[:hard]`.
pub(super) fn ulimit(text: &str) -> Result<Ulimit, Expected> {
    const EXPECTED: Expected = "`NAME=SOFT[:HARD]` such as `nofile=1024:4096`; -1 is no limit";
    // The names that the engine knows (package `go-units`).
    const NAMES: [&str; 15] = [
        "core",
        "cpu",
        "data",
        "fsize",
        "locks",
        "memlock",
        "msgqueue",
        "nice",
        "nofile",
        "nproc",
        "rss",
        "rtprio",
        "rttime",
        "sigpending",
        "stack",
    ];
    let (name, values) = text.split_once('=').ok_or(EXPECTED)?;
    let (soft, hard) = values.split_once(':').unwrap_or((values, values));
    let limit = |text: &str| text.parse().ok().filter(|limit: &i64| *limit >= -1);
    match (limit(soft), limit(hard)) {
        (Some(soft), Some(hard)) if NAMES.contains(&name) && within(soft, hard) => Ok(Ulimit {
            name: name.to_owned(),
            soft,
            hard,
        }),
        _ => Err(EXPECTED),
    }
}

fn within(soft: i64, hard: i64) -> bool {
    hard == -1 || (soft != -1 && soft <= hard)
}

/// `host:address` or `host=address`, in the first form, which is the API's.
pub(super) fn host(text: &str) -> Result<String, Expected> {
    const EXPECTED: Expected = "`HOST:ADDRESS`, or `HOST:host-gateway`";
    let (host, address) = text
        .split_once('=')
        .or_else(|| text.split_once(':'))
        .ok_or(EXPECTED)?;
    let bare = address.trim_start_matches('[').trim_end_matches(']');
    let is_address = bare == "host-gateway" || bare.parse::<std::net::IpAddr>().is_ok();
    if host.is_empty() || !is_address {
        return Err(EXPECTED);
    }
    Ok(format!("{host}:{bare}"))
}

/// `linux/ARCH[/VARIANT]`: the form of `build.platform`.
pub(super) fn platform(text: &str) -> Result<String, Expected> {
    const EXPECTED: Expected = "one platform, such as `linux/amd64` or `linux/arm64`";
    let parts: Vec<&str> = text.split('/').collect();
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    match parts.as_slice() {
        ["linux", rest @ ..]
            if matches!(rest.len(), 1 | 2) && rest.iter().all(|it| is_word(it)) =>
        {
            Ok(text.to_owned())
        }
        _ => Err(EXPECTED),
    }
}

/// An image whose layers are reused: its reference, or `type=registry,ref=` before it.
pub(super) fn cache_source(text: &str) -> Result<String, Expected> {
    const EXPECTED: Expected = "an image reference, or `type=registry,ref=REFERENCE`: the engine's API has no other sources";
    if !text.contains('=') {
        let is_one = !text.is_empty() && !text.contains(',');
        return is_one.then(|| text.to_owned()).ok_or(EXPECTED);
    }
    let mut reference = None;
    for field in text.split(',') {
        match field.split_once('=') {
            Some(("type", "registry")) => {}
            Some(("ref", it)) if !it.is_empty() => reference = Some(it.to_owned()),
            _ => return Err(EXPECTED),
        }
    }
    reference.ok_or(EXPECTED)
}

/// `id=ID[,src=PATH|,env=NAME]`, with the spellings that `docker` takes.
pub(super) fn secret(text: &str) -> Result<(String, SecretFlag), Expected> {
    const EXPECTED: Expected = "`id=ID,src=PATH` or `id=ID,env=NAME`";
    let (mut id, mut source, mut variable, mut kind) = (None, None, None, None);
    for field in text.split(',') {
        let (key, value) = field.split_once('=').ok_or(EXPECTED)?;
        let slot = match key.to_ascii_lowercase().as_str() {
            "id" => &mut id,
            "src" | "source" => &mut source,
            "env" => &mut variable,
            "type" if matches!(value, "file" | "env") => &mut kind,
            _ => return Err(EXPECTED),
        };
        if value.is_empty() || slot.replace(value).is_some() {
            return Err(EXPECTED);
        }
    }
    let id = id.ok_or(EXPECTED)?.to_owned();
    let flag = match (source, variable, kind) {
        (Some(name), None, Some("env")) | (None, Some(name), None | Some("env")) => {
            SecretFlag::Environment(name.to_owned())
        }
        (Some(path), None, None | Some("file")) => SecretFlag::File(path.into()),
        (None, None, None) => SecretFlag::Named,
        (None, None, Some("env")) => SecretFlag::Environment(id.clone()),
        (None, None, Some("file")) => SecretFlag::File(id.clone().into()),
        _ => return Err(EXPECTED),
    };
    Ok((id, flag))
}

/// `ID` or `ID=PATH[,PATH]`.
pub(super) fn ssh(text: &str) -> Result<SshFlag, Expected> {
    const EXPECTED: Expected = "`default`, or `ID=PATH` with an agent's socket or private keys";
    let (id, paths) = match text.split_once('=') {
        Some((id, paths)) => (id, paths.split(',').collect()),
        None => (text, Vec::new()),
    };
    if id.is_empty() || id.contains(',') || paths.contains(&"") {
        return Err(EXPECTED);
    }
    Ok(SshFlag {
        id: id.to_owned(),
        paths: paths.into_iter().map(Into::into).collect(),
    })
}
