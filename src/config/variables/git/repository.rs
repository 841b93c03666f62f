//! The repository around the config file.

use camino::Utf8Path;
use gix::{Repository, discover::upwards, open, sec::trust::Mapping};

use super::facts::Fact;
use crate::config::variables::{Context, provider::Refusal, value::Resolved};

/// What a fact is read from.
pub(super) struct Checkout<'a> {
    pub repository: Repository,
    pub context: &'a Context,
}

/// Why a fact cannot be read.
pub(super) enum Unread {
    /// The repository has none.
    None(String, &'static str),
    /// The repository cannot be read.
    Git(String),
}

/// gix has an error of its own for each call; their words are all that is used of them.
impl<E: std::error::Error> From<E> for Unread {
    fn from(error: E) -> Self {
        Self::Git(error.to_string())
    }
}

/// Reads one fact.
pub(super) fn read(fact: &Fact, context: &Context) -> Result<Resolved, Refusal> {
    let repository = find(&context.folder)?;
    let checkout = Checkout {
        repository,
        context,
    };
    (fact.read)(&checkout).map_err(|unread| match unread {
        Unread::None(fact, advice) => Refusal::absent(fact, advice),
        Unread::Git(words) => Refusal::broken(
            format!(
                "`{}` of the git repository cannot be read: {words}",
                fact.name
            ),
            "`git fsck` says whether the repository is whole",
        ),
    })
}

/// Only the repository's own configuration is read, neither the environment nor that of the
/// machine, so that a value depends on nothing else. With another owner (CI checks out as one
/// user and runs us as another) no program that the configuration names is trusted.
fn find(folder: &Utf8Path) -> Result<Repository, Refusal> {
    let options = Mapping {
        full: open::Options::isolated(),
        reduced: open::Options::isolated(),
    };
    gix::ThreadSafeRepository::discover_opts(folder, upwards::Options::default(), options)
        .map(|repository| repository.to_thread_local())
        .map_err(|_| {
            Refusal::absent(
                "the config file is in no git repository",
                "check out the repository with its `.git` folder, or give a default",
            )
        })
}
