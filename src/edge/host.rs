//! Runs the function outside of CloudFront.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::{Duration, Instant},
};

use rquickjs::{
    CatchResultExt, CaughtError, Context, Ctx, Function, Module, Persistent, Promise, Runtime,
};

use super::{
    decision::{Answer, Decision, Origin},
    error::{HostError, KeyValuesError, Refusal},
    event::{self, Event, ViewerRequest},
    natives::{self, Exchange, Read, Want},
    origin::Update,
};

/// The function, as it is published.
pub const ROUTER: &str = include_str!("router.js");

/// Memory of the interpreter in bytes: CloudFront's 2 MB for the function, and as much for the interpreter itself.
const MEMORY: usize = 4 << 20;
/// CloudFront allows about a millisecond of computing. This only frees a worker from a function that hangs, also in
/// a debug build on a busy machine.
const TIME: Duration = Duration::from_millis(500);

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

/// What a call gave, as JSON.
struct Reply {
    answer: String,
    origin: Option<String>,
}

/// Fields are dropped in order: the interpreter's values before the interpreter.
struct Machine {
    handler: Persistent<Function<'static>>,
    exchange: Rc<Exchange>,
    deadline: Rc<Cell<Instant>>,
    context: Context,
    runtime: Runtime,
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.exchange.clear();
    }
}

impl Machine {
    fn new(source: &str) -> Result<Self, HostError> {
        let engine = |error: rquickjs::Error| HostError::Engine(error.to_string());
        let runtime = Runtime::new().map_err(engine)?;
        runtime.set_memory_limit(MEMORY);
        let deadline = Rc::new(Cell::new(Instant::now() + TIME));
        let alarm = Rc::clone(&deadline);
        runtime.set_interrupt_handler(Some(Box::new(move || Instant::now() > alarm.get())));
        let context = Context::full(&runtime).map_err(engine)?;
        let exchange = Rc::new(Exchange::default());
        let handler = context.with(|ctx| {
            natives::install(&ctx, &exchange).map_err(engine)?;
            load(&ctx, source)
                .catch(&ctx)
                .map_err(|error| HostError::Source(describe(&error)))
        })?;
        Ok(Self {
            handler,
            exchange,
            deadline,
            context,
            runtime,
        })
    }

    fn is_busy(&self) -> bool {
        self.runtime.is_job_pending() || !self.exchange.reads.borrow().is_empty()
    }

    fn call(&self, event: &Event<'_>, store: &dyn KeyValues) -> Result<Reply, HostError> {
        self.exchange.clear();
        self.deadline.set(Instant::now() + TIME);
        let event = serde_json::to_string(event).map_err(HostError::Answer)?;
        let answer = self.context.with(|ctx| {
            self.run(&ctx, &event, store)
                .catch(&ctx)
                .map_err(|error| self.failure(&error))
        })?;
        let answer = answer.ok_or(HostError::Unanswered)?;
        Ok(Reply {
            answer,
            origin: self.exchange.origin.borrow_mut().take(),
        })
    }

    /// Calls the handler and serves its reads until it has answered; `None` when it waits for nothing that we know.
    fn run(
        &self,
        ctx: &Ctx<'_>,
        event: &str,
        store: &dyn KeyValues,
    ) -> rquickjs::Result<Option<String>> {
        let handler = self.handler.clone().restore(ctx)?;
        let answer: Promise<'_> = handler.call((ctx.json_parse(event)?,))?;
        loop {
            while ctx.execute_pending_job() {}
            if let Some(answer) = answer.result::<rquickjs::Value<'_>>() {
                return ctx
                    .json_stringify(answer?)?
                    .map(|json| json.to_string())
                    .transpose();
            }
            let reads = self.exchange.reads.take();
            if reads.is_empty() {
                return Ok(None);
            }
            for read in reads {
                serve(ctx, read, store)?;
            }
        }
    }

    fn failure(&self, error: &CaughtError<'_>) -> HostError {
        if Instant::now() > self.deadline.get() {
            return HostError::TooSlow(TIME.as_millis());
        }
        HostError::Threw(describe(error))
    }
}

/// Compiles the function. CloudFront calls the `handler` of a module that exports nothing.
fn load(ctx: &Ctx<'_>, source: &str) -> rquickjs::Result<Persistent<Function<'static>>> {
    let source = format!("{source}\nexport {{ handler }};\n");
    let (module, loaded) = Module::declare(ctx.clone(), "router.js", source)?.eval()?;
    loaded.finish::<()>()?;
    let handler: Function<'_> = module.get("handler")?;
    Ok(Persistent::save(ctx, handler))
}

/// Settles the promise of a read.
fn serve(ctx: &Ctx<'_>, read: Read, store: &dyn KeyValues) -> rquickjs::Result<()> {
    let resolve = read.resolve.restore(ctx)?;
    let reject = |text: &str| -> rquickjs::Result<()> {
        let error = rquickjs::Exception::from_message(ctx.clone(), text)?;
        read.reject.clone().restore(ctx)?.call((error,))
    };
    match (store.get(&read.key), read.want) {
        (Err(error), _) => reject(&error.to_string()),
        (Ok(value), Want::Presence) => resolve.call((value.is_some(),)),
        (Ok(None), _) => reject("KeyNotFound"),
        (Ok(Some(value)), Want::Text) => resolve.call((value,)),
        (Ok(Some(value)), Want::Json) => match ctx.json_parse(value) {
            Ok(value) => resolve.call((value,)),
            Err(_) => reject(&format!(
                "the value of {} is not JSON: {}",
                read.key,
                thrown(ctx)
            )),
        },
    }
}

/// Takes the exception that is being thrown.
fn thrown(ctx: &Ctx<'_>) -> String {
    describe(&CaughtError::from_error(ctx, rquickjs::Error::Exception))
}

fn describe(error: &CaughtError<'_>) -> String {
    error.to_string().trim().to_owned()
}
