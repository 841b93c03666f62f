//! Images without a Dockerfile: Cloud Native Buildpacks.
//!
//! A builder image holds buildpacks and the lifecycle that runs them. We are the platform of the
//! platform specification (`buildpacks/spec`, `platform.md`): the builder is run by the engine as a
//! container that has the source, a cache and the engine's socket, and its `creator` leaves the image in
//! the engine. That image gets our labels by a build of one line, for the lifecycle sets its own only.

mod api;
mod builder_image;
mod buildpack_error;
mod container;
mod creation;
mod exit;
mod files;
mod labelled;
mod names;
mod run;

pub use buildpack_error::BuildpackError;
pub use exit::Meaning;
pub use names::remove_caches;
pub use run::build;
