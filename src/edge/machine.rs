//! The interpreter: one function, called again and again.

use std::{
    cell::Cell,
    rc::Rc,
    time::{Duration, Instant},
};

use rquickjs::{
    CatchResultExt, CaughtError, Coerced, Context, Ctx, Exception, FromJs, Function, Module,
    Persistent, Runtime, Value, promise::MaybePromise,
};

use super::{
    event::Event,
    host::KeyValues,
    host_error::HostError,
    natives::{self, Exchange, Read, Want},
};

/// Memory of the interpreter in bytes: CloudFront's 2 MB for the function, and as much for the interpreter itself.
const MEMORY: usize = 4 << 20;
/// CloudFront allows about a millisecond of computing. This only frees a worker from a function that hangs, also in
/// a debug build on a busy machine.
const TIME: Duration = Duration::from_millis(500);

/// What a call gave, as JSON.
pub(super) struct Reply {
    pub answer: String,
    pub origin: Option<String>,
}

/// Fields are dropped in order: the interpreter's values before the interpreter.
pub(super) struct Machine {
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
    pub fn new(source: &str) -> Result<Self, HostError> {
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

    pub fn is_busy(&self) -> bool {
        self.runtime.is_job_pending() || !self.exchange.reads.borrow().is_empty()
    }

    pub fn call(&self, event: &Event<'_>, store: &dyn KeyValues) -> Result<Reply, HostError> {
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
        let answer: MaybePromise<'_> = handler.call((ctx.json_parse(event)?,))?;
        loop {
            while ctx.execute_pending_job() {}
            if let Some(answer) = answer.result::<Value<'_>>() {
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
        let error = Exception::from_message(ctx.clone(), text)?;
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

/// What was thrown, without a stack trace: lines of the function mean nothing to its users.
fn describe(error: &CaughtError<'_>) -> String {
    match error {
        CaughtError::Exception(exception) => exception.message().unwrap_or_default(),
        CaughtError::Value(value) => Coerced::<String>::from_js(value.ctx(), value.clone())
            .map(|text| text.0)
            .unwrap_or_default(),
        CaughtError::Error(error) => error.to_string(),
    }
}
