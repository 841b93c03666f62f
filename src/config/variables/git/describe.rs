//! `git describe --always`: the nearest tag, how many commits ago it was, and the commit.

use gix::commit::describe::SelectRef;

use super::repository::{Checkout, Unread};
use crate::config::variables::value::Resolved;

/// Tags that a description may name.
#[derive(Clone, Copy)]
pub(super) enum Tags {
    /// Those with an author and a message.
    Annotated,
    /// Lightweight ones as well.
    All,
}

pub(super) fn describe(checkout: &Checkout<'_>, tags: Tags) -> Result<Resolved, Unread> {
    let commit = checkout.commit()?;
    let names = match tags {
        Tags::Annotated => SelectRef::AnnotatedTags,
        Tags::All => SelectRef::AllTags,
    };
    let mut description = commit.describe().names(names).id_as_fallback(true);
    Ok(Resolved::open(description.format()?.to_string()))
}
