//! The file as it was read.

use camino::Utf8PathBuf;

use crate::error::{Class, Diagnose};

/// A config file that has been read.
#[derive(Clone)]
pub struct Source {
    /// Its path, as errors show it.
    pub path: Utf8PathBuf,
    /// Its text.
    pub text: String,
}

/// The file is not UTF-8, which YAML 1.2 and JSON files are.
#[derive(Debug, thiserror::Error)]
#[error("{path}:{line}:{column} is no UTF-8 text")]
pub struct NotText {
    path: Utf8PathBuf,
    line: usize,
    column: usize,
}

impl Diagnose for NotText {
    fn class(&self) -> Class {
        Class::Config
    }

    fn hint(&self) -> Option<String> {
        Some("save the file as UTF-8: an editor shows its encoding and can convert it".to_owned())
    }
}

impl Source {
    /// Makes text of the bytes of a file.
    ///
    /// # Errors
    /// They are no UTF-8.
    pub fn decode(path: Utf8PathBuf, bytes: Vec<u8>) -> Result<Self, NotText> {
        String::from_utf8(bytes)
            .map(|text| Self {
                path: path.clone(),
                text,
            })
            .map_err(|error| {
                let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let before = String::from_utf8_lossy(valid);
                let line = before.rsplit('\n').next().unwrap_or_default();
                NotText {
                    path,
                    line: before.matches('\n').count() + 1,
                    column: line.chars().count() + 1,
                }
            })
    }
}

/// Without the text: it may hold secrets.
impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
