//! Registries: who may use them, what they store, and images on their way there.
//!
//! Credentials come from `registry-auth` and from Docker's own configuration ([`Keychain`]). The
//! engine pulls and pushes ([`pull`], [`push`]); what a registry stored is read back from the registry
//! itself ([`RegistryClient`]), as the OCI distribution specification 1.1 has it.

mod challenge;
mod client;
mod credential;
mod docker_config;
mod helper;
mod input;
mod keychain;
mod question;
mod reference;
mod refusal;
mod registry_error;
mod registry_name;
mod stored;
mod token;
mod transfer;
mod transfer_error;

pub use client::RegistryClient;
pub use credential::{Credential, Credentials};
pub use input::{AuthError, parse as parse_auth};
pub use keychain::Keychain;
pub use reference::{Reference, ReferenceError, Version};
pub use registry_error::RegistryError;
pub use registry_name::Registry;
pub use stored::{Content, Digest, Listed, Stored};
pub use transfer::{pull, push};
pub use transfer_error::TransferError;

pub(super) use refusal::{Refusal, of_base_image};
pub(super) use registry_error::{advice, credentials};
