//! Where a route leads: an origin and how it is called.

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::{Tid, domain, entries::Entries, preview::is_lower_hex, routes_error::RoutesError};
use crate::names::Stage;

/// Range of an origin's read timeout in seconds (CloudFront, helper methods for origin modification).
const TIMEOUTS: std::ops::RangeInclusive<u64> = 1..=120;
/// Longest header value that a rule of a load balancer matches.
const MAX_HEADER: usize = 128;

/// What kind of origin a container has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OriginKind {
    /// A Lambda function URL: TLS, its own host name, no further header.
    Lambda,
    /// A load balancer: the viewer's host name, and the header `x-scf-target: <secret>.<tid>` that its rules match.
    Alb,
}

/// The origin of one container.
#[derive(Debug, Clone)]
pub struct OriginTarget {
    /// Host name that CloudFront connects to; no port.
    pub domain: String,
    /// How it is called.
    pub kind: OriginKind,
    /// Part of the cache key: raise it to invalidate what is cached.
    pub generation: u64,
    /// How long CloudFront waits for the first byte, and between packets: 1 to 120 s.
    pub timeout_seconds: u64,
    /// Whether answers may be cached; otherwise each request has a cache key of its own.
    pub cached: bool,
    /// The stage's header secret, lower-case hexadecimal. Used for [`OriginKind::Alb`] only.
    pub secret: SecretString,
}

#[derive(Serialize)]
struct Value<'a> {
    d: &'a str,
    k: &'static str,
    g: u64,
    to: u64,
    c: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    sec: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
}

impl OriginTarget {
    /// The read timeout in seconds for a container that may take `container` seconds: a second more, at least 30
    /// and at most 120.
    pub fn read_timeout(container: u64) -> u64 {
        container.saturating_add(1).clamp(30, *TIMEOUTS.end())
    }

    /// The entry at which routed requests of `stage` find this target.
    ///
    /// # Errors
    /// A domain, timeout or secret that CloudFront or the load balancer refuses.
    pub fn entry(&self, stage: &Stage, tid: &Tid) -> Result<Entries, RoutesError> {
        self.entry_at(format!("t|{stage}|{tid}"), tid, self.cached, None)
    }

    /// The entry at which only requests with `x-scf-candidate: <token>` find this target; never cached. `token` has
    /// 16 to 64 letters and digits, is unguessable and belongs to one run.
    ///
    /// # Errors
    /// As [`Self::entry`], and [`RoutesError::BadSecret`] for another token.
    pub fn candidate_entry(&self, token: &SecretString, tid: &Tid) -> Result<Entries, RoutesError> {
        let text = token.expose_secret();
        if !(16..=64).contains(&text.len()) || !text.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(RoutesError::BadSecret {
                what: "the candidate token",
                rule: "16 to 64 letters and digits",
            });
        }
        self.entry_at(format!("c|{text}"), tid, false, Some(tid.as_str()))
    }

    fn entry_at(
        &self,
        key: String,
        tid: &Tid,
        cached: bool,
        id: Option<&str>,
    ) -> Result<Entries, RoutesError> {
        let domain = domain::normalise(&self.domain)?;
        if !TIMEOUTS.contains(&self.timeout_seconds) {
            return Err(RoutesError::BadTimeout {
                domain,
                seconds: self.timeout_seconds,
            });
        }
        let (k, sec) = match self.kind {
            OriginKind::Lambda => ("l", None),
            OriginKind::Alb => ("a", Some(self.header_secret(tid)?)),
        };
        let value = Value {
            d: &domain,
            k,
            g: self.generation,
            to: self.timeout_seconds,
            c: cached.into(),
            sec,
            id,
        };
        let mut entries = Entries::default();
        entries.insert_json(key, &value)?;
        Ok(entries)
    }

    fn header_secret(&self, tid: &Tid) -> Result<&str, RoutesError> {
        let secret = self.secret.expose_secret();
        let longest = MAX_HEADER - 1 - tid.as_str().len();
        if !(1..=longest).contains(&secret.len()) || !secret.bytes().all(is_lower_hex) {
            let rule = "lower-case hexadecimal digits that fit a header of 128 characters";
            return Err(RoutesError::BadSecret {
                what: "the header secret",
                rule,
            });
        }
        Ok(secret)
    }
}
