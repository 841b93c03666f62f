//! The build cache in a registry: inline, within an image of its own reference, as every registry and
//! every runner can have it.
//!
//! BuildKit records in the image which steps its layers come from, and takes layers from it in a
//! later build on another machine. The classic builder compares an image's history instead, and only
//! with images that the engine has: it is pulled first. A cache that cannot be read or written costs
//! time and nothing else: it is never a failure.

use bollard::Docker;

use super::registry::{Keychain, Reference, RegistryClient, Stored, TransferError, pull, push};

/// Brings the cache to the engine, for the classic builder.
///
/// # Errors
/// For a warning: the build can do without.
pub async fn fetch(
    docker: &Docker,
    cache: &Reference,
    keychain: &Keychain,
    log: &(dyn Fn(&str) + Send + Sync),
) -> Result<(), TransferError> {
    let credential = keychain.find(&cache.registry).await;
    pull(docker, cache, credential, log).await
}

/// Puts a new image into the registry, for the next build on any machine.
///
/// # Errors
/// For a warning: the image is built.
pub async fn publish(
    docker: &Docker,
    tag: &str,
    cache: &Reference,
    keychain: &std::sync::Arc<Keychain>,
    log: &(dyn Fn(&str) + Send + Sync),
) -> Result<Stored, TransferError> {
    let credential = keychain.find(&cache.registry).await;
    let client = RegistryClient::new(keychain.clone());
    push(docker, tag, cache, credential, &client, log).await
}
