//! Assembles nodes from parser events, with the stack on the heap.

use std::collections::HashMap;

use saphyr_parser::{Event, Tag};

use super::{open::Open, scalar};
use crate::config::{
    problem::Problem,
    tree::{Node, Span, Value},
};

/// Maps and lists inside one another; the deepest key of the schema needs about ten.
const MAX_DEPTH: usize = 64;
/// Values of one file, those that aliases repeat included: a handful of nested aliases could
/// otherwise expand to billions.
const MAX_NODES: usize = 100_000;

/// Nothing after this can be understood; why is among the problems.
pub(super) struct Stop;

/// The part of the tree that has been read.
#[derive(Default)]
pub(super) struct Builder {
    pub problems: Vec<Problem>,
    pub root: Option<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
}

impl Builder {
    /// Takes the next event.
    pub fn accept(&mut self, event: Event<'_>, span: Span) -> Result<(), Stop> {
        let expects_key = self.open.last().is_some_and(Open::expects_key);
        match event {
            Event::MappingStart(..) | Event::SequenceStart(..) | Event::Alias(_) if expects_key => {
                let problem = Problem::error(span, "a key must be plain text");
                self.stop(
                    problem.help("put quotes around a value that begins with `{`, `[` or `*`"),
                )
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_tag(tag.as_deref(), &span);
                self.begin(Open::map(span.clone(), anchor), &span)
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_tag(tag.as_deref(), &span);
                self.begin(Open::list(span.clone(), anchor), &span)
            }
            Event::MappingEnd | Event::SequenceEnd => match self.open.pop() {
                Some(open) => {
                    let anchor = open.anchor;
                    self.add(open.close(&span), anchor)
                }
                None => Ok(()),
            },
            Event::Scalar(text, ..) if expects_key => {
                let key = text.into_owned();
                if let Some(open) = self.open.last_mut() {
                    open.set_key(key, span);
                }
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_tag(tag.as_deref(), &span);
                let value = scalar::resolve(text, style, tag.as_ref()).unwrap_or_else(|| {
                    let problem = Problem::error(span.clone(), "this value does not fit its tag");
                    self.problems.push(problem.help("remove the tag"));
                    Value::Null
                });
                self.add(Node::new(span, value), anchor)
            }
            Event::Alias(anchor) => self.repeat(anchor, span),
            Event::DocumentStart(_) if self.root.is_some() => self.stop(
                Problem::error(span, "a second document begins here")
                    .label("only one document a file is read")
                    .help("remove the `---` and all that follows, or make it a file of its own"),
            ),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
        }
    }

    /// Records why reading ends here.
    pub fn stop(&mut self, problem: Problem) -> Result<(), Stop> {
        self.problems.push(problem);
        Err(Stop)
    }

    fn begin(&mut self, open: Open, span: &Span) -> Result<(), Stop> {
        self.refuse_depth(1, span)?;
        self.open.push(open);
        Ok(())
    }

    fn repeat(&mut self, anchor: usize, span: Span) -> Result<(), Stop> {
        let Some(node) = self.anchors.get(&anchor) else {
            return self.stop(Problem::error(
                span,
                "this alias stands inside what it names",
            ));
        };
        let (depth, size) = measure(node);
        let node = node.clone();
        // `add` counts the node itself.
        self.nodes += size - 1;
        self.refuse_depth(depth, &span)?;
        self.add(node, 0)
    }

    fn add(&mut self, node: Node, anchor: usize) -> Result<(), Stop> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            let limit = format!("more than {MAX_NODES} values, those of aliases included");
            return self.stop(Problem::error(node.span, "the file is too large").label(limit));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(open) => self.problems.extend(open.add(node)),
        }
        Ok(())
    }

    fn refuse_depth(&mut self, more: usize, span: &Span) -> Result<(), Stop> {
        if self.open.len() + more <= MAX_DEPTH {
            return Ok(());
        }
        let limit = format!("at most {MAX_DEPTH} levels are read");
        self.stop(Problem::error(span.clone(), "this is nested too deeply").label(limit))
    }

    /// Tags such as CloudFormation's `!Ref` mean nothing here, and what is dropped silently is
    /// found out in production.
    fn refuse_tag(&mut self, tag: Option<&Tag>, span: &Span) {
        if let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) {
            self.problems.push(
                Problem::error(span.clone(), format!("the tag `{tag}` is unknown"))
                    .help("tags have no meaning here; use a variable such as `${env:NAME}`"),
            );
        }
    }
}

/// Levels and values of a tree, itself included.
fn measure(node: &Node) -> (usize, usize) {
    let children: Vec<&Node> = match &node.value {
        Value::List(items) => items.iter().collect(),
        Value::Map(entries) => entries.iter().map(|entry| &entry.node).collect(),
        _ => return (0, 1),
    };
    let (depths, sizes): (Vec<_>, Vec<_>) = children.into_iter().map(measure).unzip();
    let deepest = depths.into_iter().max().unwrap_or_default();
    (1 + deepest, 1 + sizes.into_iter().sum::<usize>())
}
