//! The plan that leaves nothing of a stage.

use scf::{
    plan::{Plan, local::plan_removal},
    resource::local::{Step, proxy},
};

use crate::{
    fixture::{Shop, nothing, stack, stage, text},
    order::{assert_lawful, order},
};

fn removal(shop: &Shop) -> Plan<Step> {
    let plan = plan_removal(&stack(), &stage(), &shop.have);
    assert_lawful(&plan, &shop.have);
    plan
}

#[test]
fn a_stage_goes_from_the_proxy_to_the_network() {
    let plan = removal(&Shop::deployed());
    insta::assert_snapshot!(text(&plan), @"
    shop, stage dev, target local

      - proxy          on localhost
                       because: the stage is removed
      - container.api  2 tasks
                       because: the stage is removed
      - container.web  1 task
                       because: the stage is removed
      - network        scf-shop-dev
                       because: the stage is removed
      - images         2 local images that no other stage uses
                       because: the stage is removed

    Plan: 0 to create, 0 to change, 5 to destroy.
    Digest: <digest>
    ");
    insta::assert_snapshot!(order(&plan), @"
    container.api/remove <- proxy/stop
    container.web/remove <- proxy/stop
    images/remove <- container.api/remove, container.web/remove
    network/remove <- container.api/remove, container.web/remove
    proxy/stop
    ");
}

#[test]
fn what_is_left_of_a_stage_goes_too() {
    let mut shop = Shop::deployed();
    shop.have.proxy = proxy::Observed::Absent;
    shop.have.document = None;
    shop.have.tasks.truncate(1);
    shop.have.images.clear();
    let plan = removal(&shop);
    insta::assert_snapshot!(text(&plan), @"
    shop, stage dev, target local

      - container.api  1 task
                       because: the stage is removed
      - network        scf-shop-dev
                       because: the stage is removed

    Plan: 0 to create, 0 to change, 2 to destroy.
    Digest: <digest>
    ");
    insta::assert_snapshot!(order(&plan), @"
    container.api/remove
    network/remove <- container.api/remove
    ");
}

#[test]
fn a_stage_that_is_not_there_needs_no_removal() {
    let mut shop = Shop::deployed();
    shop.have = nothing();
    assert!(removal(&shop).is_empty());
}
