//! Objects as files of a folder: written beside and renamed, one writer at a time.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    time::{Duration, Instant},
};

use camino::{Utf8Path, Utf8PathBuf};
use futures::{FutureExt as _, future::BoxFuture};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::{Condition, ETag, Object, Objects, StoreError, Written};
use crate::plan::hex;

/// How long a write waits for another process that is in the middle of one. A process can be
/// stopped there (SIGSTOP), so the wait has an end.
const GUARD_DEADLINE: Duration = Duration::from_secs(5);
const GUARD_PAUSE: Duration = Duration::from_millis(5);

/// Part of the name of a file that is being written, before it is renamed.
const BESIDE: &str = "tmp-of-";
/// The file whose lock a writer holds.
const GUARD: &str = ".guard";

/// A folder of objects. The version of an object is the hash of its bytes.
#[derive(Debug, Clone)]
pub struct FileObjects {
    folder: Utf8PathBuf,
}

impl FileObjects {
    /// The folder is made with the first write.
    pub fn new(folder: Utf8PathBuf) -> Self {
        Self { folder }
    }

    fn error(&self, verb: &'static str, key: &str, cause: io::Error) -> StoreError {
        StoreError::Io {
            verb,
            what: self.folder.join(key).into_string(),
            cause,
        }
    }

    fn read(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match fs::read(self.folder.join(key)) {
            Ok(body) => Ok(Some(body)),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(self.error("read", key, cause)),
        }
    }

    /// Runs `change` while no other process writes to the folder.
    fn guarded<T>(
        &self,
        key: &str,
        change: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let _guard = self
            .lock()
            .map_err(|cause| self.error("lock", key, cause))?;
        change()
    }

    fn lock(&self) -> io::Result<File> {
        let path = self.folder.join(GUARD);
        let end = Instant::now() + GUARD_DEADLINE;
        loop {
            fs::create_dir_all(&self.folder)?;
            let file = File::options().create(true).append(true).open(&path)?;
            match file.try_lock() {
                // The folder may have been dissolved between the two calls: then this is the lock
                // of a file that nobody else finds.
                Ok(()) if is_at(&file, &path) => return Ok(file),
                Ok(()) => {}
                Err(fs::TryLockError::Error(cause)) => return Err(cause),
                Err(fs::TryLockError::WouldBlock) if Instant::now() >= end => {
                    return Err(io::Error::from(io::ErrorKind::TimedOut));
                }
                Err(fs::TryLockError::WouldBlock) => std::thread::sleep(GUARD_PAUSE),
            }
        }
    }

    /// Removes the folder, if no object and nothing else is in it any more.
    ///
    /// # Errors
    /// The system's.
    pub fn dissolve(&self) -> Result<(), StoreError> {
        if !self.folder.exists() {
            return Ok(());
        }
        self.guarded("", || {
            let failed = |cause| self.error("remove", "", cause);
            for entry in fs::read_dir(&self.folder).map_err(failed)?.flatten() {
                // What a killed writer left: no other can be writing now.
                if entry.file_name().to_string_lossy().contains(BESIDE) {
                    fs::remove_file(entry.path()).map_err(failed)?;
                }
            }
            let mut left = fs::read_dir(&self.folder).map_err(failed)?.flatten();
            if left.all(|entry| entry.file_name() == GUARD) {
                fs::remove_file(self.folder.join(GUARD)).map_err(failed)?;
                match fs::remove_dir(&self.folder) {
                    // Another run has just begun in it.
                    Err(cause) if cause.kind() == io::ErrorKind::DirectoryNotEmpty => {}
                    result => result.map_err(failed)?,
                }
            }
            Ok(())
        })
    }

    fn put_now(
        &self,
        key: &str,
        body: &[u8],
        condition: &Condition,
    ) -> Result<Written, StoreError> {
        self.guarded(key, || {
            let now = self.read(key)?.map(|body| etag(&body));
            let holds = match (condition, &now) {
                (Condition::Absent, now) => now.is_none(),
                (Condition::Match(wanted), now) => now.as_ref() == Some(wanted),
            };
            if !holds {
                return Err(StoreError::Conflict(self.folder.join(key).into_string()));
            }
            write_then_rename(&self.folder.join(key), body)
                .map_err(|cause| self.error("write", key, cause))?;
            Ok(Written {
                etag: etag(body),
                now: Timestamp::now(),
            })
        })
    }

    fn delete_now(&self, key: &str, version: &ETag) -> Result<(), StoreError> {
        self.guarded(key, || match self.read(key)? {
            Some(body) if etag(&body) == *version => fs::remove_file(self.folder.join(key))
                .map_err(|cause| self.error("remove", key, cause)),
            _ => Err(StoreError::Conflict(self.folder.join(key).into_string())),
        })
    }
}

/// Runs file work where it may block.
fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> BoxFuture<'static, Result<T, StoreError>> {
    async move {
        match tokio::task::spawn_blocking(work).await {
            Ok(result) => result,
            Err(join) => Err(StoreError::Io {
                verb: "finish",
                what: "file work".into(),
                cause: io::Error::other(join),
            }),
        }
    }
    .boxed()
}

impl Objects for FileObjects {
    fn locate(&self, key: &str) -> String {
        self.folder.join(key).into_string()
    }

    fn get(&self, key: &str) -> BoxFuture<'_, Result<Option<Object>, StoreError>> {
        let (store, key) = (self.clone(), key.to_owned());
        blocking(move || {
            let body = store.read(&key)?;
            Ok(body.map(|body| Object {
                etag: etag(&body),
                body,
                now: Timestamp::now(),
            }))
        })
    }

    fn put(
        &self,
        key: &str,
        body: Vec<u8>,
        condition: Condition,
    ) -> BoxFuture<'_, Result<Written, StoreError>> {
        let (store, key) = (self.clone(), key.to_owned());
        blocking(move || store.put_now(&key, &body, &condition))
    }

    fn delete(&self, key: &str, version: ETag) -> BoxFuture<'_, Result<(), StoreError>> {
        let (store, key) = (self.clone(), key.to_owned());
        blocking(move || store.delete_now(&key, &version))
    }
}

fn is_at(file: &File, path: &Utf8Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(own), Ok(there)) => (own.dev(), own.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

fn etag(body: &[u8]) -> ETag {
    ETag(hex(&Sha256::digest(body)))
}

/// Replaces a file so that a reader, or a crash, sees the old or the new one, never a part.
/// Only the owner may read it: keys of the stage are in there.
///
/// # Errors
/// The system's.
pub fn write_then_rename(path: &Utf8Path, body: &[u8]) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let beside = path.with_extension(format!("{BESIDE}{}", std::process::id()));
    let mut file = File::options()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)?;
    file.write_all(body)?;
    // Without this a power failure can leave the new name with nothing in it.
    file.sync_data()?;
    drop(file);
    fs::rename(&beside, path)
}
