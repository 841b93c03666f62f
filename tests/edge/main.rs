//! The routing function under CloudFront's rules, against plain models of what it should do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod forwarding;
mod gate;
mod hostile;
mod layout;
mod matching;
mod model;
mod paths;
mod preview;
mod publication;
mod refusals;
mod routes_errors;
mod support;
