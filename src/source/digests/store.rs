//! The file that digests are kept in: one for each view of a context.
//!
//! ```text
//! magic · owner (32) · { length of path (4) · path · device · inode · size · modified · changed
//! (8 each) · digest (32) } · CRC-32 of all before (4)          integers little-endian
//! ```

use std::{
    ffi::OsStr,
    fs, io,
    os::unix::ffi::OsStrExt,
    path::Path,
    time::{Duration, SystemTime},
};

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest as _, Sha256};

use super::{Digest, Stamp};

/// Changes with the format.
const MAGIC: &[u8] = b"scf-digests-1\n";
/// Files of this age belong to contexts that nobody deploys any more, or are slow to change.
const FORGOTTEN: Duration = Duration::from_hours(24 * 60);

/// Whose digests they are: the file's name.
pub(super) struct Place<'a> {
    pub folder: &'a Utf8Path,
    pub owner: Digest,
}

/// Identifies a view of a context on this machine.
pub(super) fn owner(root: &Utf8Path, view: &str) -> Digest {
    let mut hasher = Sha256::new();
    hasher.update(root.as_str());
    // No path holds a zero byte.
    hasher.update([0]);
    hasher.update(view);
    hasher.finalize().into()
}

impl Place<'_> {
    fn file(&self) -> Utf8PathBuf {
        let name = crate::plan::hex(&self.owner);
        self.folder.join(name)
    }

    /// What was saved, if it is there.
    pub fn load(&self) -> Option<Vec<u8>> {
        fs::read(self.file()).ok()
    }

    /// The records of what was saved; `None` when it is not whole.
    pub fn records<'b>(&self, bytes: &'b [u8]) -> Option<Records<'b>> {
        let (body, sum) = bytes.split_last_chunk()?;
        let is_whole = crc32fast::hash(body).to_le_bytes() == *sum;
        let records = body.strip_prefix(MAGIC)?.strip_prefix(&self.owner)?;
        is_whole.then(|| Records::of(records))
    }

    /// Replaces what was saved, if it can.
    pub fn save<'f>(&self, records: impl Iterator<Item = (&'f Path, Stamp, Digest)>) {
        let mut bytes = [MAGIC, &self.owner].concat();
        for (path, stamp, digest) in records {
            write(&mut bytes, path, stamp, &digest);
        }
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        // A cache that cannot be kept costs the next run time, and must not cost this one.
        let _ = self.replace(&bytes);
    }

    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        fs::create_dir_all(self.folder)?;
        let file = self.file();
        let draft = file.with_extension(std::process::id().to_string());
        fs::write(&draft, bytes)
            .and_then(|()| fs::rename(&draft, &file))
            .inspect_err(|_| {
                let _ = fs::remove_file(&draft);
            })?;
        forget(self.folder)
    }
}

/// Removes what was not written for long, drafts of killed runs included.
fn forget(folder: &Utf8Path) -> io::Result<()> {
    let now = SystemTime::now();
    for file in fs::read_dir(folder)? {
        let file = file?;
        let written = file.metadata()?.modified()?;
        if now.duration_since(written).is_ok_and(|age| age > FORGOTTEN) {
            fs::remove_file(file.path())?;
        }
    }
    Ok(())
}

fn write(bytes: &mut Vec<u8>, path: &Path, stamp: Stamp, digest: &Digest) {
    let path = path.as_os_str().as_bytes();
    // No file system has paths of 4 GiB.
    bytes.extend(u32::try_from(path.len()).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend(path);
    let Stamp {
        device,
        inode,
        size,
        modified,
        changed,
    } = stamp;
    let numbers = [
        device,
        inode,
        size,
        modified.cast_unsigned(),
        changed.cast_unsigned(),
    ];
    bytes.extend(numbers.map(u64::to_le_bytes).as_flattened());
    bytes.extend(digest);
}

/// Records in the order in which the walk meets files, which is that of paths.
pub(super) struct Records<'b> {
    left: &'b [u8],
    next: Option<Record<'b>>,
    passed: usize,
}

type Record<'b> = (&'b Path, (Stamp, Digest));

impl<'b> Records<'b> {
    /// Reads what [`Place::load`] gave.
    pub fn of(bytes: &'b [u8]) -> Self {
        let mut left = bytes;
        let next = record(&mut left);
        Self {
            left,
            next,
            passed: 0,
        }
    }

    /// The record of a file; each file is asked for once, in the order of their paths.
    pub fn find(&mut self, path: &Path) -> Option<(Stamp, Digest)> {
        while let Some((recorded, value)) = self.next {
            // Nearly always equal, and quickly seen to be; comparing paths takes them apart.
            let is_same = recorded.as_os_str() == path.as_os_str();
            if !is_same && recorded > path {
                return None;
            }
            self.next = record(&mut self.left);
            if is_same {
                return Some(value);
            }
            self.passed += 1;
        }
        None
    }

    /// Whether some belong to files that were not asked for.
    pub fn has_surplus(&self) -> bool {
        self.passed > 0 || self.next.is_some()
    }
}

fn record<'b>(left: &mut &'b [u8]) -> Option<Record<'b>> {
    let length = u32::from_le_bytes(*left.split_off(..4)?.first_chunk()?);
    let path = left.split_off(..usize::try_from(length).ok()?)?;
    let mut number = || Some(u64::from_le_bytes(*left.split_off(..8)?.first_chunk()?));
    let stamp = Stamp {
        device: number()?,
        inode: number()?,
        size: number()?,
        modified: number()?.cast_signed(),
        changed: number()?.cast_signed(),
    };
    let digest = *left.split_off(..32)?.first_chunk()?;
    Some((Path::new(OsStr::from_bytes(path)), (stamp, digest)))
}
