//! Signatures, by what SSH calls them (RFC 8709, RFC 5656, RFC 8332).

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair as Rsa, KeyPairComponents, PublicKeyComponents},
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
        ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair,
        RSA_PKCS1_SHA256, RSA_PKCS1_SHA512,
    },
};
use num_bigint::BigUint;
use secrecy::{ExposeSecret as _, SecretSlice};

use super::encoding::{Reader, put, put_integer};

/// Flags of a request to sign (draft-ietf-sshm-ssh-agent, "Signature flags"): which hash an RSA key
/// is to use.
const RSA_SHA2_256: u32 = 2;
const RSA_SHA2_512: u32 = 4;

/// A private key.
pub(super) enum Signer {
    Ed25519(Ed25519KeyPair),
    /// With the name of its curve.
    Ecdsa(&'static str, EcdsaKeyPair),
    Rsa(Box<Rsa>),
}

impl Signer {
    /// Reads the part of a private key that depends on its kind.
    pub fn read(kind: &[u8], key: &mut Reader<'_>) -> Option<Self> {
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

    /// The signature with the name of its algorithm; nothing when the key cannot make one.
    pub fn sign(&self, data: &[u8], flags: u32) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        let (algorithm, signature) = match self {
            Self::Ed25519(key) => ("ssh-ed25519".to_owned(), key.sign(data).as_ref().to_vec()),
            Self::Ecdsa(curve, key) => {
                let signature = key.sign(&random, data).ok()?;
                let (r, s) = signature.as_ref().split_at(signature.as_ref().len() / 2);
                let mut integers = Vec::new();
                put_integer(&mut integers, r);
                put_integer(&mut integers, s);
                (format!("ecdsa-sha2-{curve}"), integers)
            }
            Self::Rsa(key) => {
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
