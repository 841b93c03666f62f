//! Exit codes are an interface: scripts tell failures apart by them.

use scf::{
    error::{Class, Diagnose, Failure, render},
    plan::GraphError,
    run::RunError,
    state::{
        StoreError,
        lease::{Holder, LeaseError, ProcessIdentity},
    },
};

#[test]
fn each_class_has_its_code() {
    let codes = [
        (Class::Internal, 1),
        (Class::Config, 2),
        (Class::Denied, 3),
        (Class::Build, 4),
        (Class::Unhealthy, 5),
        (Class::StalePlan, 6),
        (Class::Locked, 7),
        (Class::Unavailable, 8),
        (Class::Cancelled, 130),
    ];
    for (class, code) in codes {
        assert_eq!(class.exit_code(), code, "{class:?}");
    }
}

fn io(kind: std::io::ErrorKind) -> StoreError {
    StoreError::Io {
        verb: "write",
        what: "state.json".into(),
        cause: kind.into(),
    }
}

fn holder() -> Holder {
    let process = ProcessIdentity {
        pid: 42,
        started: 1,
        space: "boot pid:[1]".into(),
    };
    Holder {
        run: "r1".into(),
        command: "deploy".into(),
        host: "runner-1".into(),
        process,
        since: "2026-11-22T10:00:00Z".parse().unwrap(),
    }
}

#[test]
fn each_failure_is_of_the_class_that_says_who_can_mend_it() {
    let stale = RunError::StalePlan {
        now: "a".into(),
        approved: "b".into(),
    };
    let failures: [(Failure, Class); 11] = [
        (RunError::AwsNotBuilt.into(), Class::Config),
        (stale.into(), Class::StalePlan),
        (RunError::Cancelled.into(), Class::Cancelled),
        (io(std::io::ErrorKind::StorageFull).into(), Class::Internal),
        (
            io(std::io::ErrorKind::PermissionDenied).into(),
            Class::Denied,
        ),
        (
            StoreError::Conflict("state.json".into()).into(),
            Class::Locked,
        ),
        (LeaseError::Held(Box::new(holder())).into(), Class::Locked),
        (LeaseError::Lost.into(), Class::Locked),
        (
            LeaseError::Cancelled(Box::new(holder())).into(),
            Class::Cancelled,
        ),
        (
            LeaseError::from(io(std::io::ErrorKind::PermissionDenied)).into(),
            Class::Denied,
        ),
        (
            GraphError::Cycle(serde_json::from_str("\"a/b\"").unwrap()).into(),
            Class::Internal,
        ),
    ];
    for (failure, class) in failures {
        assert_eq!(failure.class(), class, "{failure}");
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the oven is cold")]
struct Cold(#[source] std::io::Error);

impl Diagnose for Cold {
    fn class(&self) -> Class {
        Class::Unavailable
    }

    fn hint(&self) -> Option<String> {
        Some("light it".into())
    }

    fn detail(&self) -> Option<String> {
        Some("  | 12 degrees".into())
    }
}

#[test]
fn a_failure_is_its_evidence_its_facts_and_its_advice() {
    let failure = Failure::from(Cold(std::io::Error::other("no gas")));
    insta::assert_snapshot!(render(&failure), @"
      | 12 degrees
    error: the oven is cold: no gas
    hint: light it
    ");
}
