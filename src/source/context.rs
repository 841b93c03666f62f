//! The files of a build context, in the order in which they are sent.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::Read,
    os::unix::{
        ffi::OsStrExt,
        fs::{FileTypeExt, PermissionsExt},
    },
    path::Path,
};

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};

use super::{
    RESERVED_DOCKERFILE,
    dockerfile::Located,
    dockerignore::{Ignore, Verdict},
    entry::{Content, Entry, EntryKind},
    error::SourceError,
    pattern::text_of,
};

/// Size of the buffer that file contents pass through, in bytes.
pub(super) const BUFFER: usize = 128 * 1024;

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
) -> Result<Vec<Entry>, SourceError> {
    let mut walk = Walk {
        root,
        ignore,
        buffer: vec![0; BUFFER],
        entries: Vec::new(),
    };
    walk.folder(Path::new(""), &Verdict::default())?;
    let mut entries = walk.entries;
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

fn in_memory(name: &str, text: &[u8]) -> Entry {
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

struct Walk<'a> {
    root: &'a Utf8Path,
    ignore: &'a Ignore,
    buffer: Vec<u8>,
    entries: Vec<Entry>,
}

impl Walk<'_> {
    /// Adds what is below `folder` (relative to the root).
    fn folder(&mut self, folder: &Path, verdict: &Verdict) -> Result<(), SourceError> {
        for (name, file_type) in self.children(folder)? {
            let path = folder.join(&name);
            let text = text_of(path.as_os_str().as_bytes());
            let judged = self.ignore.judge(&text, verdict);
            if file_type.is_dir() {
                let before = self.entries.len();
                self.entries.push(Entry {
                    path: path.clone(),
                    kind: EntryKind::Folder,
                });
                if !judged.ignored || self.ignore.reaches_into(&text) {
                    self.folder(&path, &judged)?;
                }
                // An ignored folder is sent only for the sake of something in it.
                if judged.ignored && self.entries.len() == before + 1 {
                    self.entries.truncate(before);
                }
            } else if !judged.ignored
                && let Some(kind) = self.kind(&path, file_type)?
            {
                self.entries.push(Entry { path, kind });
            }
        }
        Ok(())
    }

    fn children(&self, folder: &Path) -> Result<Vec<(OsString, fs::FileType)>, SourceError> {
        let absolute = self.root.as_std_path().join(folder);
        let mut children = Vec::new();
        for child in fs::read_dir(&absolute).map_err(SourceError::unreadable(&absolute))? {
            let child = child.map_err(SourceError::unreadable(&absolute))?;
            let file_type = child
                .file_type()
                .map_err(SourceError::unreadable(child.path()))?;
            children.push((child.file_name(), file_type));
        }
        children.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        Ok(children)
    }

    /// `None`: a socket, which is not sent.
    fn kind(
        &mut self,
        path: &Path,
        file_type: fs::FileType,
    ) -> Result<Option<EntryKind>, SourceError> {
        let absolute = self.root.as_std_path().join(path);
        if file_type.is_file() {
            return self.file(&absolute).map(Some);
        }
        if file_type.is_symlink() {
            let target = fs::read_link(&absolute).map_err(SourceError::unreadable(&absolute))?;
            return Ok(Some(EntryKind::Link { target }));
        }
        if file_type.is_fifo() {
            return Ok(Some(EntryKind::Pipe));
        }
        if file_type.is_socket() {
            return Ok(None);
        }
        Err(SourceError::Device { path: absolute })
    }

    fn file(&mut self, absolute: &Path) -> Result<EntryKind, SourceError> {
        let unreadable = || SourceError::unreadable(absolute);
        let mut file = File::open(absolute).map_err(unreadable())?;
        let mode = file.metadata().map_err(unreadable())?.permissions().mode();
        let mut hasher = Sha256::new();
        let mut size = 0;
        loop {
            let read = file.read(&mut self.buffer).map_err(unreadable())?;
            if read == 0 {
                break;
            }
            hasher.update(&self.buffer[..read]);
            size += read as u64;
        }
        Ok(EntryKind::File {
            size,
            // The bit that git keeps: that of the owner.
            executable: mode & 0o100 != 0,
            digest: hasher.finalize().into(),
            content: Content::OnDisk,
        })
    }
}
