//! What git knows of a build context: only to say *why* a fingerprint is another one. Whether it is
//! follows from the files alone.

use std::{ffi::OsStr, os::unix::ffi::OsStrExt, path::PathBuf};

use camino::Utf8Path;
use gix::{
    Repository, ThreadSafeRepository,
    bstr::{BStr, ByteSlice as _},
    discover::upwards,
    open,
    progress::Discard,
    sec::trust::Mapping,
    status::{Item, Submodule, UntrackedFiles, tree_index::TrackRenames},
    submodule::config::Ignore as IgnoreSubmodules,
};

use super::Fingerprinted;

/// What is checked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its id, in hexadecimal digits.
    pub id: String,
    /// What is sent is not all as it was committed.
    pub dirty: bool,
}

/// Why git cannot say which files changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoHistory {
    /// The context is in no repository.
    #[error("the build context is in no git repository")]
    NoRepository,
    /// A shallow clone, or a history that was rewritten.
    #[error("commit {0} is not in this clone")]
    NoCommit(String),
    /// The repository cannot be read.
    #[error("the git repository cannot be read: {0}")]
    Unreadable(String),
}

/// gix has an error of its own for each call; their words are all that is used of them.
impl<E: std::error::Error> From<E> for Words {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

struct Words(String);

impl From<Words> for NoHistory {
    fn from(Words(words): Words) -> Self {
        Self::Unreadable(words)
    }
}

/// The commit that a build context is checked out from. Blocking.
///
/// # Errors
/// There is none, or the repository cannot be read.
pub fn commit(contents: &Fingerprinted) -> Result<Commit, NoHistory> {
    let context = Context::find(contents)?;
    let id = context.head()?;
    let dirty = !context.changed_since(&id)?.is_empty();
    Ok(Commit {
        id: id.to_string(),
        dirty,
    })
}

/// The files of a build context that are not as a commit had them, committed since or not: relative
/// to the context, sorted. Files that git ignores are not known to it. Blocking.
///
/// # Errors
/// The commit is not there, or the repository cannot be read.
pub fn changed_since(contents: &Fingerprinted, commit: &str) -> Result<Vec<PathBuf>, NoHistory> {
    let context = Context::find(contents)?;
    let absent = || NoHistory::NoCommit(short(commit).to_owned());
    let id = gix::ObjectId::from_hex(commit.as_bytes()).map_err(|_| absent())?;
    if !context.repository.has_object(id) {
        return Err(absent());
    }
    context.changed_since(&id)
}

/// The digits of a commit that people are shown.
pub fn short(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}

/// A build context within its repository.
struct Context<'a> {
    repository: Repository,
    contents: &'a Fingerprinted,
    /// Path of the context within the work tree, empty for the whole of it.
    prefix: Vec<u8>,
}

impl<'a> Context<'a> {
    fn find(contents: &'a Fingerprinted) -> Result<Self, NoHistory> {
        let root = contents
            .source
            .context
            .canonicalize_utf8()
            .map_err(Words::from)?;
        // Neither the environment nor the machine's configuration is read, and with another owner
        // (CI checks out as one user and runs us as another) no program that the repository's
        // configuration names is trusted.
        let options = Mapping {
            full: open::Options::isolated(),
            reduced: open::Options::isolated(),
        };
        let found =
            ThreadSafeRepository::discover_opts(&root, upwards::Options::default(), options);
        let repository = found
            .map_err(|_| NoHistory::NoRepository)?
            .to_thread_local();
        let prefix = prefix(&repository, &root).ok_or(NoHistory::NoRepository)?;
        Ok(Self {
            repository,
            contents,
            prefix,
        })
    }

    fn head(&self) -> Result<gix::ObjectId, NoHistory> {
        let head = self.repository.head_id().map_err(Words::from)?;
        Ok(head.detach())
    }

    fn changed_since(&self, commit: &gix::ObjectId) -> Result<Vec<PathBuf>, NoHistory> {
        let mut changed: Vec<PathBuf> = self
            .status(commit)?
            .iter()
            .filter_map(|path| self.within(path.as_bstr()))
            .filter(|path| self.contents.sends(path))
            .collect();
        changed.sort_unstable();
        changed.dedup();
        Ok(changed)
    }

    /// Paths from the top of the work tree.
    fn status(&self, commit: &gix::ObjectId) -> Result<Vec<Vec<u8>>, Words> {
        let tree = self.repository.find_commit(*commit)?.tree_id()?.detach();
        let mut pattern = b":(top,literal)".to_vec();
        pattern.extend(&self.prefix);
        let patterns = (!self.prefix.is_empty()).then(|| pattern.into());
        let items = self
            .repository
            .status(Discard)?
            .head_tree(tree)
            .untracked_files(UntrackedFiles::Files)
            .tree_index_track_renames(TrackRenames::Disabled)
            .index_worktree_submodules(Submodule::Given {
                ignore: IgnoreSubmodules::Dirty,
                check_dirty: false,
            })
            .into_iter(patterns)?;
        let mut paths = Vec::new();
        for item in items {
            let item = item?;
            // An item without a summary is no difference of the files.
            let differs = match &item {
                Item::IndexWorktree(item) => item.summary().is_some(),
                Item::TreeIndex(_) => true,
            };
            if differs {
                paths.push(item.location().to_vec());
            }
        }
        Ok(paths)
    }

    /// A path of the work tree as one of the context.
    fn within(&self, path: &BStr) -> Option<PathBuf> {
        let path = if self.prefix.is_empty() {
            path.as_bytes()
        } else {
            path.strip_prefix(self.prefix.as_slice())?
                .strip_prefix(b"/")?
        };
        Some(OsStr::from_bytes(path).into())
    }
}

fn prefix(repository: &Repository, root: &Utf8Path) -> Option<Vec<u8>> {
    let top = repository.workdir()?.canonicalize().ok()?;
    let prefix = root.as_std_path().strip_prefix(top).ok()?;
    Some(prefix.as_os_str().as_bytes().to_vec())
}
