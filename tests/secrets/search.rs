//! Finds secrets in bytes, however they are written there.
//!
//! What reads a text back undoes its encoding, so the search does: it looks into what is left when
//! percent-encoding, escapes with a backslash, quotes of a shell and entities are undone, twice over,
//! and looks there for the secret as it is, as base64 and as hexadecimal digits.

use std::{collections::BTreeSet, fs, path::Path};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

/// A secret and the file that it is in. Its value is not part of this.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leak {
    pub seed: &'static str,
    pub file: String,
}

/// Searches all files of a folder.
///
/// # Errors
/// There is nothing to be searched: a check of nothing would always be passed.
pub fn folder(folder: &Path, seeds: &[(&'static str, &str)]) -> Result<BTreeSet<Leak>, String> {
    let mut leaks = BTreeSet::new();
    let mut size = 0;
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries {
        let entry = entry.map_err(|error| error.to_string())?;
        let bytes = fs::read(entry.path()).map_err(|error| error.to_string())?;
        size += bytes.len();
        let file = entry.file_name().to_string_lossy().into_owned();
        for seed in bytes_with(&bytes, seeds) {
            let file = file.clone();
            leaks.insert(Leak { seed, file });
        }
    }
    if size == 0 {
        return Err(format!("{}: nothing was recorded", folder.display()));
    }
    Ok(leaks)
}

/// The names of the secrets that are in the bytes.
pub fn bytes_with(bytes: &[u8], seeds: &[(&'static str, &str)]) -> BTreeSet<&'static str> {
    let readings = readings(bytes);
    let needles = seeds.iter().map(|(name, seed)| (*name, needles(seed)));
    let found = needles.filter(|(_, needles)| {
        let is_in = |reading: &Vec<u8>| needles.iter().any(|needle| contains(reading, needle));
        readings.iter().any(is_in)
    });
    found.map(|(name, _)| name).collect()
}

/// The bytes, and what they say when they are decoded.
fn readings(bytes: &[u8]) -> BTreeSet<Vec<u8>> {
    let decoders = [unpercent, unform, unescape, unquote, unwrap_lines, unentity];
    let mut readings = BTreeSet::from([bytes.to_vec()]);
    for _ in 0..2 {
        let more: Vec<Vec<u8>> = readings
            .iter()
            .flat_map(|reading| decoders.map(|decode| decode(reading)))
            .collect();
        readings.extend(more);
    }
    readings
}

/// The secret itself, in base64 at each of the three places that it can have in a longer text, and
/// in hexadecimal digits. First and last characters of base64 hold bits of the neighbours.
fn needles(seed: &str) -> Vec<Vec<u8>> {
    let mut needles = vec![seed.as_bytes().to_vec()];
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        for before in 0..3 {
            let text = engine.encode([&vec![0; before], seed.as_bytes()].concat());
            let first = [0, 2, 3][before];
            let last = (before + seed.len()) * 8 / 6;
            needles.push(text.as_bytes()[first..last].to_vec());
        }
    }
    let hex: String = seed.bytes().map(|byte| format!("{byte:02x}")).collect();
    needles.push(hex.to_uppercase().into_bytes());
    needles.push(hex.into_bytes());
    needles
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    let Some((first, rest)) = needle.split_first() else {
        return false;
    };
    let mut from = bytes;
    while let Some(at) = from.iter().position(|byte| byte == first) {
        from = &from[at + 1..];
        if from.starts_with(rest) {
            return true;
        }
    }
    false
}

/// `%2B`, in either case.
fn unpercent(bytes: &[u8]) -> Vec<u8> {
    replace(bytes, |rest| match rest {
        [b'%', high, low, ..] => Some((vec![hex(&[*high, *low])?.try_into().ok()?], 3)),
        _ => None,
    })
}

/// As forms are sent: a space is `+`.
fn unform(bytes: &[u8]) -> Vec<u8> {
    unpercent(&replace(bytes, |rest| match rest {
        [b'+', ..] => Some((vec![b' '], 1)),
        _ => None,
    }))
}

/// JSON, Rust's `Debug`, and shells: `\n`, `\u00e9`, `\u{e9}`, `\x7f`, and a backslash before
/// anything else.
fn unescape(bytes: &[u8]) -> Vec<u8> {
    replace(bytes, |rest| {
        let [b'\\', kind, after @ ..] = rest else {
            return None;
        };
        let (code, length) = match (kind, after) {
            (b'u', [b'{', ..]) => {
                let end = after.iter().position(|byte| *byte == b'}')?;
                (hex(&after[1..end])?, end + 1)
            }
            (b'u', [a, b, c, d, rest @ ..]) => surrogates(hex(&[*a, *b, *c, *d])?, rest)?,
            (b'x', [a, b, ..]) => (hex(&[*a, *b])?, 2),
            (b'n', _) => (0x0a, 0),
            (b'r', _) => (0x0d, 0),
            (b't', _) => (0x09, 0),
            (b'b', _) => (0x08, 0),
            (b'f', _) => (0x0c, 0),
            (other, _) => return Some((vec![*other], 2)),
        };
        let character = char::from_u32(code)?;
        Some((character.to_string().into_bytes(), 2 + length))
    })
}

/// A character beyond 16 bits is two escapes in JSON.
fn surrogates(first: u32, rest: &[u8]) -> Option<(u32, usize)> {
    match rest {
        [b'\\', b'u', a, b, c, d, ..] if (0xd800..0xdc00).contains(&first) => {
            let second = hex(&[*a, *b, *c, *d])?.checked_sub(0xdc00)?;
            Some((0x10000 + ((first - 0xd800) << 10) + second, 10))
        }
        _ => Some((first, 4)),
    }
}

/// `'it'\''s'` and `'it'"'"'s'`.
fn unquote(bytes: &[u8]) -> Vec<u8> {
    replace(bytes, |rest| {
        if rest.starts_with(b"'\\''") {
            return Some((vec![b'\''], 4));
        }
        rest.starts_with(b"'\"'\"'").then(|| (vec![b'\''], 5))
    })
}

/// Base64 of mail is wrapped.
fn unwrap_lines(bytes: &[u8]) -> Vec<u8> {
    replace(bytes, |rest| match rest {
        [b'\r', b'\n', ..] => Some((Vec::new(), 2)),
        [b'\n', ..] => Some((Vec::new(), 1)),
        _ => None,
    })
}

/// As comments and summaries are escaped.
fn unentity(bytes: &[u8]) -> Vec<u8> {
    let entities: [(&[u8], u8); 7] = [
        (b"&amp;", b'&'),
        (b"&lt;", b'<'),
        (b"&gt;", b'>'),
        (b"&quot;", b'"'),
        (b"&#34;", b'"'),
        (b"&#39;", b'\''),
        (b"&#x27;", b'\''),
    ];
    replace(bytes, |rest| {
        let mut known = entities.iter();
        let (entity, byte) = known.find(|(entity, _)| rest.starts_with(entity))?;
        Some((vec![*byte], entity.len()))
    })
}

/// Puts something in the place of what begins at some bytes; the number is how many it replaces.
fn replace(bytes: &[u8], decode: impl Fn(&[u8]) -> Option<(Vec<u8>, usize)>) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        if let Some((instead, length)) = decode(rest) {
            decoded.extend(instead);
            rest = &rest[length..];
        } else {
            decoded.push(*first);
            rest = after;
        }
    }
    decoded
}

fn hex(digits: &[u8]) -> Option<u32> {
    let text = str::from_utf8(digits).ok()?;
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| u32::from_str_radix(text, 16).ok())?
}
