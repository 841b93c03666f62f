//! Private keys in the format of OpenSSH (its `PROTOCOL.key`), which `ssh-keygen` writes since 7.8.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret as _, SecretSlice};

use super::{encoding::Reader, signer::Signer};

const BEGIN: &str = "-----BEGIN OPENSSH PRIVATE KEY-----";
const END: &str = "-----END OPENSSH PRIVATE KEY-----";
const MAGIC: &[u8] = b"openssh-key-v1\0";

/// Why a file gives no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is not what `ssh-keygen` writes.
    #[error("it is no private key in the format of OpenSSH")]
    Format,
    /// It needs a passphrase.
    #[error("it is protected by a passphrase")]
    Encrypted,
    /// It is of a kind that we do not sign with, such as DSA or a security key.
    #[error("it is no Ed25519, ECDSA or RSA key of at least 2048 bits")]
    Kind,
}

/// A key that signs.
pub(super) struct PrivateKey {
    public: Vec<u8>,
    comment: Vec<u8>,
    signer: Signer,
}

impl PrivateKey {
    /// Reads the contents of a file.
    pub fn parse(file: &SecretSlice<u8>) -> Result<Self, KeyError> {
        let text = str::from_utf8(file.expose_secret()).map_err(|_| KeyError::Format)?;
        let body = text
            .split_once(BEGIN)
            .and_then(|(_, rest)| Some(rest.split_once(END)?.0))
            .ok_or(KeyError::Format)?;
        let letters: String = body.split_whitespace().collect();
        let letters = SecretSlice::from(letters.into_bytes());
        let decoded = BASE64_STANDARD.decode(letters.expose_secret());
        let decoded = SecretSlice::from(decoded.map_err(|_| KeyError::Format)?);
        let content = decoded.expose_secret().strip_prefix(MAGIC);
        let (cipher, public, private) = content.and_then(outer).ok_or(KeyError::Format)?;
        if cipher != b"none" {
            return Err(KeyError::Encrypted);
        }
        let mut private = Reader(private);
        // Two equal numbers tell a right passphrase from a wrong one.
        private.bytes(8).ok_or(KeyError::Format)?;
        let kind = private.string().ok_or(KeyError::Format)?;
        let signer = Signer::read(kind, &mut private).ok_or(KeyError::Kind)?;
        Ok(Self {
            public: public.to_vec(),
            comment: private.string().ok_or(KeyError::Format)?.to_vec(),
            signer,
        })
    }

    /// The public key, as agents tell it.
    pub fn public(&self) -> &[u8] {
        &self.public
    }

    pub fn comment(&self) -> &[u8] {
        &self.comment
    }

    /// The signature with the name of its algorithm; nothing when the key cannot make one.
    pub fn sign(&self, data: &[u8], flags: u32) -> Option<Vec<u8>> {
        self.signer.sign(data, flags)
    }
}

/// Cipher, public key and the section that is encrypted if there is a cipher, of a file with one key.
fn outer(content: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let mut content = Reader(content);
    let cipher = content.string()?;
    let (_derivation, _options) = (content.string()?, content.string()?);
    (content.number()? == 1).then_some(())?;
    Some((cipher, content.string()?, content.string()?))
}
