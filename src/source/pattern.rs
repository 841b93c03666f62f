//! One `.dockerignore` pattern, with the meaning that the engine's own matcher gives it.
//!
//! Rules: the `.dockerignore` section of Docker's build reference, which defers to Go's
//! `filepath.Match` and `filepath.Clean`. The reference implementation is moby/patternmatcher;
//! where it departs from the documents (`**foo` also matches `xfoo`, `**foo*` does not), so do we.

use std::borrow::Cow;

use regex::Regex;

use super::glob;

/// What makes a pattern more than plain text.
const WILD: [char; 4] = ['*', '?', '[', '\\'];

/// A pattern that Docker refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// One line of an ignore file.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    /// The line began with `!`: what matches is sent after all.
    pub exception: bool,
    /// The cleaned text without `!`.
    pub text: String,
    shape: Shape,
}

/// Most patterns are plain text; only the others pay for a regular expression.
#[derive(Debug, Clone)]
enum Shape {
    Exact,
    Prefix(String),
    /// `**/name`, or `**name` without the flag.
    Suffix {
        text: String,
        whole_name: bool,
    },
    Regex(Regex),
}

impl Pattern {
    /// Reads one line; `None` for an empty one or a comment.
    pub fn parse(line: &str) -> Result<Option<Self>, Malformed> {
        if line.starts_with('#') {
            return Ok(None);
        }
        let line = line.trim();
        let (exception, rest) = match line.strip_prefix('!') {
            Some(rest) => (true, rest.trim()),
            None => (false, line),
        };
        match (rest.is_empty(), exception) {
            (true, true) => return Err(Malformed),
            (true, false) => return Ok(None),
            (false, _) => {}
        }
        let cleaned = clean(rest);
        let text = match cleaned.strip_prefix('/') {
            Some(relative) if !relative.is_empty() => relative.to_owned(),
            _ => cleaned,
        };
        let shape = shape(&text)?;
        Ok(Some(Self {
            exception,
            text,
            shape,
        }))
    }

    /// Does it match this path itself? (That of a parent counts too, but is the caller's business.)
    pub fn matches(&self, path: &str) -> bool {
        match &self.shape {
            Shape::Exact => path == self.text,
            Shape::Prefix(prefix) => path.starts_with(prefix.as_str()),
            Shape::Suffix {
                text,
                whole_name: false,
            } => path.ends_with(text.as_str()),
            Shape::Suffix {
                text,
                whole_name: true,
            } => path
                .strip_suffix(text.as_str())
                .is_some_and(|before| before.is_empty() || before.ends_with('/')),
            Shape::Regex(regex) => regex.is_match(path),
        }
    }

    /// Could it match something below this folder? Never a wrong "no"; a wrong "yes" costs a walk.
    pub fn reaches_into(&self, folder: &str) -> bool {
        let Some(wild) = self.text.find(WILD) else {
            return is_below(&self.text, folder);
        };
        let fixed = self.text[..wild]
            .rfind('/')
            .map_or("", |slash| &self.text[..slash]);
        fixed == folder || is_below(fixed, folder) || is_below(folder, fixed)
    }
}

/// Is `path` strictly inside of `folder`? Everything is inside of the empty path, the root.
pub(super) fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty()
        || path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
}

/// Names that are not UTF-8, for matching: each stray byte becomes a private-use character of its
/// own, so that equal text still means equal bytes.
pub(super) fn text_of(name: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = str::from_utf8(name) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(name.len() + 8);
    for chunk in name.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(
            chunk
                .invalid()
                .iter()
                .filter_map(|byte| char::from_u32(0x0010_FF00 + u32::from(*byte))),
        );
    }
    Cow::Owned(text)
}

/// Go's `filepath.Clean`: no empty, `.` or inner `..` elements, no trailing slash.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    for element in path.split('/') {
        match element {
            "" | "." => {}
            ".." if kept.last().is_some_and(|last| *last != "..") => {
                kept.pop();
            }
            ".." if rooted => {}
            _ => kept.push(element),
        }
    }
    match (rooted, kept.is_empty()) {
        (true, _) => format!("/{}", kept.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => kept.join("/"),
    }
}

fn shape(text: &str) -> Result<Shape, Malformed> {
    let wild = |text: &str| text.contains(WILD);
    if !wild(text) {
        return Ok(Shape::Exact);
    }
    if let Some(rest) = text.strip_prefix("**") {
        let (whole_name, rest) = match rest.strip_prefix('/') {
            Some(name) => (true, name),
            None => (false, rest),
        };
        if !wild(rest) {
            // `**` alone: everything.
            return Ok(Shape::Suffix {
                text: rest.to_owned(),
                whole_name: whole_name && !rest.is_empty(),
            });
        }
    } else if let Some(prefix) = text.strip_suffix("**")
        && !wild(prefix)
    {
        return Ok(Shape::Prefix(prefix.to_owned()));
    }
    Regex::new(&glob::regex_of(text)?)
        .map(Shape::Regex)
        .map_err(|_| Malformed)
}
