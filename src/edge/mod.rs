//! The edge: one CloudFront Function, one key-value store, any number of routes.
//!
//! `router.js` is the function as it is published. [`compile`] turns the routes of a stage into the keys that it
//! reads, [`Publication`] says in which order they are written, and [`EdgeHost`] runs the function outside of
//! CloudFront, under CloudFront's rules: in the local edge and in tests.
//!
//! | key | value | read |
//! | --- | --- | --- |
//! | `h\|<host>` | `{s: stage, v: version, p: 1 if previews may be selected here, r: [[pattern, tid], ...]}`; instead of `r`, a table over 1 KB has `i: [[separator, leaf, parts], ...]` | first |
//! | `x\|<stage>\|<host>` | the same, for a preview that a signed cookie or link selects | in place of `h` |
//! | `l\|<stage>\|<host>\|<v>\|<leaf>.<part>` | `[[pattern, tid], ...]`, at most 1,000 bytes | only with `i` |
//! | `t\|<stage>\|<tid>` | `{d: domain, k: "l" or "a", g: generation, to: seconds, c: 1 if cached, sec: header secret}` | last |
//! | `c\|<token>` | the same and `id: tid`: a candidate that only its run can reach | in place of all others |
//! | `k\|mac` | the key that signs preview cookies and links; absent for a protected stage | with a cookie or link |
//!
//! A request reads two keys (`h`, `t`), one more for a table that is indexed, one more for each further part of its
//! leaf and one for a preview cookie; what is not there costs one more, which tells absence from failure.
//!
//! **Paths.** Patterns match the path as CloudFront hands it to the function: not decoded, without the query. A
//! second reading, as an origin may decode it, must lead to the same target, else the answer is 400. Why:
//! `docs/adr/0003-routing-order-and-encoded-paths.md`.
//!
//! **Names of origins.** A target has a domain and no port: Lambda is called at 443 over TLS, a load balancer at 80.
//! The local edge gives each container a made-up domain and knows which address is behind it.

mod answer;
mod crypto;
mod cut;
mod decision;
mod digest;
mod domain;
mod entries;
mod event;
mod fields;
mod forward;
mod host;
mod host_error;
mod leaves;
mod machine;
mod natives;
mod order;
mod origin;
mod pattern;
mod preview;
mod routes;
mod routes_error;
mod rules;
mod target;

pub use decision::{Decision, Origin, Protocol};
pub use entries::{Entries, Publication};
pub use event::ViewerRequest;
pub use host::{EdgeHost, KeyValues, ROUTER};
pub use host_error::{HostError, KeyValuesError, Refusal};
pub use preview::PreviewKey;
pub use routes::{Route, RouteTable, Selection, Tid, compile};
pub use routes_error::RoutesError;
pub use target::{OriginKind, OriginTarget};
