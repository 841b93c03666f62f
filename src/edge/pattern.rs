//! What a path pattern may be, and which of two is the more specific.

use std::cmp::Reverse;

use super::routes_error::RoutesError;

/// Longest pattern in bytes, as CloudFront has it for its own path patterns. With its target it always fits a leaf.
const MAX_LENGTH: usize = 255;

/// Sorts the more specific pattern first; equal for patterns that are equally specific.
///
/// In this order: exact before wildcard, longer literal prefix, more literal characters in all, more `?` (each
/// demands a character), fewer `*`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Specificity {
    is_wildcard: bool,
    prefix: Reverse<usize>,
    literals: Reverse<usize>,
    singles: Reverse<usize>,
    runs: usize,
}

impl Specificity {
    pub(super) fn of(pattern: &str) -> Self {
        let runs = pattern.matches('*').count();
        let singles = pattern.matches('?').count();
        Self {
            is_wildcard: runs + singles > 0,
            prefix: Reverse(literal_prefix(pattern).len()),
            literals: Reverse(pattern.len() - runs - singles),
            singles: Reverse(singles),
            runs,
        }
    }
}

/// The pattern up to its first wildcard.
pub(super) fn literal_prefix(pattern: &str) -> &str {
    pattern.split(['*', '?']).next().unwrap_or_default()
}

/// Refuses patterns that could never match, or that would match only one of the two readings of a path.
pub(super) fn check(pattern: &str) -> Result<(), RoutesError> {
    let fails = |rule| {
        Err(RoutesError::BadPattern {
            pattern: pattern.to_owned(),
            rule,
        })
    };
    if pattern.len() > MAX_LENGTH {
        return fails("has more than 255 characters");
    }
    if !pattern.starts_with('/') {
        return fails("does not begin with `/`");
    }
    if !pattern.bytes().all(|byte| byte.is_ascii_graphic()) {
        return fails("has a space or a character beyond ASCII");
    }
    if pattern.contains(['%', '\\', '"', '#']) {
        return fails("has one of % \\ \" #");
    }
    let is_dots = |segment: &str| matches!(segment.split(';').next(), Some("." | ".."));
    if pattern.contains("//") || pattern.split('/').any(is_dots) {
        return fails("has an empty or a dot segment");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_specific_pattern_comes_first() {
        let mut patterns = [
            "/*", "/a*", "/a?", "/a?*", "/a*b", "/a", "/a/*", "/a/b", "/?", "/", "/a**",
        ];
        patterns.sort_by_key(|pattern| (Specificity::of(pattern), *pattern));
        assert_eq!(
            patterns,
            [
                "/a/b", "/a", "/", "/a/*", "/a*b", "/a?", "/a?*", "/a*", "/a**", "/?", "/*"
            ]
        );
    }
}
