//! Images on their way between the engine and a registry. The engine does it; what arrived is read
//! back from the registry.

use std::pin::pin;

use bollard::{
    Docker,
    errors::Error as ApiError,
    query_parameters::{
        CreateImageOptionsBuilder, PushImageOptionsBuilder, RemoveImageOptions,
        TagImageOptionsBuilder,
    },
};
use futures::StreamExt as _;

use super::{
    Credential, Reference, RegistryClient, Stored, TransferError, Version, refusal::is_refusal,
    registry_error::words, registry_name::HUB_KEY,
};
use crate::image::EngineError;

/// Pulls an image into the engine. Each line of the engine's progress goes to `log`.
///
/// # Errors
/// The registry's or the engine's.
pub async fn pull(
    docker: &Docker,
    reference: &Reference,
    credential: Option<&Credential>,
    log: &(dyn Fn(&str) + Send + Sync),
) -> Result<(), TransferError> {
    let doing = format!("pull {reference}");
    let options = CreateImageOptionsBuilder::default()
        .from_image(&reference.to_string())
        .build();
    let messages = docker.create_image(Some(options), None, for_engine(reference, credential));
    let mut messages = pin!(messages);
    let mut last = String::new();
    while let Some(message) = messages.next().await {
        let message = message.map_err(|error| failed(reference, &doing, credential, error))?;
        tell(log, &mut last, message.status);
    }
    Ok(())
}

/// Pushes the engine's image `tag` under a reference, and reads back what the registry stored.
///
/// # Errors
/// The registry's or the engine's, or the registry has something else then.
pub async fn push(
    docker: &Docker,
    tag: &str,
    reference: &Reference,
    credential: Option<&Credential>,
    client: &RegistryClient,
    log: &(dyn Fn(&str) + Send + Sync),
) -> Result<Stored, TransferError> {
    let Version::Tag(version) = &reference.version else {
        let reason = "an image is pushed under a tag; its digest follows from it".to_owned();
        return Err(TransferError::Failed {
            doing: format!("push {reference}"),
            reason,
        });
    };
    let name = reference.name();
    let options = TagImageOptionsBuilder::default()
        .repo(&name)
        .tag(version)
        .build();
    docker
        .tag_image(tag, Some(options))
        .await
        .map_err(EngineError::other(format!("tag image {tag}")))?;
    let sent = send(docker, reference, version, credential, log).await;
    let digests = docker
        .inspect_image(tag)
        .await
        .map(|image| image.repo_digests.unwrap_or_default());
    if reference.to_string() != tag {
        // The name was only for the way; that of a failed push goes too.
        let removed = docker
            .remove_image(&reference.to_string(), None::<RemoveImageOptions>, None)
            .await;
        removed.map_err(EngineError::other(format!("untag image {reference}")))?;
    }
    sent?;
    let digests = digests.map_err(EngineError::other(format!("find image {tag}")))?;
    let stored = client.resolve(reference).await?;
    let not_stored = |has: String| TransferError::NotStored {
        reference: reference.clone(),
        has,
    };
    let stored = stored.ok_or_else(|| not_stored("does not have it".to_owned()))?;
    if digests.contains(&format!("{}@{}", familiar(&name), stored.digest)) {
        Ok(stored)
    } else {
        Err(not_stored(format!(
            "has {}, which the engine did not send",
            stored.digest
        )))
    }
}

/// The engine leaves out what Docker Hub's names have in common.
fn familiar(name: &str) -> &str {
    let on_hub = name.strip_prefix("docker.io/");
    on_hub.map_or(name, |name| name.strip_prefix("library/").unwrap_or(name))
}

async fn send(
    docker: &Docker,
    reference: &Reference,
    version: &str,
    credential: Option<&Credential>,
    log: &(dyn Fn(&str) + Send + Sync),
) -> Result<(), TransferError> {
    let doing = format!("push {reference}");
    let options = PushImageOptionsBuilder::default().tag(version).build();
    let mut messages = pin!(docker.push_image(
        &reference.name(),
        Some(options),
        for_engine(reference, credential)
    ));
    let mut last = String::new();
    while let Some(message) = messages.next().await {
        let message = message.map_err(|error| failed(reference, &doing, credential, error))?;
        tell(log, &mut last, message.status);
    }
    Ok(())
}

/// Progress repeats itself many times a second.
fn tell(log: &(dyn Fn(&str) + Send + Sync), last: &mut String, status: Option<String>) {
    if let Some(status) = status.filter(|status| status != last) {
        log(&words(&status));
        *last = status;
    }
}

fn for_engine(
    reference: &Reference,
    credential: Option<&Credential>,
) -> Option<bollard::auth::DockerCredentials> {
    let registry = &reference.registry;
    let key = if registry.is_hub() {
        HUB_KEY
    } else {
        registry.as_str()
    };
    credential.map(|credential| credential.for_engine(key))
}

fn failed(
    reference: &Reference,
    doing: &str,
    credential: Option<&Credential>,
    error: ApiError,
) -> TransferError {
    match error {
        ApiError::DockerStreamError { error: reason }
        | ApiError::DockerResponseServerError {
            message: reason, ..
        } => {
            let doing = doing.to_owned();
            let reason = words(&reason);
            if is_refusal(&reason) {
                let registry = reference.registry.clone();
                TransferError::Denied {
                    registry,
                    doing,
                    reason,
                    given: credential.is_some(),
                }
            } else {
                TransferError::Failed { doing, reason }
            }
        }
        other => EngineError::other(doing)(other).into(),
    }
}
