//! Reads files on all processors.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use camino::Utf8Path;
use sha2::{Digest as _, Sha256};

use super::{Contents, Seen, Stamp};
use crate::source::{BUFFER, error::SourceError};

/// Below this many files, starting threads costs more than it saves.
const FEW: usize = 32;

/// A file that was read.
pub(super) struct Read {
    pub contents: Contents,
    /// The stamp under which these contents hold; `None` when the file was written meanwhile.
    pub stamp: Option<Stamp>,
}

/// Reads the files at the positions `wanted`, and returns them in that order.
pub(super) fn read(
    root: &Utf8Path,
    files: &[Seen<'_>],
    wanted: &[usize],
) -> Result<Vec<Read>, SourceError> {
    let workers = match wanted.len() {
        0..FEW => 1,
        _ => thread::available_parallelism().map_or(1, usize::from),
    };
    let next = AtomicUsize::new(0);
    let work = || -> Result<Vec<(usize, Read)>, SourceError> {
        let mut buffer = vec![0; BUFFER];
        let mut done = Vec::new();
        loop {
            let turn = next.fetch_add(1, Ordering::Relaxed);
            let Some(&index) = wanted.get(turn) else {
                return Ok(done);
            };
            let path = root.as_std_path().join(files[index].path);
            let read = file(&path, &mut buffer).map_err(SourceError::unreadable(path))?;
            done.push((turn, read));
        }
    };
    let mut read = Vec::with_capacity(wanted.len());
    thread::scope(|scope| {
        let others: Vec<_> = (1..workers).map(|_| scope.spawn(work)).collect();
        read.extend(work()?);
        for other in others {
            // A worker that panicked is a defect of ours: it goes on in this thread.
            let done = other
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            read.extend(done?);
        }
        Ok::<_, SourceError>(())
    })?;
    read.sort_unstable_by_key(|(turn, _)| *turn);
    Ok(read.into_iter().map(|(_, read)| read).collect())
}

fn file(path: &Path, buffer: &mut [u8]) -> io::Result<Read> {
    let mut file = File::open(path)?;
    let stamp = Stamp::of(&file.metadata()?);
    let mut hasher = Sha256::new();
    let mut size = 0;
    loop {
        let read = file.read(buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
        size += read as u64;
    }
    let unchanged = Stamp::of(&file.metadata()?) == stamp;
    Ok(Read {
        contents: Contents {
            size,
            digest: hasher.finalize().into(),
        },
        stamp: unchanged.then_some(stamp),
    })
}
