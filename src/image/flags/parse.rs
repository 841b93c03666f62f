//! Words into flags, as `docker` itself reads them (package `pflag`): `--name=value`,
//! `--name value`, `-n value`, `-nvalue`, and switches with or without a truth value.

use std::collections::BTreeSet;

use super::{
    BuildFlags, FlagError, Misuse,
    table::{self, Does, Flag, Takes},
    value,
};
use crate::config::closest;

/// Reads all words; a mistake in one does not hide those in others.
pub(super) fn parse(words: &[String]) -> Result<BuildFlags, Vec<Misuse>> {
    let mut reader = Reader {
        words,
        next: 0,
        seen: BTreeSet::new(),
        flags: BuildFlags::default(),
    };
    let mut misuses = Vec::new();
    while let Some(written) = words.get(reader.next) {
        let word = reader.next;
        reader.next += 1;
        if let Err(error) = reader.word(written) {
            misuses.push(Misuse { word, error });
        }
    }
    if misuses.is_empty() {
        Ok(reader.flags)
    } else {
        Err(misuses)
    }
}

struct Reader<'a> {
    words: &'a [String],
    next: usize,
    /// Flags that may be there once and were.
    seen: BTreeSet<&'static str>,
    flags: BuildFlags,
}

impl Reader<'_> {
    fn word(&mut self, written: &str) -> Result<(), FlagError> {
        if let Some(long) = written.strip_prefix("--").filter(|long| !long.is_empty()) {
            let (name, value) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (long, None),
            };
            let flag = table::named(name).ok_or_else(|| unknown(name))?;
            return self.flag(flag, value);
        }
        let mut letters = written.strip_prefix('-').unwrap_or_default().chars();
        let letter = letters.next().ok_or(FlagError::Stray)?;
        let flag = table::of_letter(letter).ok_or_else(|| FlagError::Unknown {
            flag: format!("-{letter}"),
            near: None,
        })?;
        let rest = letters.as_str();
        let value = rest.strip_prefix('=').unwrap_or(rest);
        self.flag(flag, Some(value).filter(|_| !rest.is_empty()))
    }

    fn flag(&mut self, flag: &'static Flag, value: Option<&str>) -> Result<(), FlagError> {
        let name = || format!("--{}", flag.name);
        let value = self.value(flag, value)?;
        if !flag.repeats && !self.seen.insert(flag.name) {
            return Err(FlagError::Twice { flag: name() });
        }
        match flag.does {
            Does::Set(set) => set(&mut self.flags, &value).map_err(|expected| FlagError::Value {
                flag: name(),
                expected,
            }),
            Does::Switch(set) => {
                set(&mut self.flags, value == "true");
                Ok(())
            }
            Does::Holds(only, _) if only == value => Ok(()),
            Does::Holds(_, instead) | Does::Refuse(instead) => Err(FlagError::Refused {
                flag: name(),
                instead,
            }),
        }
    }

    /// The value of a flag: its own, or the next word unless it is a switch.
    fn value(&mut self, flag: &Flag, value: Option<&str>) -> Result<String, FlagError> {
        let name = || format!("--{}", flag.name);
        match (flag.takes, value) {
            (Takes::Truth, None) => Ok("true".to_owned()),
            (Takes::Truth, Some(text)) => match value::truth(text) {
                Some(truth) => Ok(truth.to_string()),
                None => Err(FlagError::Value {
                    flag: name(),
                    expected: "`true` or `false`, or nothing",
                }),
            },
            (Takes::Value(_), Some(text)) => Ok(text.to_owned()),
            (Takes::Value(expected), None) => {
                let next = self.words.get(self.next);
                self.next += 1;
                next.cloned().ok_or_else(|| FlagError::Missing {
                    flag: name(),
                    expected,
                })
            }
        }
    }
}

fn unknown(name: &str) -> FlagError {
    let near = closest(name, table::FLAGS.iter().map(|flag| flag.name));
    FlagError::Unknown {
        flag: format!("--{name}"),
        near: near.map(|near| format!("--{near}")),
    }
}
