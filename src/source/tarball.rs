//! The tar that the engine is sent, made while it is being read.

use std::{
    fs::File,
    io::{self, Read, Write},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use futures::{Stream, stream};
use sha2::{Digest, Sha256};
use tar::EntryType;
use tokio::sync::mpsc;

use super::{
    BUFFER, Fingerprinted,
    entry::{Content, Entry, EntryKind},
    error::SourceError,
    gnu::{self, Fields, Owner},
};

/// Chunks that wait for the engine; with [`BUFFER`] this bounds the memory of a build.
const CHUNKS: usize = 8;

/// Streams what [`read`](super::read) found. A file that is not what was fingerprinted ends the
/// stream with an error that wraps [`SourceError::Changed`]. Needs a Tokio runtime; the files are
/// read on a blocking thread, which ends soon after the stream is dropped.
pub fn tar_stream(
    contents: &Fingerprinted,
) -> impl Stream<Item = Result<Bytes, io::Error>> + Send + use<> {
    tar_stream_into(contents, Placement::default())
}

/// Where the entries of a tar go, and whose they are.
#[derive(Debug, Clone, Default)]
pub struct Placement {
    /// Folder that everything is in, itself the first entry; relative, empty for none.
    pub folder: String,
    /// Owner of everything.
    pub owner: Owner,
}

/// [`tar_stream`] with all of it in a folder and somebody's own.
pub fn tar_stream_into(
    contents: &Fingerprinted,
    placement: Placement,
) -> impl Stream<Item = Result<Bytes, io::Error>> + Send + use<> {
    let (sender, receiver) = mpsc::channel(CHUNKS);
    let root = contents.source.context.clone().into_std_path_buf();
    let entries = contents.entries.clone();
    tokio::task::spawn_blocking(move || {
        let mut tar = Tar {
            out: Chunks {
                sender: sender.clone(),
                chunk: Vec::new(),
            },
            root,
            placement,
        };
        if let Err(error) = tar.write(&entries) {
            // Nobody is there to hear it when the stream was dropped.
            let _ = sender.blocking_send(Err(error));
        }
    });
    stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|chunk| (chunk, receiver))
    })
}

struct Tar {
    out: Chunks,
    root: PathBuf,
    placement: Placement,
}

impl Tar {
    fn write(&mut self, entries: &[Entry]) -> io::Result<()> {
        let mut buffer = vec![0; BUFFER];
        if !self.placement.folder.is_empty() {
            let folder = Entry {
                path: PathBuf::new(),
                kind: EntryKind::Folder,
            };
            self.entry(&folder, &mut buffer)?;
        }
        for entry in entries {
            self.entry(entry, &mut buffer)?;
        }
        gnu::end(&mut self.out)?;
        self.out.flush()
    }

    fn entry(&mut self, Entry { path, kind }: &Entry, buffer: &mut [u8]) -> io::Result<()> {
        let placed = Path::new(&self.placement.folder).join(path);
        let mut name = placed.as_os_str().as_bytes().to_vec();
        let mut link: &[u8] = b"";
        let (entry_type, mode, size) = match kind {
            EntryKind::Folder => {
                if name.last() != Some(&b'/') {
                    name.push(b'/');
                }
                (EntryType::Directory, 0o755, 0)
            }
            EntryKind::Link { target } => {
                link = target.as_os_str().as_bytes();
                (EntryType::Symlink, 0o777, 0)
            }
            EntryKind::Pipe => (EntryType::Fifo, 0o644, 0),
            EntryKind::File {
                executable: true,
                size,
                ..
            } => (EntryType::Regular, 0o755, *size),
            EntryKind::File { size, .. } => (EntryType::Regular, 0o644, *size),
        };
        gnu::header(
            &mut self.out,
            &Fields {
                entry_type,
                name: &name,
                link,
                mode,
                size,
                owner: self.placement.owner,
            },
        )?;
        if let EntryKind::File {
            digest, content, ..
        } = kind
        {
            match content {
                Content::InMemory(text) => self.out.write_all(text)?,
                Content::OnDisk => self.file(path, size, digest, buffer)?,
            }
        }
        gnu::pad(&mut self.out, size)
    }

    /// Sends a file, and no byte that was not fingerprinted without saying so.
    fn file(
        &mut self,
        path: &Path,
        size: u64,
        digest: &[u8; 32],
        buffer: &mut [u8],
    ) -> io::Result<()> {
        let path = self.root.join(path);
        let unreadable = |error| io::Error::other(SourceError::unreadable(&path)(error));
        let changed = || {
            Err(io::Error::other(SourceError::Changed {
                path: path.clone(),
            }))
        };
        let mut file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return changed(),
            opened => opened.map_err(unreadable)?,
        };
        let mut hasher = Sha256::new();
        let mut left = size;
        loop {
            let read = file.read(buffer).map_err(unreadable)?;
            if read == 0 {
                break;
            }
            let Some(rest) = left.checked_sub(read as u64) else {
                return changed();
            };
            left = rest;
            hasher.update(&buffer[..read]);
            self.out.write_all(&buffer[..read])?;
        }
        if left > 0 || hasher.finalize()[..] != digest[..] {
            return changed();
        }
        Ok(())
    }
}

/// Gathers small writes into chunks; blocks while [`CHUNKS`] of them wait.
struct Chunks {
    sender: mpsc::Sender<io::Result<Bytes>>,
    chunk: Vec<u8>,
}

impl Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.chunk.extend_from_slice(bytes);
        if self.chunk.len() >= BUFFER {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let chunk = std::mem::take(&mut self.chunk);
        let sent = self.sender.blocking_send(Ok(chunk.into()));
        sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}
