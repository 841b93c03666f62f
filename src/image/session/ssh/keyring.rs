//! An agent of our own, for keys in files: a machine that has a key need not have an agent.

use super::{
    agent::{FAILURE, IDENTITIES, SIGN},
    encoding::{Reader, put, put_number},
    key::PrivateKey,
};

/// Answer with the keys.
const IDENTITIES_ANSWER: u8 = 12;
/// Answer with a signature.
const SIGN_RESPONSE: u8 = 14;

/// Keys that sign.
pub(super) struct Keyring(pub Vec<PrivateKey>);

impl Keyring {
    /// Answers a request of the agent protocol.
    pub fn answer(&self, request: &[u8]) -> Vec<u8> {
        match request.split_first() {
            Some((&IDENTITIES, _)) => self.identities(),
            Some((&SIGN, request)) => self.signature(request).unwrap_or_else(|| vec![FAILURE]),
            _ => vec![FAILURE],
        }
    }

    fn identities(&self) -> Vec<u8> {
        let mut answer = vec![IDENTITIES_ANSWER];
        put_number(&mut answer, self.0.len());
        for key in &self.0 {
            put(&mut answer, key.public());
            put(&mut answer, key.comment());
        }
        answer
    }

    fn signature(&self, request: &[u8]) -> Option<Vec<u8>> {
        let mut request = Reader(request);
        let (public, data, flags) = (request.string()?, request.string()?, request.number()?);
        let key = self.0.iter().find(|key| key.public() == public)?;
        let mut answer = vec![SIGN_RESPONSE];
        put(&mut answer, &key.sign(data, flags)?);
        Some(answer)
    }
}
