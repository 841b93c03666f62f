//! What the file system says of a file, by which a change of its contents is noticed.

use std::{
    fs::Metadata,
    os::unix::fs::MetadataExt,
    time::{Duration, SystemTime},
};

/// Coarsest times of the file systems in use: two seconds, FAT's. A file that was written that
/// recently could be written again without its times showing it.
const COARSEST: Duration = Duration::from_secs(2);

/// Equal stamps mean equal contents, once [settled](Stamp::is_settled). The change time is part of
/// it because programs can set every other: it moves with each write, rename and `touch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source) struct Stamp {
    pub device: u64,
    pub inode: u64,
    /// In bytes.
    pub size: u64,
    /// Nanoseconds since 1970, of the last write.
    pub modified: i64,
    /// Nanoseconds since 1970, of the last change of contents or metadata.
    pub changed: i64,
}

impl Stamp {
    pub fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Was the last change so long before `began`, when the reading began, that a later one cannot
    /// have the same times? No for times in the future.
    pub fn is_settled(&self, began: SystemTime) -> bool {
        let Ok(since_1970) = began.duration_since(SystemTime::UNIX_EPOCH) else {
            return false;
        };
        let Some(limit) = since_1970.checked_sub(COARSEST) else {
            return false;
        };
        i128::from(self.modified.max(self.changed)) < limit.as_nanos().cast_signed()
    }
}

/// Good until the year 2262; later times saturate, and are never settled.
fn nanoseconds(seconds: i64, nanoseconds: i64) -> i64 {
    seconds
        .saturating_mul(1_000_000_000)
        .saturating_add(nanoseconds)
}
