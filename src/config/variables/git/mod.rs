//! `${git:branch}` and its like: facts of the checkout around the config file.
//!
//! Read without a `git` program, of repositories that belong to somebody else as well, and as
//! shallow as CI makes them.

mod describe;
mod facts;
mod repository;

use super::{
    once::Once,
    provider::{Address, Answer, Provider, Refusal},
    scope::Scope,
    value::Resolved,
};
use crate::config::suggest::{closest, one_of};

/// Facts, each read once by its name.
#[derive(Default)]
pub(super) struct Git {
    facts: Once<Result<Resolved, Refusal>>,
}

impl Provider for Git {
    fn get<'a>(&'a self, address: &'a Address<'a>, scope: &'a Scope<'a>) -> Answer<'a> {
        Box::pin(async move {
            let name = address.text;
            let Some(fact) = facts::FACTS.iter().find(|fact| fact.name == name) else {
                return Err(unknown(address));
            };
            let read = async {
                let context = scope.context().clone();
                // Reading a large index takes its time.
                tokio::task::spawn_blocking(move || repository::read(fact, &context))
                    .await
                    .unwrap_or_else(|_| {
                        Err(Refusal::broken(
                            format!("reading `{name}` of the git repository was stopped"),
                            "run again",
                        ))
                    })
            };
            self.facts.get(name, read).await
        })
    }
}

fn unknown(address: &Address<'_>) -> Refusal {
    let names: Vec<&str> = facts::FACTS.iter().map(|fact| fact.name).collect();
    Refusal::broken(
        format!("`git` has no {}", address.shown(address.text)),
        match closest(address.text, names.iter().copied()) {
            Some(similar) => format!("did you mean `${{git:{similar}}}`?"),
            None => format!("it has {}", one_of(&names)),
        },
    )
}
