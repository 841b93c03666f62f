//! From wherever it starts and wherever it is cut off, a run that comes to its end leaves exactly
//! what is wanted; and no request is ever sent to a task that is being taken away.

use proptest::prelude::*;
use scf::{
    config::ComputeKind, plan::local::plan_removal, resource::local::proxy, state::StageKey,
};

use crate::{
    fixture::{Shop, Wanted, stack, stage, web},
    order::assert_lawful,
    simulation::{Course, Damage},
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

fn damage() -> impl Strategy<Value = Option<Damage>> {
    let index = 0_usize..8;
    prop_oneof![
        4 => Just(None),
        1 => index.clone().prop_map(|index| Some(Damage::StopTask(index))),
        1 => index.clone().prop_map(|index| Some(Damage::RemoveTask(index))),
        1 => index.prop_map(|index| Some(Damage::MoveTask(index))),
        1 => Just(Some(Damage::RemoveImages)),
        1 => Just(Some(Damage::KillProxy)),
        1 => Just(Some(Damage::LoseDocument)),
        1 => Just(Some(Damage::NewBuild)),
    ]
}

/// Exactly what is wanted, and nothing beside it.
fn assert_settled(shop: &mut Shop) {
    let plan = shop.replan();
    assert!(plan.is_empty(), "{}", shop.text());
    let wanted: u32 = shop.wanted.iter().map(|wanted| wanted.tasks).sum();
    assert_eq!(
        shop.have.tasks.len(),
        wanted as usize,
        "no task is left over"
    );
    assert!(shop.have.tasks.iter().all(|task| task.running));
    assert_eq!(
        shop.have.document.as_ref(),
        Some(&shop.served),
        "it is served"
    );
    assert_eq!(
        shop.served.groups.len(),
        shop.wanted.len(),
        "no group is left over"
    );
    let targets = shop.served.keys.keys().filter(|key| key.starts_with("t|"));
    assert_eq!(targets.count(), shop.wanted.len(), "no target is left over");
}

/// A change of the config, what happens outside meanwhile, and how far its run comes.
fn chapter() -> impl Strategy<Value = (Edit, Option<Damage>, Course)> {
    (edit(), damage(), course())
}

fn live(chapters: Vec<(Edit, Option<Damage>, Course)>) -> Shop {
    let mut shop = Shop::new();
    for (edit, damage, course) in chapters {
        edit.of(&mut shop);
        if let Some(damage) = damage {
            shop.suffer(&damage);
        }
        let plan = shop.replan();
        assert_lawful(&plan, &shop.have);
        shop.carry_out(&plan, &course);
    }
    shop
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn whatever_happened_a_whole_run_leaves_what_is_wanted(chapters in prop::collection::vec(chapter(), 1..6)) {
        let mut shop = live(chapters);
        prop_assert!(shop.run(&Course::whole()));
        shop.force = false;
        assert_settled(&mut shop);
    }

    #[test]
    fn a_removal_leaves_nothing_of_whatever_was_left(chapters in prop::collection::vec(chapter(), 1..4)) {
        let mut shop = live(chapters);
        let plan = plan_removal(&stack(), &stage(), &shop.have);
        assert_lawful(&plan, &shop.have);
        shop.wanted.clear();
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
            let [one, other] = &mut shops;
            prop_assert_eq!(one.replan().digest(), other.replan().digest());
            prop_assert_eq!(one.text(), other.text());
            for shop in &mut shops {
                shop.run(&Course::whole());
            }
        }
    }
}
