//! Settings of sources that the file declares: `stages.<stage>.resolvers.<name>`, else those of
//! the stage `default`, key by key.

use super::{provider::Refusal, scope::Scope, value::Resolved};

/// A setting of a declared source.
pub(super) async fn setting(
    source: &str,
    key: &str,
    scope: &Scope<'_>,
) -> Result<Option<Resolved>, Refusal> {
    for stage in [scope.context().stage.as_str(), "default"] {
        let path = format!("stages.{stage}.resolvers.{source}.{key}");
        if let Some(value) = scope.value_at(&path).await? {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// A setting that is text, else the environment variable that stands in for it.
pub(super) async fn text(
    source: &str,
    key: &str,
    variable: Option<&str>,
    scope: &Scope<'_>,
) -> Result<Option<Resolved>, Refusal> {
    let Some(value) = setting(source, key, scope).await? else {
        let environment = &scope.context().environment;
        let value = variable.and_then(|name| environment.get(name));
        // Empty is how CI passes on a secret that is not set.
        let value = value.filter(|value| !value.is_empty());
        return Ok(value.map(|value| Resolved::quiet(value.clone())));
    };
    match value.as_text() {
        Some(text) => Ok(Some(Resolved::open(text).guarded(value.exposure))),
        None => Err(Refusal::broken(
            format!("`{key}` of the source `{source}` is no text"),
            format!("write text at `resolvers.{source}.{key}`"),
        )),
    }
}

/// The `type` of a declared source; nothing when no such source is declared.
pub(super) async fn kind(source: &str, scope: &Scope<'_>) -> Result<Option<String>, Refusal> {
    Ok(text(source, "type", None, scope)
        .await?
        .and_then(|value| value.as_text()))
}
