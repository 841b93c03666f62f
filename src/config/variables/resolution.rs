//! One run over the variables of a file: where its values stand, and what has been read.

use std::{collections::BTreeMap, sync::atomic::AtomicUsize};

use serde_json::Value as Json;
use tokio::sync::mpsc;

use super::{
    Context,
    provider::Providers,
    slot::{Extent, Slot, Waits, slots},
    value::Exposure,
};
use crate::config::tree::{Node, Value};

/// One run over the variables of a file.
pub(super) struct Resolution<'a> {
    tree: &'a Node,
    pub context: &'a Context,
    pub providers: Providers,
    pub slots: Vec<Slot>,
    by_pointer: BTreeMap<String, usize>,
    pub waits: Waits,
    /// Slots that nobody resolves unless asked.
    pub start: mpsc::UnboundedSender<usize>,
    pub lookups: AtomicUsize,
    pub total: AtomicUsize,
}

/// Where a path leads to.
pub(super) enum Found<'a> {
    Node(&'a Node, String),
    /// Into what a variable becomes.
    Slot(usize, &'a str),
}

impl<'a> Resolution<'a> {
    /// A run, and the slots that it is asked to start.
    pub fn of(
        tree: &'a Node,
        context: &'a Context,
        extent: Extent,
    ) -> (Self, mpsc::UnboundedReceiver<usize>) {
        let (slots, by_pointer) = slots(tree, extent);
        let (start, asked) = mpsc::unbounded_channel();
        let resolution = Self {
            tree,
            context,
            providers: Providers::default(),
            slots,
            by_pointer,
            waits: Waits::default(),
            start,
            lookups: AtomicUsize::new(0),
            total: AtomicUsize::new(0),
        };
        (resolution, asked)
    }

    /// The node at a path with dots; a key that holds dots itself wins.
    pub fn find<'p>(&'p self, path: &'p str) -> Option<Found<'p>> {
        let (mut node, mut pointer, mut rest) = (self.tree, String::new(), path);
        loop {
            if let Some(slot) = self.by_pointer.get(&pointer) {
                return Some(Found::Slot(*slot, rest));
            }
            if rest.is_empty() {
                return Some(Found::Node(node, pointer));
            }
            let (step, further) = rest.split_once('.').unwrap_or((rest, ""));
            let (key, next, further) = match &node.value {
                Value::Map(entries) => {
                    let entry = |key| entries.iter().find(|entry| entry.key == key);
                    let whole = entry(rest).map(|entry| (entry, ""));
                    let (entry, further) = whole.or(entry(step).map(|it| (it, further)))?;
                    (entry.key.as_str(), &entry.node, further)
                }
                Value::List(items) => {
                    let index = step.parse::<usize>().ok()?;
                    (step, items.get(index)?, further)
                }
                _ => return None,
            };
            push(&mut pointer, key);
            (node, rest) = (next, further);
        }
    }

    /// The slots at and below a place.
    pub fn within(&self, pointer: &str) -> impl Iterator<Item = usize> {
        let below = format!("{pointer}/");
        let from = self.by_pointer.range(below.clone()..);
        from.take_while(move |(it, _)| it.starts_with(&below))
            .map(|(_, slot)| *slot)
    }

    /// The plain value of a node whose slots are settled.
    pub fn build(&self, node: &Node, pointer: &str, exposure: &mut Exposure) -> Json {
        if let Some(slot) = self.by_pointer.get(pointer) {
            let value = self.slots.get(*slot).and_then(|slot| slot.settled.get());
            return value.and_then(Option::as_ref).map_or(Json::Null, |value| {
                *exposure = (*exposure).max(value.exposure);
                value.json.clone()
            });
        }
        let mut child = |key: &str, node: &Node| {
            let mut pointer = pointer.to_owned();
            push(&mut pointer, key);
            self.build(node, &pointer, exposure)
        };
        match &node.value {
            Value::List(items) => {
                let items = items.iter().enumerate();
                items.map(|(at, it)| child(&at.to_string(), it)).collect()
            }
            Value::Map(entries) => {
                let entries = entries.iter();
                let pairs = entries.map(|it| (it.key.clone(), child(&it.key, &it.node)));
                Json::Object(pairs.collect())
            }
            _ => node.to_json(),
        }
    }
}

/// RFC 6901: one step further.
fn push(pointer: &mut String, key: &str) {
    pointer.push('/');
    pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
}
