//! The stage's own key: random, made with the stage, kept in its state. Everything that the stage
//! derives (keyed hashes of values, header and cookie secrets) comes from it.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::Sha256;

/// 32 random bytes, in hex.
#[derive(Debug, Clone)]
pub struct StageKey(SecretString);

impl PartialEq for StageKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

impl Eq for StageKey {}

impl StageKey {
    /// A key from 32 random bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(crate::plan::hex(bytes).into())
    }

    /// Reads a key back from a label or a state; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let is_key = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_key.then(|| Self(text.to_owned().into()))
    }

    /// The key as text, for the state and the network's label; never for output.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// HMAC-SHA256 over `purpose` and `parts`, in hex. Parts are length-prefixed, so that no two
    /// lists of parts are the same bytes.
    pub fn mac(&self, purpose: &str, parts: &[&str]) -> String {
        // Any length is a valid HMAC key (RFC 2104); the error type cannot occur.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.expose().as_bytes()) else {
            return String::new();
        };
        for part in std::iter::once(&purpose).chain(parts) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac.finalize()
            .into_bytes()
            .iter()
            .fold(String::with_capacity(64), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            })
    }
}

impl Serialize for StageKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for StageKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a stage key"))
    }
}
