//! What a provider may ask while it makes a value.

use std::sync::atomic::Ordering;

use super::{
    Context,
    dig::dig,
    provider::Refusal,
    resolution::{Found, Resolution},
    value::{Exposure, Resolved},
};

/// Lookups of one run. Files that name one another could otherwise go on for ever.
const MAX_LOOKUPS: usize = 20_000;
/// Characters and values that all lookups of one run may give: what is held in memory.
const MAX_TOTAL: usize = 32 << 20;

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
