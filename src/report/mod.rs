//! What people and programs read: pure text from plain data. (Live progress is in [`crate::progress`].)

mod info;
mod plan;

pub use info::{ContainerInfo, Info, RouteInfo, info_json, info_text};
pub use plan::{plan_json, plan_text};
