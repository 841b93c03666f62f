//! Variables in the values of other files.

use futures::future::{BoxFuture, join_all};
use serde_json::Value as Json;

use super::{
    evaluate::evaluate,
    provider::Refusal,
    scope::Scope,
    syntax,
    value::{Exposure, Resolved},
};

/// Values of a file that is named by a file that is named by ….
const MAX_FILES: usize = 16;

/// A value of a file with its own variables resolved.
pub(super) fn expand<'a>(
    json: Json,
    scope: &'a Scope<'a>,
) -> BoxFuture<'a, Result<Resolved, Refusal>> {
    Box::pin(async move {
        match json {
            Json::String(text) if text.contains("${") => expand_text(&text, scope).await,
            Json::Array(items) => {
                let items = items.into_iter().map(|item| expand(item, scope));
                let mut exposure = Exposure::Open;
                let mut values = Vec::new();
                for item in join_all(items).await {
                    let item = item?;
                    exposure = exposure.max(item.exposure);
                    values.push(item.json);
                }
                Ok(Resolved::open(values).guarded(exposure))
            }
            Json::Object(map) => {
                let (keys, values): (Vec<_>, Vec<_>) = map.into_iter().unzip();
                let Resolved { json, exposure } = expand(Json::Array(values), scope).await?;
                let values = match json {
                    Json::Array(values) => values,
                    _ => Vec::new(),
                };
                let map = keys.into_iter().zip(values).collect();
                Ok(Resolved::open(Json::Object(map)).guarded(exposure))
            }
            json => Ok(Resolved::open(json)),
        }
    })
}

async fn expand_text(text: &str, scope: &Scope<'_>) -> Result<Resolved, Refusal> {
    if scope.files >= MAX_FILES {
        return Err(Refusal::broken(
            "files name one another too deeply",
            "let one of them hold the value itself",
        ));
    }
    let template = syntax::parse(text).map_err(Refusal::from)?;
    let scope = Scope {
        files: scope.files + 1,
        ..*scope
    };
    evaluate(&template, &scope)
        .await
        .map_err(|failure| failure.refusal)
}
