//! The two ways in which the edge's document changes: other tasks behind a target, other routes.

use std::collections::BTreeSet;

use secrecy::{ExposeSecret as _, SecretString};

use super::{Document, Group, Member, domain_of};
use crate::{
    config::ComputeKind,
    edge::{Entries, OriginKind, OriginTarget, RouteTable, RoutesError, Tid, compile},
    names::Stage,
};

/// Who gets the requests of a target from now on.
#[derive(Debug, Clone)]
pub struct Cutover {
    /// The stage of the target.
    pub stage: Stage,
    /// The target.
    pub tid: Tid,
    /// Decides how it is called, and its limits.
    pub compute: ComputeKind,
    /// Longest time to the first byte, in seconds.
    pub timeout_seconds: u32,
    /// What the routing function must send along, in lower-case hex.
    pub secret: SecretString,
    /// The tasks.
    pub members: Vec<Member>,
}

impl Document {
    /// Sends the requests of a target to other tasks; its routes stay as they are.
    ///
    /// # Errors
    /// A secret or a name that cannot be part of a target; nothing has changed then.
    pub fn cut_over(&mut self, cutover: Cutover) -> Result<(), RoutesError> {
        let Cutover {
            stage,
            tid,
            compute,
            timeout_seconds,
            secret,
            members,
        } = cutover;
        let kind = match compute {
            ComputeKind::AwsLambda => OriginKind::Lambda,
            ComputeKind::AwsFargateEcs => OriginKind::Alb,
        };
        let generation = self
            .groups
            .get(&tid)
            .map_or(1, |group| group.generation + 1);
        let target = OriginTarget {
            domain: domain_of(kind, &tid),
            kind,
            generation,
            timeout_seconds: OriginTarget::read_timeout(timeout_seconds.into()),
            cached: false,
            secret,
        };
        self.add(&target.entry(&stage, &tid)?);
        let group = Group {
            compute,
            timeout_seconds,
            generation,
            secret: target.secret.expose_secret().to_owned(),
            members,
        };
        self.groups.insert(tid, group);
        Ok(())
    }

    /// Replaces the table, whatever version it has. Targets that it no longer names go with it.
    ///
    /// # Errors
    /// Routes that cannot be compiled; nothing has changed then.
    pub fn publish(&mut self, table: &RouteTable) -> Result<(), RoutesError> {
        let version = self.version + 1;
        let keys = compile(&RouteTable {
            version,
            ..table.clone()
        })?;
        let named: BTreeSet<&Tid> = table.routes.iter().map(|route| &route.tid).collect();
        self.version = version;
        self.routes.clone_from(&table.routes);
        self.groups.retain(|tid, _| named.contains(tid));
        self.keys
            .retain(|key, _| !is_table_key(key) && names_any(key, &named));
        self.add(&keys);
        Ok(())
    }

    fn add(&mut self, entries: &Entries) {
        let pairs = entries.iter();
        self.keys
            .extend(pairs.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }
}

/// Whether a key of a target (`t|<stage>|<tid>`) is of one of these; other keys are kept.
fn names_any(key: &str, named: &BTreeSet<&Tid>) -> bool {
    match key
        .strip_prefix("t|")
        .and_then(|rest| rest.rsplit_once('|'))
    {
        Some((_, tid)) => named.iter().any(|known| known.as_str() == tid),
        None => true,
    }
}

/// Keys of the table itself (`h|`, `x|`, `l|`), in distinction to targets (see `edge.md`: layout).
fn is_table_key(key: &str) -> bool {
    ["h|", "x|", "l|"]
        .iter()
        .any(|prefix| key.starts_with(prefix))
}
