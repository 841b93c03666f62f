//! The files of a build context, in the order in which they are sent.

use std::{
    ffi::OsString,
    fs::{self, DirEntry, FileType},
    os::unix::{
        ffi::OsStrExt,
        fs::{FileTypeExt, PermissionsExt},
    },
    path::{Path, PathBuf},
};

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};

use super::{
    RESERVED_DOCKERFILE, STATE_FOLDER,
    digests::{Contents, DigestCache, Seen, Stamp},
    dockerfile::Located,
    dockerignore::{Ignore, Verdict},
    entry::{Content, Entry, EntryKind},
    error::SourceError,
    pattern::text_of,
};

/// The context's real path; its own symbolic links are followed.
pub(super) fn root(context: &Utf8Path) -> Result<Utf8PathBuf, SourceError> {
    let path = || context.to_owned();
    match fs::metadata(context) {
        Ok(found) if found.is_dir() => context
            .canonicalize_utf8()
            .map_err(SourceError::unreadable(context)),
        Ok(_) => Err(SourceError::ContextNotFolder { path: path() }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(SourceError::ContextMissing { path: path() })
        }
        Err(error) => Err(SourceError::unreadable(context)(error)),
    }
}

/// All that is sent: folders before their children, siblings by the bytes of their names, a
/// Dockerfile of our own last.
pub(super) fn entries(
    root: &Utf8Path,
    ignore: &Ignore,
    dockerfile: &Located,
    cache: &DigestCache,
) -> Result<Vec<Entry>, SourceError> {
    let mut walk = Walk {
        root,
        ignore,
        found: Vec::new(),
    };
    walk.folder(Path::new(""), &Verdict::default())?;
    let mut entries = digested(root, dockerfile, walk.found, cache)?;
    if !dockerfile.in_context {
        if entries
            .iter()
            .any(|entry| entry.path == Path::new(RESERVED_DOCKERFILE))
        {
            return Err(SourceError::ReservedName {
                name: RESERVED_DOCKERFILE,
            });
        }
        entries.push(in_memory(RESERVED_DOCKERFILE, &dockerfile.text));
    }
    Ok(entries)
}

/// The entries with the digests of their contents.
fn digested(
    root: &Utf8Path,
    dockerfile: &Located,
    found: Vec<Found>,
    cache: &DigestCache,
) -> Result<Vec<Entry>, SourceError> {
    let files: Vec<Seen<'_>> = found
        .iter()
        .filter_map(|Found { path, kind }| match kind {
            FoundKind::File { stamp, .. } => Some(Seen {
                path,
                stamp: *stamp,
            }),
            FoundKind::Folder | FoundKind::Link { .. } | FoundKind::Pipe => None,
        })
        .collect();
    // Dockerfiles may have ignore files of their own.
    let mut contents = cache.contents(root, &dockerfile.name, &files)?.into_iter();
    let entries = found.into_iter().filter_map(|Found { path, kind }| {
        let kind = match kind {
            FoundKind::Folder => EntryKind::Folder,
            FoundKind::Link { target } => EntryKind::Link { target },
            FoundKind::Pipe => EntryKind::Pipe,
            FoundKind::File { executable, .. } => {
                // As many as there are files.
                let Contents { size, digest } = contents.next()?;
                EntryKind::File {
                    size,
                    executable,
                    digest,
                    content: Content::OnDisk,
                }
            }
        };
        Some(Entry { path, kind })
    });
    Ok(entries.collect())
}

pub(super) fn in_memory(name: &str, text: &[u8]) -> Entry {
    let kind = EntryKind::File {
        size: text.len() as u64,
        executable: false,
        digest: Sha256::digest(text).into(),
        content: Content::InMemory(text.into()),
    };
    Entry {
        path: name.into(),
        kind,
    }
}

/// What the walk met; contents are not read yet.
struct Found {
    path: PathBuf,
    kind: FoundKind,
}

enum FoundKind {
    Folder,
    File { stamp: Stamp, executable: bool },
    Link { target: PathBuf },
    Pipe,
}

struct Walk<'a> {
    root: &'a Utf8Path,
    ignore: &'a Ignore,
    found: Vec<Found>,
}

/// What a folder holds, before it is judged.
struct Child {
    name: OsString,
    file_type: FileType,
    entry: DirEntry,
}

impl Walk<'_> {
    /// Adds what is below `folder` (relative to the root).
    fn folder(&mut self, folder: &Path, verdict: &Verdict) -> Result<(), SourceError> {
        for child in self.children(folder)? {
            let path = folder.join(&child.name);
            let text = text_of(path.as_os_str().as_bytes());
            if child.file_type.is_dir() {
                if child.name != STATE_FOLDER {
                    let judged = self.ignore.judge(&text, verdict);
                    let is_walked = !judged.ignored || self.ignore.reaches_into(&text);
                    self.subfolder(path, &judged, is_walked)?;
                }
            } else if !self.ignore.judge(&text, verdict).ignored
                && let Some(kind) = kind(&child)?
            {
                self.found.push(Found { path, kind });
            }
        }
        Ok(())
    }

    fn subfolder(
        &mut self,
        path: PathBuf,
        judged: &Verdict,
        is_walked: bool,
    ) -> Result<(), SourceError> {
        let before = self.found.len();
        self.found.push(Found {
            path: path.clone(),
            kind: FoundKind::Folder,
        });
        if is_walked {
            self.folder(&path, judged)?;
        }
        // An ignored folder is sent only for the sake of something in it.
        if judged.ignored && self.found.len() == before + 1 {
            self.found.truncate(before);
        }
        Ok(())
    }

    fn children(&self, folder: &Path) -> Result<Vec<Child>, SourceError> {
        let absolute = self.root.as_std_path().join(folder);
        let mut children = Vec::new();
        for entry in fs::read_dir(&absolute).map_err(SourceError::unreadable(&absolute))? {
            let entry = entry.map_err(SourceError::unreadable(&absolute))?;
            children.push(Child {
                name: entry.file_name(),
                file_type: entry
                    .file_type()
                    .map_err(|error| SourceError::unreadable(entry.path())(error))?,
                entry,
            });
        }
        children.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(children)
    }
}

/// `None`: a socket, which is not sent.
fn kind(
    Child {
        file_type, entry, ..
    }: &Child,
) -> Result<Option<FoundKind>, SourceError> {
    let unreadable = |error| SourceError::unreadable(entry.path())(error);
    if file_type.is_file() {
        let metadata = entry.metadata().map_err(unreadable)?;
        return Ok(Some(FoundKind::File {
            stamp: Stamp::of(&metadata),
            // The bit that git keeps: that of the owner.
            executable: metadata.permissions().mode() & 0o100 != 0,
        }));
    }
    if file_type.is_symlink() {
        let target = fs::read_link(entry.path()).map_err(unreadable)?;
        return Ok(Some(FoundKind::Link { target }));
    }
    if file_type.is_fifo() {
        return Ok(Some(FoundKind::Pipe));
    }
    if file_type.is_socket() {
        return Ok(None);
    }
    Err(SourceError::Device { path: entry.path() })
}
