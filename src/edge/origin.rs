//! The argument of `updateRequestOrigin()` (CloudFront, helper methods for origin modification).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    decision::{Origin, Protocol},
    domain,
    host_error::Refusal,
    rules::{self, Access},
};

/// Every field that would be inherited when it is left out is optional here and demanded by [`Update::origin`].
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Update {
    domain_name: Option<String>,
    host_header: Option<String>,
    custom_headers: Option<BTreeMap<String, String>>,
    custom_origin_config: Option<CustomOrigin>,
    origin_access_control_config: Option<Switch>,
    origin_shield: Option<Switch>,
    connection_attempts: Option<u64>,
    timeouts: Option<Timeouts>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CustomOrigin {
    port: u16,
    protocol: Protocol,
    ssl_protocols: Vec<String>,
}

/// A feature that the router never uses and therefore switches off.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Switch {
    enabled: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Timeouts {
    #[serde(rename = "readTimeout")]
    read: Option<u64>,
    #[serde(rename = "keepAliveTimeout")]
    keep_alive: Option<u64>,
    #[serde(rename = "connectionTimeout")]
    connection: Option<u64>,
}

impl Update {
    /// The origin, if nothing is inherited and all is in range.
    pub fn origin(self) -> Result<Origin, Refusal> {
        let domain = self.domain_name.ok_or(Refusal::Inherited("domainName"))?;
        let custom = self
            .custom_origin_config
            .ok_or(Refusal::Inherited("customOriginConfig"))?;
        let headers = self
            .custom_headers
            .ok_or(Refusal::Inherited("customHeaders"))?;
        let timeouts = self.timeouts.ok_or(Refusal::Inherited("timeouts"))?;
        let off = |switch: Option<Switch>, name| match switch {
            None => Err(Refusal::Inherited(name)),
            Some(Switch { enabled: true }) => Err(Refusal::Origin(name)),
            Some(Switch { enabled: false }) => Ok(()),
        };
        off(
            self.origin_access_control_config,
            "originAccessControlConfig",
        )?;
        off(self.origin_shield, "originShield")?;
        in_range(self.connection_attempts, "connectionAttempts", 3)?;
        in_range(timeouts.keep_alive, "keepAliveTimeout", 120)?;
        in_range(timeouts.connection, "connectionTimeout", 10)?;
        let read_timeout_seconds = in_range(timeouts.read, "readTimeout", 120)?;
        if domain::normalise(&domain).is_err() {
            return Err(Refusal::Origin("domainName"));
        }
        if self
            .host_header
            .as_ref()
            .is_some_and(|host| domain::normalise(host).is_err())
        {
            return Err(Refusal::Origin("hostHeader"));
        }
        let is_known =
            |name: &String| matches!(name.as_str(), "SSLv3" | "TLSv1" | "TLSv1.1" | "TLSv1.2");
        if custom.ssl_protocols.is_empty() || !custom.ssl_protocols.iter().all(is_known) {
            return Err(Refusal::Origin("sslProtocols"));
        }
        for (name, value) in &headers {
            rules::check_form(name, value)?;
            if name == "cookie" || rules::access(name) != Access::Free {
                return Err(Refusal::Header(name.clone()));
            }
        }
        Ok(Origin {
            domain,
            port: custom.port,
            protocol: custom.protocol,
            host_header: self.host_header,
            custom_headers: headers
                .into_iter()
                .map(|(name, value)| (name, value.into()))
                .collect(),
            read_timeout_seconds,
        })
    }
}

fn in_range(value: Option<u64>, name: &'static str, max: u64) -> Result<u64, Refusal> {
    let value = value.ok_or(Refusal::Inherited(name))?;
    if (1..=max).contains(&value) {
        Ok(value)
    } else {
        Err(Refusal::Origin(name))
    }
}
