//! A map or list that is not closed yet.

use super::merge;
use crate::config::{
    problem::Problem,
    tree::{Entry, Node, Span, Value},
};

pub(super) struct Open {
    start: Span,
    pub anchor: usize,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map {
        entries: Vec<Entry>,
        key: Option<(String, Span)>,
    },
}

impl Open {
    pub fn list(start: Span, anchor: usize) -> Self {
        let content = Content::List(Vec::new());
        Self {
            start,
            anchor,
            content,
        }
    }

    pub fn map(start: Span, anchor: usize) -> Self {
        let content = Content::Map {
            entries: Vec::new(),
            key: None,
        };
        Self {
            start,
            anchor,
            content,
        }
    }

    /// Whether the next scalar is a key.
    pub fn expects_key(&self) -> bool {
        matches!(self.content, Content::Map { key: None, .. })
    }

    /// Takes the key of the value that comes next.
    pub fn set_key(&mut self, text: String, span: Span) {
        if let Content::Map { key, .. } = &mut self.content {
            *key = Some((text, span));
        }
    }

    /// Takes a value. A second value of the same key is refused: the problem.
    pub fn add(&mut self, node: Node) -> Option<Problem> {
        match &mut self.content {
            Content::List(items) => items.push(node),
            Content::Map { entries, key } => {
                let Some((key, key_span)) = key.take() else {
                    return Some(Problem::error(node.span, "a key must be plain text"));
                };
                if key == merge::KEY
                    && let Some(problem) = merge::refuse(&node)
                {
                    return Some(problem);
                }
                let first = entries.iter().find(|known| known.key == key);
                if let Some(first) = first.filter(|_| key != merge::KEY) {
                    return Some(duplicate(&key, key_span, first));
                }
                entries.push(Entry {
                    key,
                    key_span,
                    node,
                });
            }
        }
        None
    }

    /// The finished map or list.
    pub fn close(self, end: &Span) -> Node {
        let value = match self.content {
            Content::List(items) => Value::List(items),
            Content::Map { entries, .. } => Value::Map(merge::expand(entries)),
        };
        Node::new(self.start.start..end.end.max(self.start.end), value)
    }
}

fn duplicate(key: &str, span: Span, first: &Entry) -> Problem {
    Problem::error(span, format!("the key `{key}` is there twice"))
        .label("again here")
        .also(first.key_span.clone(), "first here")
        .help("keep one of them")
}
