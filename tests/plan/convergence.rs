//! From wherever it starts and wherever it is cut off, a run that comes to its end leaves exactly
//! what is wanted; and no request is ever sent to a task that is being taken away.

use proptest::prelude::*;
use scf::{
    config::ComputeKind, plan::local::plan_removal, resource::local::proxy, state::StageKey,
};

use crate::{
    fixture::{Shop, Wanted, stack, stage, web},
    order::assert_lawful,
    simulation::Course,
};

/// A change of the config between two runs.
#[derive(Debug, Clone)]
enum Edit {
    Sources(usize, u8),
    Port(usize, u16),
    Tasks(usize, u32),
    Environment(usize, String),
    Compute(usize),
    Route(usize, String),
    Remove(usize),
    Add(usize),
    Force,
}

const NAMES: [&str; 4] = ["one", "two", "three", "four"];

impl Edit {
    fn of(self, shop: &mut Shop) {
        shop.force = matches!(self, Self::Force);
        let count = shop.wanted.len();
        let index = self.index() % count;
        let at = &mut shop.wanted[index];
        match self {
            Self::Sources(_, version) => at.sources = format!("version {version}"),
            Self::Port(_, port) => at.port = port,
            Self::Tasks(_, tasks) => at.tasks = tasks,
            Self::Environment(_, value) => drop(at.environment.insert("VALUE".into(), value)),
            Self::Compute(_) => {
                at.compute = match at.compute {
                    ComputeKind::AwsLambda => ComputeKind::AwsFargateEcs,
                    ComputeKind::AwsFargateEcs => ComputeKind::AwsLambda,
                };
            }
            Self::Route(_, part) => at.pattern = format!("/{}/{part}/*", at.name),
            Self::Remove(_) if count > 1 => drop(shop.wanted.remove(index)),
            Self::Add(index) => {
                let name = NAMES[index % NAMES.len()];
                let pattern = format!("/{name}/*");
                if shop.wanted.iter().all(|wanted| wanted.name != name) {
                    shop.wanted.push(Wanted {
                        name,
                        pattern,
                        ..web()
                    });
                }
            }
            Self::Remove(_) | Self::Force => {}
        }
    }

    fn index(&self) -> usize {
        match self {
            Self::Sources(index, _)
            | Self::Port(index, _)
            | Self::Tasks(index, _)
            | Self::Environment(index, _)
            | Self::Compute(index)
            | Self::Route(index, _)
            | Self::Remove(index)
            | Self::Add(index) => *index,
            Self::Force => 0,
        }
    }
}

fn edit() -> impl Strategy<Value = Edit> {
    let index = 0_usize..8;
    prop_oneof![
        (index.clone(), 1_u8..4).prop_map(|(index, version)| Edit::Sources(index, version)),
        (index.clone(), 3000_u16..3003).prop_map(|(index, port)| Edit::Port(index, port)),
        (index.clone(), 1_u32..5).prop_map(|(index, tasks)| Edit::Tasks(index, tasks)),
        (index.clone(), "[ab]").prop_map(|(index, value)| Edit::Environment(index, value)),
        index.clone().prop_map(Edit::Compute),
        (index.clone(), "[ab]").prop_map(|(index, part)| Edit::Route(index, part)),
        index.clone().prop_map(Edit::Remove),
        index.prop_map(Edit::Add),
        Just(Edit::Force),
    ]
}

fn course() -> impl Strategy<Value = Course> {
    let steps = prop_oneof![Just(usize::MAX), 0_usize..12];
    (steps, prop::collection::vec(any::<u8>(), 1..12))
        .prop_map(|(steps, dice)| Course { steps, dice })
}

/// Exactly what is wanted, and nothing beside it.
fn assert_settled(shop: &Shop) {
    assert!(shop.plan().is_empty(), "{}", shop.text());
    let wanted: u32 = shop.wanted.iter().map(|wanted| wanted.tasks).sum();
    assert_eq!(
        shop.have.tasks.len(),
        wanted as usize,
        "no task is left over"
    );
    assert!(shop.have.tasks.iter().all(|task| task.running));
    let document = shop.have.document.as_ref().unwrap();
    assert_eq!(
        document.groups.len(),
        shop.wanted.len(),
        "no group is left over"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn killed_runs_are_continued_without_orphans(runs in prop::collection::vec((edit(), course()), 1..6)) {
        let mut shop = Shop::new();
        for (edit, course) in runs {
            edit.of(&mut shop);
            assert_lawful(&shop.plan(), &shop.have);
            shop.run(&course);
        }
        assert_lawful(&shop.plan(), &shop.have);
        shop.run(&Course::whole());
        shop.force = false;
        assert_settled(&shop);
    }

    #[test]
    fn a_removal_leaves_nothing_of_whatever_was_left(runs in prop::collection::vec((edit(), course()), 1..4)) {
        let mut shop = Shop::new();
        for (edit, course) in runs {
            edit.of(&mut shop);
            shop.run(&course);
        }
        let plan = plan_removal(&stack(), &stage(), &shop.have);
        assert_lawful(&plan, &shop.have);
        shop.carry_out(&plan, &Course::whole());
        prop_assert!(shop.have.tasks.is_empty() && shop.have.networks.is_empty() && shop.have.images.is_empty());
        prop_assert_eq!(&shop.have.proxy, &proxy::Observed::Absent);
        prop_assert!(plan_removal(&stack(), &stage(), &shop.have).is_empty());
    }

    #[test]
    fn equal_stages_with_other_keys_have_equal_plans(edits in prop::collection::vec(edit(), 1..6)) {
        let mut shops = [7, 8].map(|byte| Shop::with_key(StageKey::from_bytes(&[byte; 32])));
        for edit in edits {
            for shop in &mut shops {
                edit.clone().of(shop);
            }
            let [one, other] = &shops;
            prop_assert_eq!(one.plan().digest(), other.plan().digest());
            prop_assert_eq!(one.text(), other.text());
            for shop in &mut shops {
                shop.run(&Course::whole());
            }
        }
    }
}
