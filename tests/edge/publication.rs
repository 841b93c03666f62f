//! In which order keys are written.

use insta::assert_debug_snapshot;
use proptest::prelude::*;
use scf::edge::{Entries, Publication, RoutesError, compile};

use super::support::{DEFAULT_HOST, entries, get, outcome, route, table, to};

fn large(version: u64, count: usize) -> Entries {
    let mut table = table(
        "dev",
        (0..count)
            .map(|n| to(&format!("c{n}"), &format!("/svc-{n:02}/*"), None))
            .collect(),
    );
    table.version = version;
    entries(&table)
}

fn apply(store: &mut Entries, puts: &Entries) {
    store.merge(puts.clone());
}

#[test]
fn leaves_come_before_the_flip_and_go_after_it() {
    let old = compile(&table(
        "dev",
        (0..60)
            .map(|n| to("c", &format!("/svc-{n:02}/*"), None))
            .collect(),
    ))
    .unwrap();
    let mut next = table(
        "dev",
        (1..60)
            .map(|n| to("c", &format!("/svc-{n:02}/*"), None))
            .collect(),
    );
    next.version = 2;
    assert_debug_snapshot!(Publication::between(&old, &compile(&next).unwrap()).unwrap(), @r#"
    Publication {
        puts_before: {
            "l|dev|d111111abcdef8.cloudfront.net|2|0.0",
            "l|dev|d111111abcdef8.cloudfront.net|2|1.0",
        },
        puts: {
            "h|d111111abcdef8.cloudfront.net",
        },
        deletes: {},
        later_deletes: {
            "l|dev|d111111abcdef8.cloudfront.net|1|0.0",
            "l|dev|d111111abcdef8.cloudfront.net|1|1.0",
        },
    }
    "#);
}

#[test]
fn a_compute_switch_writes_its_target_only() {
    let mut new = large(1, 60);
    let stage = "dev".parse().unwrap();
    let target = super::support::origin("other.example.com", scf::edge::OriginKind::Alb);
    new.merge(target.entry(&stage, &super::support::tid("c3")).unwrap());
    let steps = Publication::between(&large(1, 60), &new).unwrap();
    assert_eq!(
        (
            steps.puts_before.len(),
            steps.puts.len(),
            steps.deletes.len()
        ),
        (1, 0, 0)
    );
}

#[test]
fn nothing_changed_is_nothing_to_do() {
    assert!(
        Publication::between(&large(3, 60), &large(3, 60))
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_leaf_is_never_written_twice() {
    let error = Publication::between(&large(1, 60), &large(1, 90)).unwrap_err();
    assert!(
        matches!(error, RoutesError::LeafRewritten { .. }),
        "{error}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_step_leaves_each_kept_route_served(before in 1_usize..120, after in 1_usize..120) {
        let (old, new) = (large(1, before), large(2, after));
        let steps = Publication::between(&old, &new).unwrap();
        let kept = [0, before.min(after) / 2, before.min(after) - 1];
        let serves = |store: &Entries| kept.iter().all(|n| {
            outcome(&route(&get(DEFAULT_HOST, &format!("/svc-{n:02}/x")), store)).is_ok()
        });
        let mut store = old.clone();
        apply(&mut store, &steps.puts_before);
        prop_assert!(serves(&store), "after the leaves");
        apply(&mut store, &steps.puts);
        steps.deletes.iter().for_each(|key| store.remove(key));
        prop_assert!(serves(&store), "after the flip");
        // An edge that still has the old table finds all that it names.
        let mut late = store.clone();
        late.merge(old.iter().filter(|(key, _)| key.starts_with("h|")).fold(Entries::default(), |mut all, (key, value)| {
            all.insert(key.to_owned(), value.to_owned()).unwrap();
            all
        }));
        prop_assert!(serves(&late), "at an edge that is late");
        steps.later_deletes.iter().for_each(|key| store.remove(key));
        prop_assert!(store == new);
    }
}
