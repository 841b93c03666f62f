//! `--target local`: the stage on the Docker Engine of this machine, behind an embedded proxy that
//! executes the same routing function as the edge.

mod context;
mod document;
pub mod edge_store;
mod engine;
mod engine_write;
mod error;
pub mod health;
pub mod labels;
mod place;
pub mod process;
pub mod proxy;

pub use context::{Context, Log, Settings};
pub use document::{Document, Group, Member, domain_of};
pub use edge_store::{EdgeStore, read as edge_document};
pub use engine::{EngineReader, log_lines};
pub use engine_write::Engine;
pub use error::{Exit, TaskError};
pub use place::Place;
pub use process::{LocalProcesses, own as process_identity};
pub use proxy::{Proxy, ProxyError, ProxyStatus};

pub use crate::image::EngineError;
