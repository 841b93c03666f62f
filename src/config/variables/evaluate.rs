//! Templates to values.

use std::ops::Range;

use futures::future::{BoxFuture, join_all};
use serde_json::Value as Json;

use super::{
    provider::{Address, Refusal},
    scope::{Scope, too_large},
    syntax::{self, Piece, Source, Template},
    value::{Exposure, Resolved},
};

/// Why a variable has no value, with its place in the text of the value.
#[derive(Debug)]
pub(super) struct Failure {
    pub at: Range<usize>,
    pub refusal: Refusal,
}

/// A variable alone keeps the type of its value; within text all values become text. Variables
/// of one text are asked for at the same time.
pub(super) fn evaluate<'a>(
    template: &'a Template,
    scope: &'a Scope<'a>,
) -> BoxFuture<'a, Result<Resolved, Failure>> {
    Box::pin(async move {
        if let [Piece::Variable { sources, at }] = template.as_slice() {
            return first_value(sources, at, scope).await;
        }
        let pieces = template.iter().map(|piece| text_of(piece, scope));
        let mut whole = Resolved::open("");
        let mut text = String::new();
        for piece in join_all(pieces).await {
            let (piece, exposure) = piece?;
            text.push_str(&piece);
            whole = whole.guarded(exposure);
        }
        whole.json = text.into();
        if whole.is_too_large() {
            let at = 0..0;
            let refusal = too_large();
            return Err(Failure { at, refusal });
        }
        Ok(whole)
    })
}

async fn text_of(piece: &Piece, scope: &Scope<'_>) -> Result<(String, Exposure), Failure> {
    match piece {
        Piece::Text(literal) => Ok((literal.clone(), Exposure::Open)),
        Piece::Variable { sources, at } => {
            let value = first_value(sources, at, scope).await?;
            let text = value.as_text().ok_or_else(|| {
                let fact = "this variable is no text and cannot stand within text";
                let advice = "let it be the whole value, or give a default that is text";
                Failure::new(at, Refusal::broken(fact, advice))
            })?;
            Ok((text, value.exposure))
        }
    }
}

/// The value of the first source that has one; else why the first of them has none.
async fn first_value(
    sources: &[Source],
    at: &Range<usize>,
    scope: &Scope<'_>,
) -> Result<Resolved, Failure> {
    let mut first_failure = None;
    for source in sources {
        let value = match source {
            Source::Literal(value) => return Ok(Resolved::open(value.clone())),
            Source::Text(template) => evaluate(template, scope).await,
            Source::Lookup {
                provider,
                address,
                at,
            } => look_up(provider, address, scope)
                .await
                .map_err(|failure| failure.or_at(at)),
        };
        match value {
            Err(Failure {
                at,
                refusal: refusal @ Refusal::Absent { .. },
            }) => first_failure = first_failure.or(Some(Failure { at, refusal })),
            settled => return settled,
        }
    }
    Err(first_failure.unwrap_or_else(|| {
        let refusal = Refusal::broken("this variable has no source", "write `${env:NAME}`");
        Failure::new(at, refusal)
    }))
}

/// Either the address fails, at its own place, or the lookup does.
enum LookupFailure {
    Address(Failure),
    Lookup(Refusal),
}

impl LookupFailure {
    fn or_at(self, at: &Range<usize>) -> Failure {
        match self {
            Self::Address(failure) => failure,
            Self::Lookup(refusal) => Failure::new(at, refusal),
        }
    }
}

async fn look_up(
    source: &str,
    address: &Template,
    scope: &Scope<'_>,
) -> Result<Resolved, LookupFailure> {
    scope.count().map_err(LookupFailure::Lookup)?;
    let providers = &scope.resolution.providers;
    let provider = providers.find(source, scope).await;
    let provider = provider.map_err(LookupFailure::Lookup)?;
    let address = evaluate(address, scope).await;
    let Resolved { json, exposure } = address.map_err(LookupFailure::Address)?;
    let text = match json {
        Json::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    };
    let address = Address {
        source,
        text: &text,
        exposure,
    };
    match provider.get(&address, scope).await {
        Ok(value) => {
            scope.charge(&value).map_err(LookupFailure::Lookup)?;
            Ok(value.guarded(exposure))
        }
        // What is said of a missing value names its address, which may be a secret here.
        Err(Refusal::Absent { .. }) if exposure != Exposure::Open => {
            Err(LookupFailure::Lookup(Refusal::absent(
                "there is no value at this address",
                "the address comes from a variable: check that, or give a default",
            )))
        }
        Err(refusal) => Err(LookupFailure::Lookup(refusal)),
    }
}

impl Failure {
    pub fn new(at: &Range<usize>, refusal: Refusal) -> Self {
        let at = at.clone();
        Self { at, refusal }
    }
}

impl From<syntax::SyntaxError> for Refusal {
    fn from(error: syntax::SyntaxError) -> Self {
        Self::broken(
            error.fact,
            "write `${env:NAME}` or `${env:NAME, 'default'}`",
        )
    }
}
