//! The module `crypto` of CloudFront Functions: SHA-256 and its HMAC.

use std::{cell::RefCell, rc::Rc};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use rquickjs::{
    Ctx, Exception, Function, Object, Result,
    function::{Opt, This},
};

use super::digest::{hex, hmac_sha256, sha256};

/// The module's default export.
pub(super) fn module<'js>(ctx: &Ctx<'js>) -> Result<Object<'js>> {
    let module = Object::new(ctx.clone())?;
    let hash = |ctx: Ctx<'js>, algorithm: String| digester(&ctx, &algorithm, sha256);
    module.set("createHash", Function::new(ctx.clone(), hash)?)?;
    let hmac = |ctx: Ctx<'js>, algorithm: String, key: String| {
        digester(&ctx, &algorithm, move |data: &[u8]| {
            hmac_sha256(key.as_bytes(), data)
        })
    };
    module.set("createHmac", Function::new(ctx.clone(), hmac)?)?;
    Ok(module)
}

/// An object with `update(text)` and `digest(encoding)`.
fn digester<'js>(
    ctx: &Ctx<'js>,
    algorithm: &str,
    digest: impl Fn(&[u8]) -> [u8; 32] + 'js,
) -> Result<Object<'js>> {
    if algorithm != "sha256" {
        return Err(Exception::throw_type(ctx, "only sha256 is supported"));
    }
    let data = Rc::new(RefCell::new(Vec::new()));
    let object = Object::new(ctx.clone())?;
    let shared = Rc::clone(&data);
    let update = move |this: This<Object<'js>>, text: String| {
        shared.borrow_mut().extend_from_slice(text.as_bytes());
        this.0
    };
    object.set("update", Function::new(ctx.clone(), update)?)?;
    let finish = move |ctx: Ctx<'js>, encoding: Opt<String>| {
        let digest = digest(&data.borrow());
        match encoding.0.as_deref() {
            Some("hex") => Ok(hex(&digest)),
            Some("base64") => Ok(STANDARD.encode(digest)),
            Some("base64url") => Ok(URL_SAFE_NO_PAD.encode(digest)),
            _ => Err(Exception::throw_type(
                &ctx,
                "the encoding must be hex, base64 or base64url",
            )),
        }
    };
    object.set("digest", Function::new(ctx.clone(), finish)?)?;
    Ok(object)
}
