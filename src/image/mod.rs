//! temp
use crate::error::*;
use crate::source::BuildSource;
use bollard::Docker;
use std::collections::BTreeMap;
#[derive(Debug, thiserror::Error)]
#[error("engine: {0}")]
pub struct EngineError(#[from] bollard::errors::Error);
impl Diagnose for EngineError {
    fn class(&self) -> Class {
        Class::Unavailable
    }
}
pub async fn connect() -> Result<Docker, EngineError> {
    Ok(Docker::connect_with_defaults()?.negotiate_version().await?)
}
#[derive(Debug, Clone, Copy)]
pub enum Builder {
    Auto,
}
impl Builder {
    pub fn from_setting(_: Option<&str>) -> Self {
        Self::Auto
    }
}
pub struct BuildRequest {
    pub tag: String,
    pub source: BuildSource,
    pub labels: BTreeMap<String, String>,
}
pub async fn build(
    _: &Docker,
    _: &BuildRequest,
    _: Builder,
    _: &(dyn Fn(&str) + Send + Sync),
) -> Result<String, EngineError> {
    Ok(String::new())
}
