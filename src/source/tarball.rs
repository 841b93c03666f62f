//! The tar that the engine is sent, made while it is being read.
//!
//! GNU format, because its long names may hold any bytes. Written by hand down to the headers, so
//! that every byte follows from the entries alone.

use std::{
    fs::File,
    io::{self, Read, Write},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use futures::{Stream, stream};
use sha2::{Digest, Sha256};
use tar::{EntryType, Header};
use tokio::sync::mpsc;

use super::{
    Fingerprinted,
    context::{BUFFER, Content, Entry, EntryKind},
    error::SourceError,
};

/// Chunks that wait for the engine; with [`BUFFER`] this bounds the memory of a build.
const CHUNKS: usize = 8;

/// Size of a tar record, in bytes: headers and contents are padded to it.
const RECORD: u64 = 512;

/// Streams what [`read`](super::read) found. A file that is not what was fingerprinted ends the
/// stream with an error that wraps [`SourceError::Changed`]. Needs a Tokio runtime; the files are
/// read on a blocking thread, which ends soon after the stream is dropped.
pub fn tar_stream(
    contents: &Fingerprinted,
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
}

impl Tar {
    fn write(&mut self, entries: &[Entry]) -> io::Result<()> {
        let mut buffer = vec![0; BUFFER];
        for entry in entries {
            self.entry(entry, &mut buffer)?;
        }
        // Two empty records end a tar.
        self.zeros(2 * RECORD)?;
        self.out.flush()
    }

    fn entry(&mut self, Entry { path, kind }: &Entry, buffer: &mut [u8]) -> io::Result<()> {
        let name = path.as_os_str().as_bytes();
        match kind {
            EntryKind::Folder => {
                let name = [name, b"/"].concat();
                self.header(EntryType::Directory, &name, b"", 0o755, 0)
            }
            EntryKind::Link { target } => {
                let target = target.as_os_str().as_bytes();
                self.header(EntryType::Symlink, name, target, 0o777, 0)
            }
            EntryKind::Pipe => self.header(EntryType::Fifo, name, b"", 0o644, 0),
            EntryKind::File {
                size,
                executable,
                digest,
                content,
            } => {
                let mode = if *executable { 0o755 } else { 0o644 };
                self.header(EntryType::Regular, name, b"", mode, *size)?;
                match content {
                    Content::InMemory(text) => self.out.write_all(text)?,
                    Content::OnDisk => self.file(path, *size, digest, buffer)?,
                }
                self.pad(*size)
            }
        }
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

    fn header(
        &mut self,
        entry_type: EntryType,
        name: &[u8],
        link: &[u8],
        mode: u32,
        size: u64,
    ) -> io::Result<()> {
        let mut header = Header::new_gnu();
        header.set_entry_type(entry_type);
        header.set_mode(mode);
        header.set_size(size);
        // Everything belongs to root and to no time.
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        let fields = header.as_old_mut();
        let long_name = fill(&mut fields.name, name);
        let long_link = fill(&mut fields.linkname, link);
        header.set_cksum();
        if long_link {
            self.long(EntryType::GNULongLink, link)?;
        }
        if long_name {
            self.long(EntryType::GNULongName, name)?;
        }
        self.out.write_all(header.as_bytes())
    }

    /// An entry that carries a name too long for the header that follows it.
    fn long(&mut self, entry_type: EntryType, name: &[u8]) -> io::Result<()> {
        let size = name.len() as u64 + 1;
        self.header(entry_type, b"././@LongLink", b"", 0o644, size)?;
        self.out.write_all(name)?;
        self.out.write_all(&[0])?;
        self.pad(size)
    }

    fn pad(&mut self, size: u64) -> io::Result<()> {
        self.zeros(size.next_multiple_of(RECORD) - size)
    }

    fn zeros(&mut self, count: u64) -> io::Result<()> {
        io::copy(&mut io::repeat(0).take(count), &mut self.out).map(drop)
    }
}

/// Copies what fits; says whether something did not.
fn fill(field: &mut [u8], bytes: &[u8]) -> bool {
    let fits = bytes.len().min(field.len());
    field[..fits].copy_from_slice(&bytes[..fits]);
    fits < bytes.len()
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
