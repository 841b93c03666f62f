//! Recursive descent over the text of a value.

use std::ops::Range;

use super::syntax::{Piece, Source, SyntaxError, Template};

/// Variables within variables.
const MAX_DEPTH: usize = 16;

/// A text and how far it has been read.
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    pub fn of(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
        }
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// Up to one of `stops` outside parentheses, or to the end.
    pub fn template(&mut self, stops: &[char]) -> Result<Template, SyntaxError> {
        let mut pieces = Vec::new();
        let mut text = String::new();
        let mut parentheses = 0_usize;
        while let Some(next) = self.rest().chars().next() {
            if parentheses == 0 && stops.contains(&next) {
                break;
            }
            if self.rest().starts_with("\\${") {
                text.push_str("${");
                self.at += 3;
            } else if self.rest().starts_with("${") && is_variable(self.rest()) {
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                pieces.push(self.variable()?);
            } else {
                match next {
                    '(' => parentheses += 1,
                    ')' => parentheses = parentheses.saturating_sub(1),
                    _ => {}
                }
                text.push(next);
                self.at += next.len_utf8();
            }
        }
        if !text.is_empty() || pieces.is_empty() {
            pieces.push(Piece::Text(text));
        }
        Ok(pieces)
    }

    fn variable(&mut self) -> Result<Piece, SyntaxError> {
        let start = self.at;
        let fails = |fact, end| {
            Err(SyntaxError {
                at: start..end,
                fact,
            })
        };
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return fails("variables are nested too deeply", start + 2);
        }
        self.at += 2;
        let mut sources = Vec::new();
        loop {
            sources.push(self.source()?);
            match self.rest().chars().next() {
                Some(',') => self.at += 1,
                Some('}') => break,
                Some(_) => {
                    return fails("a comma or `}` is missing after a quoted default", self.at);
                }
                None => return fails("the variable is not closed: `}` is missing", self.at),
            }
        }
        self.at += 1;
        self.depth -= 1;
        Ok(Piece::Variable {
            sources,
            at: start..self.at,
        })
    }

    fn source(&mut self) -> Result<Source, SyntaxError> {
        self.skip_space();
        let start = self.at;
        if let Some(quote) = self
            .rest()
            .chars()
            .next()
            .filter(|c| matches!(c, '\'' | '"'))
        {
            return self.quoted(quote);
        }
        let template = self.template(&[',', '}'])?;
        Ok(classify(template, start..self.at))
    }

    fn quoted(&mut self, quote: char) -> Result<Source, SyntaxError> {
        let start = self.at;
        self.at += 1;
        let content = self.template(&[quote])?;
        if !self.rest().starts_with(quote) {
            let fact = "the quoted default is not closed";
            return Err(SyntaxError {
                at: start..self.at,
                fact,
            });
        }
        self.at += 1;
        self.skip_space();
        Ok(Source::Text(content))
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }
}

/// Whether the `${` at the start of `text` begins a variable: one with a colon or parentheses.
fn is_variable(text: &str) -> bool {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' if text[..at].ends_with('$') => depth += 1,
            '}' if depth <= 1 => return false,
            '}' => depth -= 1,
            ':' | '(' => return true,
            _ => {}
        }
    }
    false
}

/// A lookup when it begins with `word:` or `word(`; a URL is text in spite of its colon.
fn classify(mut template: Template, at: Range<usize>) -> Source {
    if let Some(Piece::Text(text)) = template.last_mut() {
        text.truncate(text.trim_end().len());
    }
    if let [Piece::Text(text)] = template.as_slice()
        && let Ok(literal) = serde_json::from_str(text)
    {
        return Source::Literal(literal);
    }
    let Some(Piece::Text(first)) = template.first_mut() else {
        return Source::Text(template);
    };
    let name: String = first
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect();
    let rest = &first[name.len()..];
    if name.is_empty() || !rest.starts_with([':', '(']) || rest.starts_with("://") {
        return Source::Text(template);
    }
    *first = rest.strip_prefix(':').unwrap_or(rest).to_owned();
    Source::Lookup {
        provider: name,
        address: template,
        at,
    }
}
