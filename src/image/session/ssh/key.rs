//! Private keys in the format of OpenSSH (its `PROTOCOL.key`), which `ssh-keygen` writes since 7.8.

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair as Rsa, KeyPairComponents, PublicKeyComponents},
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
        ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair,
        RSA_PKCS1_SHA256, RSA_PKCS1_SHA512,
    },
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use num_bigint::BigUint;
use secrecy::{ExposeSecret as _, SecretSlice};

use super::encoding::{Reader, put, put_integer};

const BEGIN: &str = "-----BEGIN OPENSSH PRIVATE KEY-----";
const END: &str = "-----END OPENSSH PRIVATE KEY-----";
const MAGIC: &[u8] = b"openssh-key-v1\0";

/// Flags of a request to sign (draft-ietf-sshm-ssh-agent, "Signature flags"): which hash an RSA key
/// is to use.
const RSA_SHA2_256: u32 = 2;
const RSA_SHA2_512: u32 = 4;

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

enum Signer {
    Ed25519(Ed25519KeyPair),
    /// With the name of its curve.
    Ecdsa(&'static str, EcdsaKeyPair),
    Rsa(Box<Rsa>),
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
        let random = SystemRandom::new();
        let (algorithm, signature) = match &self.signer {
            Signer::Ed25519(key) => ("ssh-ed25519".to_owned(), key.sign(data).as_ref().to_vec()),
            Signer::Ecdsa(curve, key) => {
                let signature = key.sign(&random, data).ok()?;
                let (r, s) = signature.as_ref().split_at(signature.as_ref().len() / 2);
                let mut integers = Vec::new();
                put_integer(&mut integers, r);
                put_integer(&mut integers, s);
                (format!("ecdsa-sha2-{curve}"), integers)
            }
            Signer::Rsa(key) => {
                // SHA-1, for who asks for neither, is what servers refuse since OpenSSH 8.8.
                let (name, encoding) = match flags {
                    flags if flags & RSA_SHA2_512 != 0 => ("rsa-sha2-512", &RSA_PKCS1_SHA512),
                    flags if flags & RSA_SHA2_256 != 0 => ("rsa-sha2-256", &RSA_PKCS1_SHA256),
                    _ => return None,
                };
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(encoding, &random, data, &mut signature).ok()?;
                (name.to_owned(), signature)
            }
        };
        let mut signed = Vec::new();
        put(&mut signed, algorithm.as_bytes());
        put(&mut signed, &signature);
        Some(signed)
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

impl Signer {
    fn read(kind: &[u8], key: &mut Reader<'_>) -> Option<Self> {
        match kind {
            b"ssh-ed25519" => {
                let (public, private) = (key.string()?, key.string()?);
                let seed = private.get(..32)?;
                let pair = Ed25519KeyPair::from_seed_and_public_key(seed, public);
                Some(Self::Ed25519(pair.ok()?))
            }
            b"ssh-rsa" => rsa(key).map(|pair| Self::Rsa(Box::new(pair))),
            b"ecdsa-sha2-nistp256" => ecdsa("nistp256", &ECDSA_P256_SHA256_FIXED_SIGNING, 32, key),
            b"ecdsa-sha2-nistp384" => ecdsa("nistp384", &ECDSA_P384_SHA384_FIXED_SIGNING, 48, key),
            b"ecdsa-sha2-nistp521" => ecdsa("nistp521", &ECDSA_P521_SHA512_FIXED_SIGNING, 66, key),
            _ => None,
        }
    }
}

fn ecdsa(
    curve: &'static str,
    algorithm: &'static EcdsaSigningAlgorithm,
    length: usize,
    key: &mut Reader<'_>,
) -> Option<Signer> {
    let (_curve, public, private) = (key.string()?, key.string()?, key.integer()?);
    let mut padded = vec![0; length.checked_sub(private.len())?];
    padded.extend_from_slice(private);
    let padded = SecretSlice::from(padded);
    let private = padded.expose_secret();
    let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, private, public);
    Some(Signer::Ecdsa(curve, pair.ok()?))
}

#[allow(non_snake_case, clippy::many_single_char_names)] // The names of RFC 8017.
fn rsa(key: &mut Reader<'_>) -> Option<Rsa> {
    let mut next = || key.integer();
    let (n, e, d, qInv, p, q) = (next()?, next()?, next()?, next()?, next()?, next()?);
    let reduced = |prime: &[u8]| {
        let below = BigUint::from_bytes_be(prime) - 1_u8;
        let reduced = BigUint::from_bytes_be(d) % below;
        SecretSlice::from(reduced.to_bytes_be())
    };
    if p.is_empty() || q.is_empty() || p == [1] || q == [1] {
        return None;
    }
    let (dP, dQ) = (reduced(p), reduced(q));
    let (dP, dQ) = (dP.expose_secret(), dQ.expose_secret());
    let public_key = PublicKeyComponents { n, e };
    Rsa::from_components(&KeyPairComponents {
        public_key,
        d,
        p,
        q,
        dP,
        dQ,
        qInv,
    })
    .ok()
}
