//! What can go wrong when the function runs: the store, the function, its answer.

use crate::error::{Class, Diagnose};

/// The key-value store could not be read. Absence of a key is not an error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the key-value store cannot be read: {0}")]
pub struct KeyValuesError(pub String);

impl Diagnose for KeyValuesError {
    fn class(&self) -> Class {
        Class::Unavailable
    }
}

/// An answer of the function that CloudFront would refuse with status 502.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It adds, changes or removes a header that functions may not touch.
    #[error("it may not set or remove the header {0}")]
    Header(String),
    /// A header name with an upper-case letter, or with a character that no header name has.
    #[error("{0:?} is no lower-case header name")]
    HeaderName(String),
    /// A header value with a line break or another control character.
    #[error("the header {0} has a control character")]
    HeaderValue(String),
    /// A custom header of the origin that the request has too.
    #[error("the custom header {0} is in the request too")]
    CustomHeader(String),
    /// It forwards without `updateRequestOrigin()`: the request would go to the placeholder origin.
    #[error("it names no origin")]
    NoOrigin,
    /// A field of `updateRequestOrigin()` was left out and would be inherited.
    #[error("updateRequestOrigin() leaves out {0}, which would be inherited")]
    Inherited(&'static str),
    /// A field of `updateRequestOrigin()` has a value that is not allowed.
    #[error("updateRequestOrigin() has a bad {0}")]
    Origin(&'static str),
    /// Another method than the viewer's.
    #[error("it changes the method")]
    Method,
    /// A path without a slash, or a URL that is too long or has a space, control character or `#`.
    #[error("it makes a URL that cannot be sent")]
    Url,
    /// A status outside of 100 to 599, or a body in an encoding other than text.
    #[error("its response has a bad {0}")]
    Response(&'static str),
}

/// The function could not be run, or gave no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The source of the function does not compile or has no `handler`.
    #[error("the routing function does not load: {0}")]
    Source(String),
    /// The interpreter failed: out of memory, as a rule.
    #[error("the interpreter of the routing function failed: {0}")]
    Engine(String),
    /// The function threw.
    #[error("the routing function failed: {0}")]
    Threw(String),
    /// The function waits for something that never comes.
    #[error("the routing function gave no answer")]
    Unanswered,
    /// The function was stopped.
    #[error("the routing function took more than {0} ms")]
    TooSlow(u128),
    /// The answer is neither a request nor a response.
    #[error("the routing function's answer is neither a request nor a response")]
    Answer(#[source] serde_json::Error),
    /// CloudFront would refuse the answer.
    #[error("CloudFront would refuse the routing function's answer: {0}")]
    Refused(#[from] Refusal),
}

impl HostError {
    /// Status that CloudFront answers in this case: 502 when it refuses the answer, 503 when the function fails.
    pub fn status(&self) -> u16 {
        match self {
            Self::Answer(_) | Self::Refused(_) => 502,
            _ => 503,
        }
    }
}

impl Diagnose for HostError {
    fn class(&self) -> Class {
        Class::Internal
    }
}
