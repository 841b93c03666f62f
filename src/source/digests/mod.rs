//! Digests of file contents, without reading again what did not change since it was last read.
//!
//! What is remembered is what *we* read, under a [`Stamp`] of the file. Git's index would know a
//! digest of each tracked file too, but of what git would commit, which is not what lies in the
//! folder when a filter, an end-of-line conversion or an encoding stands, or stood, between the two
//! (docs/adr/0006).

mod parallel;
mod stamp;
mod store;

use std::{path::Path, time::SystemTime};

use camino::{Utf8Path, Utf8PathBuf};

pub(super) use stamp::Stamp;

use super::error::SourceError;

/// SHA-256 of a file's contents.
pub(super) type Digest = [u8; 32];

/// A regular file as the walk met it.
pub(super) struct Seen<'a> {
    /// Relative to the root of the context.
    pub path: &'a Path,
    pub stamp: Stamp,
}

/// Contents as they were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Contents {
    /// In bytes.
    pub size: u64,
    pub digest: Digest,
}

/// Where digests are kept between runs.
///
/// It is a cache: what it does not hold, cannot give or cannot keep is read from the files. Nothing
/// but time is lost with it.
#[derive(Debug, Clone, Default)]
pub struct DigestCache {
    folder: Option<Utf8PathBuf>,
}

impl DigestCache {
    /// Keeps them in a folder, which need not exist yet.
    pub fn at(folder: impl Into<Utf8PathBuf>) -> Self {
        Self {
            folder: Some(folder.into()),
        }
    }

    /// Keeps nothing: every file is read.
    pub fn none() -> Self {
        Self::default()
    }

    /// Contents of `files`, in their order, which is that of their paths. `view` tells one selection of the files of `root` from
    /// another, so that two of them do not push each other out.
    pub(super) fn contents(
        &self,
        root: &Utf8Path,
        view: &str,
        files: &[Seen<'_>],
    ) -> Result<Vec<Contents>, SourceError> {
        let place = self.folder.as_deref().map(|folder| store::Place {
            folder,
            owner: store::owner(root, view),
        });
        let bytes = place.as_ref().and_then(store::Place::load);
        let remembered = bytes.as_deref().zip(place.as_ref());
        let mut remembered = remembered.and_then(|(bytes, place)| place.records(bytes));
        let (mut contents, unread) = recall(files, remembered.as_mut());
        let mut stamps: Vec<_> = files.iter().map(|file| Some(file.stamp)).collect();
        let began = SystemTime::now();
        for (index, read) in unread.iter().zip(parallel::read(root, files, &unread)?) {
            contents[*index] = read.contents;
            stamps[*index] = read.stamp.filter(|stamp| stamp.is_settled(began));
        }
        let learned = unread.iter().any(|index| stamps[*index].is_some());
        if let Some(place) = place
            && (learned || remembered.is_some_and(|records| records.has_surplus()))
        {
            let known = files.iter().zip(stamps).zip(&contents);
            place.save(known.filter_map(|((file, stamp), contents)| {
                Some((file.path, stamp?, contents.digest))
            }));
        }
        Ok(contents)
    }
}

/// What is known of each file, and the positions of those that must be read.
fn recall(
    files: &[Seen<'_>],
    mut remembered: Option<&mut store::Records<'_>>,
) -> (Vec<Contents>, Vec<usize>) {
    let mut unread = Vec::new();
    let contents = files.iter().enumerate().map(|(index, file)| {
        let records = remembered.as_mut();
        let digest = match records.and_then(|records| records.find(file.path)) {
            Some((stamp, digest)) if stamp == file.stamp => digest,
            _ => {
                unread.push(index);
                Digest::default()
            }
        };
        Contents {
            size: file.stamp.size,
            digest,
        }
    });
    let contents = contents.collect();
    (contents, unread)
}
