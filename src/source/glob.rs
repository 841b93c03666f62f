//! Wildcards as regular expressions.

use std::{iter::Peekable, str::Chars};

use super::pattern::Malformed;

/// Translates to an anchored regular expression. `(?s)`: a file name may have a line break.
pub(super) fn regex_of(text: &str) -> Result<String, Malformed> {
    let mut regex = String::from("(?s)^");
    let mut rest = text.chars().peekable();
    while let Some(next) = rest.next() {
        match next {
            '*' if rest.next_if_eq(&'*').is_some() => {
                rest.next_if_eq(&'/');
                regex.push_str(if rest.peek().is_some() {
                    "(?:.*/)?"
                } else {
                    ".*"
                });
            }
            '*' => regex.push_str("[^/]*"),
            '?' => regex.push_str("[^/]"),
            '[' => class(&mut rest, &mut regex)?,
            '\\' => push_literal(&mut regex, rest.next().ok_or(Malformed)?),
            literal => push_literal(&mut regex, literal),
        }
    }
    regex.push('$');
    Ok(regex)
}

/// A class as `filepath.Match` reads it: `[` [`^`] ranges `]`, `\` escapes, never empty.
fn class(rest: &mut Peekable<Chars<'_>>, regex: &mut String) -> Result<(), Malformed> {
    regex.push('[');
    if rest.next_if_eq(&'^').is_some() {
        regex.push('^');
    }
    loop {
        push_literal(regex, class_member(rest)?);
        if rest.next_if_eq(&'-').is_some() {
            regex.push('-');
            push_literal(regex, class_member(rest)?);
        }
        if rest.next_if_eq(&']').is_some() {
            break;
        }
    }
    regex.push(']');
    Ok(())
}

fn class_member(rest: &mut Peekable<Chars<'_>>) -> Result<char, Malformed> {
    match rest.next() {
        Some('\\') => rest.next().ok_or(Malformed),
        Some('-' | ']') | None => Err(Malformed),
        Some(literal) => Ok(literal),
    }
}

fn push_literal(regex: &mut String, literal: char) {
    regex.push_str(&regex::escape(literal.encode_utf8(&mut [0; 4])));
}
