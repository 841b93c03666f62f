//! The law of fingerprints over random git repositories: whatever git does to what it checks out,
//! equal means equal bytes in the tar.
//!
//! The generator plays a random history with the real git, and brings the result to a folder by a
//! random way. Two such folders are compared with a walk of this file's own.

mod generator;
mod history;
mod oracle;

use std::{cell::RefCell, collections::BTreeMap};

use camino::Utf8Path;
use proptest::test_runner::{Config, TestRunner};
use scf::source::{BuildSource, DockerfileSource, read};

use crate::tree::tar_bytes;

fn source(context: &Utf8Path) -> BuildSource {
    BuildSource::new(
        context.to_owned(),
        DockerfileSource::Inline("FROM scratch\nCOPY . /\n".to_owned()),
    )
}

/// How often the generator did what: a law over equal trees only, or over different ones only,
/// would show nothing.
#[derive(Default)]
struct Seen {
    equal: u32,
    different: u32,
    events: BTreeMap<&'static str, u32>,
}

#[test]
fn fingerprints_of_checkouts_are_equal_exactly_when_the_tars_are() {
    let seen = RefCell::new(Seen::default());
    let mut runner = TestRunner::new(Config {
        cases: 32,
        // Each step of shrinking plays two histories.
        max_shrink_iters: 32,
        failure_persistence: None,
        ..Config::default()
    });
    let ran = runner.run(&generator::pair(), |(one, two)| {
        let [a, b] = [&one, &two].map(history::play);
        let [read_a, read_b] = [&a, &b].map(|checkout| read(&source(&checkout.context)).unwrap());
        let files_equal = oracle::files(&a.context) == oracle::files(&b.context);
        let tars_equal = tar_bytes(&read_a).unwrap() == tar_bytes(&read_b).unwrap();
        assert_eq!(tars_equal, files_equal, "the tar is the folder");
        assert_eq!(
            read_a.fingerprint == read_b.fingerprint,
            tars_equal,
            "the law"
        );
        let mut seen = seen.borrow_mut();
        *(if tars_equal {
            &mut seen.equal
        } else {
            &mut seen.different
        }) += 1;
        for event in one.events().chain(two.events()) {
            *seen.events.entry(event).or_default() += 1;
        }
        Ok(())
    });
    if let Err(failed) = ran {
        panic!("{failed}");
    }
    let Seen {
        equal,
        different,
        events,
    } = seen.into_inner();
    assert!(
        equal >= 4 && different >= 4,
        "{equal} equal, {different} different"
    );
    let unseen: Vec<_> = generator::EVENTS
        .iter()
        .filter(|event| !events.contains_key(*event))
        .collect();
    assert!(
        unseen.is_empty(),
        "never happened: {unseen:?} of {events:?}"
    );
}
