//! Deploys container apps from one `serverless.containers.yml`.
//!
//! Data flows one way, and each phase is a module:
//!
//! ```text
//! config + source + state + engine (reads)
//!   -> run/gather  -> Inputs      plain data
//!   -> plan        -> Plan        pure; what is shown is what runs
//!   -> apply       -> Outcome     the only phase that changes anything
//!   -> report      -> text, JSON  pure
//! ```

pub mod apply;
pub mod cli;
pub mod config;
pub mod edge;
pub mod error;
mod http;
pub mod image;
pub mod local;
pub mod names;
pub mod plan;
pub mod progress;
pub mod report;
pub mod resource;
pub mod run;
pub mod source;
pub mod state;
pub mod wait;

#[doc(hidden)]
pub mod fuzzing {
    pub use crate::{
        config::fuzzing::{config, variables},
        source::fuzzing::dockerignore,
    };
}
