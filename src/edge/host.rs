//! Runs the function outside of CloudFront.

use std::cell::RefCell;

use super::{
    answer::Answer,
    decision::{Decision, Origin},
    event::{self, Event, ViewerRequest},
    host_error::{HostError, KeyValuesError, Refusal},
    machine::{Machine, Reply},
    origin::Update,
};

/// The function, as it is published.
pub const ROUTER: &str = include_str!("router.js");

/// What the function reads: a snapshot, or whatever else answers at once.
pub trait KeyValues {
    /// The value of a key, or `None` when there is no such key.
    ///
    /// # Errors
    /// The store cannot be read now.
    fn get(&self, key: &str) -> Result<Option<String>, KeyValuesError>;
}

/// An interpreter that holds the compiled function, warm for the next request.
///
/// It stays on the thread that made it: a proxy keeps one for each of its workers.
pub struct EdgeHost {
    source: String,
    machine: RefCell<Machine>,
}

impl EdgeHost {
    /// A host of [`ROUTER`].
    ///
    /// # Errors
    /// The interpreter cannot start.
    pub fn new() -> Result<Self, HostError> {
        Self::with_source(ROUTER)
    }

    /// A host of another function, say the published one.
    ///
    /// # Errors
    /// It does not compile, or has no `handler`.
    pub fn with_source(source: &str) -> Result<Self, HostError> {
        Ok(Self {
            source: source.to_owned(),
            machine: RefCell::new(Machine::new(source)?),
        })
    }

    /// Asks the function what to do with a request.
    ///
    /// # Errors
    /// The function fails, hangs, or answers what CloudFront would refuse; [`HostError::status`] is what CloudFront
    /// would then answer. The host can be used again: nothing of the failed call is left.
    pub fn route(
        &self,
        request: &ViewerRequest,
        store: &dyn KeyValues,
    ) -> Result<Decision, HostError> {
        if event::is_too_large(request) {
            return Ok(too_large());
        }
        let event = Event::new(request);
        let mut machine = self.machine.borrow_mut();
        let called = machine.call(&event, store);
        // What a failed or careless call left behind must not run in the next one.
        if called.is_err() || machine.is_busy() {
            *machine = Machine::new(&self.source)?;
        }
        let Reply { answer, origin } = called?;
        match serde_json::from_str(&answer).map_err(HostError::Answer)? {
            Answer::Response(response) => Ok(response.decision()?),
            Answer::Request(answer) => Ok(answer.decision(request, &event, parse(origin)?)?),
        }
    }
}

/// CloudFront's own answer to a URL over 8 KB.
fn too_large() -> Decision {
    Decision::Respond {
        status: 413,
        headers: Vec::new(),
        cookies: Vec::new(),
        body: String::new(),
    }
}

fn parse(origin: Option<String>) -> Result<Option<Origin>, Refusal> {
    let Some(json) = origin else { return Ok(None) };
    let update: Update = serde_json::from_str(&json).map_err(|_| Refusal::Origin("field"))?;
    update.origin().map(Some)
}
