//! The modules `cloudfront` and `crypto` of CloudFront Functions, as far as the router uses them.

use std::{cell::RefCell, rc::Rc};

use rquickjs::{
    Ctx, Exception, Function, Module, Object, Persistent, Promise, Result, function::Opt,
};

use super::crypto;

/// What a call of the function leaves for its host.
#[derive(Default)]
pub(super) struct Exchange {
    /// Reads of the key-value store that are waiting for an answer.
    pub reads: RefCell<Vec<Read>>,
    /// The last argument of `updateRequestOrigin()`, as JSON.
    pub origin: RefCell<Option<String>>,
}

impl Exchange {
    /// Forgets a call. Needed before the interpreter goes, which must not be outlived by its values.
    pub fn clear(&self) {
        self.reads.borrow_mut().clear();
        self.origin.borrow_mut().take();
    }
}

/// A promise of `get()` or `exists()`.
pub(super) struct Read {
    pub key: String,
    pub want: Want,
    pub resolve: Persistent<Function<'static>>,
    pub reject: Persistent<Function<'static>>,
}

/// What a read resolves to.
#[derive(Clone, Copy)]
pub(super) enum Want {
    Text,
    Json,
    Presence,
}

/// Declares both modules.
pub(super) fn install(ctx: &Ctx<'_>, exchange: &Rc<Exchange>) -> Result<()> {
    export_default(ctx, "cloudfront", cloudfront(ctx, exchange)?)?;
    export_default(ctx, "crypto", crypto::module(ctx)?)
}

/// A module whose default export is `value`, handed over through a global that is gone afterwards.
fn export_default<'js>(ctx: &Ctx<'js>, name: &str, value: Object<'js>) -> Result<()> {
    ctx.globals().set("__exported", value)?;
    let (_, loaded) =
        Module::declare(ctx.clone(), name, "export default globalThis.__exported;")?.eval()?;
    loaded.finish::<()>()?;
    ctx.globals().remove("__exported")
}

fn cloudfront<'js>(ctx: &Ctx<'js>, exchange: &Rc<Exchange>) -> Result<Object<'js>> {
    let module = Object::new(ctx.clone())?;
    let shared = Rc::clone(exchange);
    module.set(
        "kvs",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>| key_values(&ctx, &shared))?,
    )?;
    let shared = Rc::clone(exchange);
    let update = move |ctx: Ctx<'js>, update: Object<'js>| -> Result<()> {
        let json = ctx
            .json_stringify(update)?
            .map(|json| json.to_string())
            .transpose()?;
        *shared.origin.borrow_mut() = json;
        Ok(())
    };
    module.set("updateRequestOrigin", Function::new(ctx.clone(), update)?)?;
    Ok(module)
}

fn key_values<'js>(ctx: &Ctx<'js>, exchange: &Rc<Exchange>) -> Result<Object<'js>> {
    let store = Object::new(ctx.clone())?;
    let shared = Rc::clone(exchange);
    let get = move |ctx: Ctx<'js>,
                    key: String,
                    options: Opt<Object<'js>>|
          -> Result<Promise<'js>> {
        let format = options
            .0
            .map(|options| options.get::<_, Option<String>>("format"))
            .transpose()?
            .flatten();
        let want = match format.as_deref() {
            None | Some("string") => Want::Text,
            Some("json") => Want::Json,
            Some(_) => return Err(Exception::throw_type(&ctx, "format must be string or json")),
        };
        pending(&ctx, &shared, key, want)
    };
    store.set("get", Function::new(ctx.clone(), get)?)?;
    let shared = Rc::clone(exchange);
    let exists = move |ctx: Ctx<'js>, key: String| pending(&ctx, &shared, key, Want::Presence);
    store.set("exists", Function::new(ctx.clone(), exists)?)?;
    Ok(store)
}

fn pending<'js>(
    ctx: &Ctx<'js>,
    exchange: &Exchange,
    key: String,
    want: Want,
) -> Result<Promise<'js>> {
    let (promise, resolve, reject) = ctx.promise()?;
    let (resolve, reject) = (
        Persistent::save(ctx, resolve),
        Persistent::save(ctx, reject),
    );
    exchange.reads.borrow_mut().push(Read {
        key,
        want,
        resolve,
        reject,
    });
    Ok(promise)
}
