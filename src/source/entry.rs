//! What a build context is made of.

use std::{path::PathBuf, sync::Arc};

/// One entry of the tar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Path within the context; it need not be UTF-8.
    pub path: PathBuf,
    /// What is there.
    pub kind: EntryKind,
}

/// What an [`Entry`] is. Hard links are sent as files of their own; sockets are not sent at all,
/// as the Docker client has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    /// A folder, empty or not. Sent with mode 0755.
    Folder,
    /// A regular file.
    File {
        /// In bytes.
        size: u64,
        /// Its owner may run it: it is sent with mode 0755 instead of 0644.
        executable: bool,
        /// SHA-256 of the contents.
        digest: [u8; 32],
        /// Where the contents are.
        content: Content,
    },
    /// A symbolic link, kept as it is.
    Link {
        /// Where it points, existing or not.
        target: PathBuf,
    },
    /// A named pipe.
    Pipe,
}

/// Where the contents of a file are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// In the context, at the entry's path.
    OnDisk,
    /// A Dockerfile that is not part of the context.
    InMemory(Arc<[u8]>),
}
