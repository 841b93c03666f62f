//! `.dockerignore`: which paths of a context are sent.
//!
//! Rules: Docker's build reference, section `.dockerignore`, and what BuildKit does: the last
//! pattern that matches a path, or a folder above it, decides; `<Dockerfile>.dockerignore` beside
//! the Dockerfile is read instead of the context's own file when it exists.

use std::{fs, io, os::unix::ffi::OsStrExt, path::Path};

use camino::{Utf8Path, Utf8PathBuf};

use super::{
    dockerfile::Located,
    error::SourceError,
    pattern::{Malformed, Pattern, is_below, text_of},
};

/// Name of the ignore file of a context.
const IGNORE_FILE: &str = ".dockerignore";

/// The patterns of an ignore file, in their order.
#[derive(Debug, Clone, Default)]
pub(super) struct Ignore {
    patterns: Vec<Pattern>,
    /// Sent whatever the patterns say: the engine itself reads them.
    always: Vec<String>,
}

/// What the patterns say of a path; a folder's verdict is needed for those of its children.
#[derive(Debug, Clone, Default)]
pub(super) struct Verdict {
    /// Nothing is sent for this path.
    pub ignored: bool,
    /// Which patterns matched this path or a folder above it.
    matched: Vec<bool>,
}

impl Ignore {
    /// Reads the ignore file that holds for this context and Dockerfile; none means no patterns.
    pub fn load(root: &Utf8Path, dockerfile: &Located) -> Result<Self, SourceError> {
        let candidates = dockerfile
            .ignore_file
            .clone()
            .into_iter()
            .chain([root.join(IGNORE_FILE)]);
        let mut ignore = Self::default();
        for file in candidates {
            if let Some(text) = text_if_exists(&file)? {
                ignore = Self::parse(&text).map_err(|(line, pattern)| SourceError::Pattern {
                    file: file.clone(),
                    line,
                    pattern,
                })?;
                ignore
                    .always
                    .extend(file.strip_prefix(root).ok().map(Utf8Path::to_string));
                break;
            }
        }
        ignore.always.push(dockerfile.name.clone());
        let unsent = dockerfile.unsent.iter();
        let unsent = unsent.filter_map(|pattern| Pattern::parse(pattern).ok().flatten());
        ignore.patterns.splice(0..0, unsent);
        Ok(ignore)
    }

    /// Reads the text of an ignore file. The error is the line number, from 1, and its text.
    pub fn parse(text: &str) -> Result<Self, (usize, String)> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut patterns = Vec::new();
        for (index, line) in text.lines().enumerate() {
            match Pattern::parse(line) {
                Ok(pattern) => patterns.extend(pattern),
                Err(Malformed) => return Err((index + 1, line.trim().to_owned())),
            }
        }
        Ok(Self {
            patterns,
            always: Vec::new(),
        })
    }

    /// Judges a path of the context (`/` between its elements), given its folder's verdict: the
    /// default one for a path at the top.
    pub fn judge(&self, path: &str, folder: &Verdict) -> Verdict {
        let mut ignored = false;
        let mut matched = vec![false; self.patterns.len()];
        for (index, pattern) in self.patterns.iter().enumerate() {
            let inherited = folder.matched.get(index).copied().unwrap_or(false);
            // A pattern that could not change the answer is not tried: that is faster, and, as
            // Docker does so too, decides what its children inherit.
            if inherited || (pattern.exception == ignored && pattern.matches(path)) {
                matched[index] = true;
                ignored = !pattern.exception;
            }
        }
        let ignored = ignored && !self.always.iter().any(|kept| kept == path);
        Verdict { ignored, matched }
    }

    /// Is a path of the context sent, whatever is there?
    pub fn sends(&self, path: &Path) -> bool {
        let mut verdict = Verdict::default();
        let mut ancestors: Vec<&Path> = path.ancestors().collect();
        ancestors.pop(); // The context itself.
        for path in ancestors.into_iter().rev() {
            verdict = self.judge(&text_of(path.as_os_str().as_bytes()), &verdict);
        }
        !verdict.ignored
    }

    /// Must an ignored folder be looked into, because something below it may be sent?
    pub fn reaches_into(&self, folder: &str) -> bool {
        self.patterns
            .iter()
            .any(|pattern| pattern.exception && pattern.reaches_into(folder))
            || self.always.iter().any(|kept| is_below(kept, folder))
    }
}

fn text_if_exists(file: &Utf8PathBuf) -> Result<Option<String>, SourceError> {
    match fs::read(file) {
        Ok(bytes) => Ok(Some(text_of(&bytes).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(SourceError::unreadable(file)(error)),
    }
}
