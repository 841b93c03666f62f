//! Where the Dockerfile is.

use std::{fs, io};

use camino::{Utf8Path, Utf8PathBuf};

use super::{DockerfileSource, RESERVED_DOCKERFILE, error::SourceError};

/// A Dockerfile that was found and read; without a name there is none.
#[derive(Debug)]
pub(super) struct Located {
    /// Its own ignore file, which need not exist; `None` for an inline one.
    pub ignore_file: Option<Utf8PathBuf>,
    /// Path within the tar.
    pub name: String,
    /// Is it one of the context's own files?
    pub in_context: bool,
    /// The text, as bytes: comments need not be UTF-8.
    pub text: Vec<u8>,
    /// Patterns that come before those of the ignore file.
    pub unsent: &'static [&'static str],
}

/// Buildpacks put all that they are sent into the image: history and our own state would be secrets
/// given away, and would make every commit and every deploy another image.
const UNSENT_TO_BUILDPACKS: &[&str] = &["**/.git", "**/.scf"];

/// Finds the Dockerfile. One that is a symbolic link counts as the file that it points to.
pub(super) fn locate(root: &Utf8Path, source: &DockerfileSource) -> Result<Located, SourceError> {
    let given = match source {
        DockerfileSource::Inline(text) => {
            return Ok(Located {
                ignore_file: None,
                name: RESERVED_DOCKERFILE.to_owned(),
                in_context: false,
                text: text.clone().into_bytes(),
                unsent: &[],
            });
        }
        DockerfileSource::Buildpacks(_) => {
            return Ok(Located {
                ignore_file: None,
                name: String::new(),
                in_context: true,
                text: Vec::new(),
                unsent: UNSENT_TO_BUILDPACKS,
            });
        }
        DockerfileSource::Path(path) => path,
    };
    let real = given
        .canonicalize_utf8()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => SourceError::DockerfileMissing {
                path: given.clone(),
            },
            _ => SourceError::unreadable(given)(error),
        })?;
    if !real.is_file() {
        return Err(SourceError::DockerfileNotFile {
            path: given.clone(),
        });
    }
    let inside = real.strip_prefix(root).ok();
    Ok(Located {
        ignore_file: ignore_file(given),
        name: inside.map_or_else(|| RESERVED_DOCKERFILE.to_owned(), Utf8Path::to_string),
        in_context: inside.is_some(),
        text: fs::read(&real).map_err(SourceError::unreadable(given))?,
        unsent: &[],
    })
}

/// `<Dockerfile>.dockerignore`, in the folder where the Dockerfile was looked for.
fn ignore_file(given: &Utf8Path) -> Option<Utf8PathBuf> {
    let folder = given.parent()?.canonicalize_utf8().ok()?;
    Some(folder.join(format!("{}.dockerignore", given.file_name()?)))
}
