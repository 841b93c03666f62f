//! A law of ignore files that any input must obey. The fuzz target and the test that replays what
//! it found call the same function; nothing else does.

use super::{
    dockerignore::{Ignore, Verdict},
    pattern::text_of,
};

/// Below a folder that is ignored, nothing is sent unless the patterns reach into it: a walk that
/// leaves the folder out would miss it. The input is an ignore file, an empty line, and paths.
///
/// # Errors
/// The path for which the law does not hold.
pub fn dockerignore(bytes: &[u8]) -> Result<(), String> {
    let text = text_of(bytes);
    let (patterns, paths) = text.split_once("\n\n").unwrap_or((&text, "a/b\nb"));
    let Ok(ignore) = Ignore::parse(patterns) else {
        return Ok(());
    };
    for path in paths.split('\n') {
        let mut folder = Verdict::default();
        let mut missed_below = None;
        for (end, _) in path.match_indices('/').chain([(path.len(), "")]) {
            let verdict = ignore.judge(&path[..end], &folder);
            if let Some(missed) = missed_below.filter(|_| !verdict.ignored) {
                return Err(format!("{path:?} is sent, and {missed:?} is not entered"));
            }
            if verdict.ignored && !ignore.reaches_into(&path[..end]) {
                missed_below = missed_below.or(Some(&path[..end]));
            }
            folder = verdict;
        }
    }
    Ok(())
}
