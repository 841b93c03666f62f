//! What can be wrong with a build context, a `.dockerignore` or a Dockerfile.

use std::{io, path::PathBuf};

use camino::Utf8PathBuf;

use crate::error::{Class, Diagnose};

/// A context that cannot be read or sent.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// `build.context` names nothing.
    #[error("the build context {path} does not exist")]
    ContextMissing {
        /// Absolute path of the context.
        path: Utf8PathBuf,
    },
    /// `build.context` names a file.
    #[error("the build context {path} is not a folder")]
    ContextNotFolder {
        /// Absolute path of the context.
        path: Utf8PathBuf,
    },
    /// There is no Dockerfile where the config, or the default, says.
    #[error("there is no Dockerfile at {path}")]
    DockerfileMissing {
        /// Absolute path that was looked at.
        path: Utf8PathBuf,
    },
    /// A folder stands where the Dockerfile should be.
    #[error("the Dockerfile {path} is not a file")]
    DockerfileNotFile {
        /// Absolute path that was looked at.
        path: Utf8PathBuf,
    },
    /// A pattern that Docker refuses too.
    #[error("line {line} of {file} is not a valid pattern: {pattern}")]
    Pattern {
        /// The ignore file.
        file: Utf8PathBuf,
        /// Its line, from 1.
        line: usize,
        /// The line's text.
        pattern: String,
    },
    /// The context has a file under the name that our own Dockerfile needs.
    #[error("the build context has a file named {name}, which is reserved")]
    ReservedName {
        /// Name within the context.
        name: &'static str,
    },
    /// A device: nothing that an image could be built from.
    #[error("{} is a device, which cannot be part of a build context", path.display())]
    Device {
        /// Absolute path of the device.
        path: PathBuf,
    },
    /// The file is not what the fingerprint was made of.
    #[error("{} changed while the build context was being sent", path.display())]
    Changed {
        /// Absolute path of the file.
        path: PathBuf,
    },
    /// A file or folder that cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// Absolute path.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

impl SourceError {
    /// For `map_err` around a file operation on `path`.
    pub(crate) fn unreadable(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Unreadable { path, source }
    }
}

impl Diagnose for SourceError {
    fn class(&self) -> Class {
        match self {
            Self::Changed { .. } => Class::Build,
            Self::Unreadable { source, .. } if source.kind() != io::ErrorKind::PermissionDenied => {
                Class::Internal
            }
            _ => Class::Config,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::ContextMissing { .. } | Self::ContextNotFolder { .. } => {
                "`build.context` is a folder, relative to the container's `src`"
            }
            Self::DockerfileMissing { .. } => {
                "write one there, set `build.dockerfile` (relative to the container's `src`), or \
                 give its text as `build.dockerFileString`; for a build with buildpacks, take out \
                 the keys of `build` that need a Dockerfile"
            }
            Self::DockerfileNotFile { .. } => "point `build.dockerfile` at the file itself",
            Self::Pattern { .. } => {
                "close the `[`, or put a `\\` before a character that is meant literally"
            }
            Self::ReservedName { .. } => {
                "rename the file or list it in `.dockerignore`: a Dockerfile that is inline or \
                 outside of the context is sent under this name"
            }
            Self::Device { .. } => "list it in `.dockerignore`",
            Self::Changed { .. } => {
                "run again once nothing writes to the build context, or list the file in \
                 `.dockerignore`"
            }
            Self::Unreadable { source, .. } => match source.kind() {
                io::ErrorKind::PermissionDenied => {
                    "let this user read it, or list it in `.dockerignore`"
                }
                _ => return None,
            },
        };
        Some(hint.to_owned())
    }
}
