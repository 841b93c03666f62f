//! Preview links and cookies: a stage's name, signed.

use secrecy::{ExposeSecret, SecretString};

use super::{
    digest::{hex, hmac_sha256},
    routes_error::RoutesError,
};
use crate::names::Stage;

/// The key that signs which preview a visitor may be shown: without it, any link could put a visitor onto the code
/// of a pull request.
#[derive(Debug, Clone)]
pub struct PreviewKey(SecretString);

impl PreviewKey {
    /// Wraps a key of 32 random bytes, written as 64 lower-case hexadecimal digits.
    ///
    /// # Errors
    /// [`RoutesError::BadSecret`] for anything else.
    pub fn new(key: SecretString) -> Result<Self, RoutesError> {
        let text = key.expose_secret();
        if text.len() != 64 || !text.bytes().all(is_lower_hex) {
            let rule = "64 lower-case hexadecimal digits";
            return Err(RoutesError::BadSecret {
                what: "the preview key",
                rule,
            });
        }
        Ok(Self(key))
    }

    /// What selects `stage` at `host`: the value of the cookie, and of `scf-stage` in a link. Good for this host and
    /// stage only, as long as the key and the stage live.
    pub fn sign(&self, host: &str, stage: &Stage) -> String {
        let message = format!("{host}|{stage}");
        let mac = hmac_sha256(self.0.expose_secret().as_bytes(), message.as_bytes());
        format!("{stage}.{}", hex(&mac))
    }

    /// A URL of `host` whose visitor is shown `stage`. The scheme is always `https`.
    pub fn link(&self, host: &str, stage: &Stage) -> String {
        format!("https://{host}/?scf-stage={}", self.sign(host, stage))
    }

    /// The key as the store holds it.
    pub(super) fn text(&self) -> &str {
        self.0.expose_secret()
    }
}

pub(super) fn is_lower_hex(byte: u8) -> bool {
    byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)
}
