//! One run over the variables of a file, and what a provider may ask of it.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering},
};

use serde_json::Value as Json;
use tokio::sync::mpsc;

use super::{
    Context,
    dig::dig,
    provider::{Providers, Refusal},
    slot::{Slot, Waits, slots},
    value::{Exposure, Resolved},
};
use crate::config::tree::{Node, Value};

/// Lookups of one run. Files that name one another could otherwise go on for ever.
const MAX_LOOKUPS: usize = 20_000;
/// Characters and values that all lookups of one run may give: what is held in memory.
const MAX_TOTAL: usize = 32 << 20;

/// One run over the variables of a file.
pub(super) struct Resolution<'a> {
    tree: &'a Node,
    pub context: &'a Context,
    pub providers: Providers,
    pub slots: Vec<Slot>,
    by_pointer: BTreeMap<String, usize>,
    waits: Waits,
    /// Slots that nobody resolves unless asked.
    start: mpsc::UnboundedSender<usize>,
    lookups: AtomicUsize,
    total: AtomicUsize,
}

/// Where a path leads to.
enum Found<'a> {
    Node(&'a Node, String),
    /// Into what a variable becomes.
    Slot(usize, &'a str),
}

impl<'a> Resolution<'a> {
    /// A run, and the slots that it is asked to start.
    pub fn of(tree: &'a Node, context: &'a Context) -> (Self, mpsc::UnboundedReceiver<usize>) {
        let (slots, by_pointer) = slots(tree);
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
    fn find<'p>(&'p self, path: &'p str) -> Option<Found<'p>> {
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
    fn within(&self, pointer: &str) -> impl Iterator<Item = usize> {
        let below = format!("{pointer}/");
        let from = self.by_pointer.range(below.clone()..);
        from.take_while(move |(it, _)| it.starts_with(&below))
            .map(|(_, slot)| *slot)
    }

    /// The plain value of a node whose slots are settled.
    fn build(&self, node: &Node, pointer: &str, exposure: &mut Exposure) -> Json {
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

/// What a provider may ask while it makes the value of one slot.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub resolution: &'a Resolution<'a>,
    pub slot: usize,
    /// Files within files, so far.
    pub files: usize,
}

impl<'a> Scope<'a> {
    pub fn context(&self) -> &'a Context {
        self.resolution.context
    }

    /// Another value of the file, once its own variables are resolved; nothing when there is none.
    pub async fn value_at(&self, path: &str) -> Result<Option<Resolved>, Refusal> {
        let resolution = self.resolution;
        let value = match resolution.find(path) {
            None => return Ok(None),
            Some(Found::Slot(slot, rest)) => {
                let Resolved { json, exposure } = self.wait(slot).await?;
                dig(&json, rest)
                    .cloned()
                    .map(|json| Resolved { json, exposure })
            }
            Some(Found::Node(node, pointer)) => {
                let mut exposure = Exposure::Open;
                for slot in resolution.within(&pointer) {
                    // Waited for before any copy is made, so that its size is known.
                    self.wait(slot).await?;
                }
                let json = resolution.build(node, &pointer, &mut exposure);
                Some(Resolved { json, exposure })
            }
        };
        match value {
            Some(value) if value.is_too_large() => Err(too_large()),
            value => Ok(value),
        }
    }

    async fn wait(&self, slot: usize) -> Result<Resolved, Refusal> {
        let resolution = self.resolution;
        let add = resolution.waits.add(self.slot, slot);
        add.map_err(|way| self.cycle(&way))?;
        let Some(slot_of) = resolution.slots.get(slot) else {
            return Err(Refusal::Reported);
        };
        if slot_of.lazy && !slot_of.started.swap(true, Ordering::Relaxed) {
            // The receiver lives as long as any slot is being resolved: this one is.
            let _ = resolution.start.send(slot);
        }
        slot_of
            .settled
            .wait()
            .await
            .clone()
            .ok_or(Refusal::Reported)
    }

    fn cycle(&self, way: &[usize]) -> Refusal {
        let path = |slot: &usize| {
            let slot = self.resolution.slots.get(*slot);
            slot.map_or_else(String::new, |slot| format!("`{}`", slot.path))
        };
        let advice = "let one of them stand for itself";
        match way {
            [_] => Refusal::broken("this variable refers to its own value", advice),
            way => {
                let steps: Vec<String> = [self.slot].iter().chain(way).map(path).collect();
                let steps = steps.join(" → ");
                Refusal::broken(
                    format!("these values refer to one another: {steps}"),
                    advice,
                )
            }
        }
    }

    /// Counts a lookup; an error when there have been too many.
    pub fn count(&self) -> Result<(), Refusal> {
        let lookups = &self.resolution.lookups;
        if lookups.fetch_add(1, Ordering::Relaxed) < MAX_LOOKUPS {
            return Ok(());
        }
        Err(Refusal::broken(
            format!("there are more than {MAX_LOOKUPS} variables"),
            "files that name one another may repeat themselves",
        ))
    }

    /// Counts what a lookup gave; an error when all of it is too much.
    pub fn charge(&self, value: &Resolved) -> Result<(), Refusal> {
        let weight = value.weight();
        let before = self.resolution.total.fetch_add(weight, Ordering::Relaxed);
        if value.is_too_large() || before.saturating_add(weight) > MAX_TOTAL {
            return Err(too_large());
        }
        Ok(())
    }
}

/// More than variables may become.
pub(super) fn too_large() -> Refusal {
    Refusal::broken(
        "this variable becomes too large",
        "refer to the part of it that is needed",
    )
}
