//! What is planned when reality is not what the last run left.

use crate::{
    fixture::{Shop, group, proxy_runs, running_tasks},
    order::read,
};

/// A shop whose `api` has old tasks that serve and new ones beside them.
fn between_two_images() -> Shop {
    let mut shop = Shop::deployed();
    shop.wants("api").sources = "api 2".into();
    let want = shop.desired();
    let (image, spec) = &want.containers[0];
    shop.have.images[0].tags.push(image.tag());
    let new = running_tasks(spec, &shop.key, "engine");
    shop.have.tasks.extend(new);
    shop
}

#[test]
fn a_task_that_was_stopped_outside_is_started_again() {
    let mut shop = Shop::deployed();
    let task = shop.tasks_of("api").remove(1);
    task.running = false;
    task.address = None;
    let (text, order) = read(&shop);
    insta::assert_snapshot!(text, @"
    shop, stage dev, target local

      ~ container.api  2 tasks of awsFargateEcs, 512 MiB, port 8080
                       because: changed outside: 1 of 2 tasks running

    Plan: 0 to create, 1 to change, 0 to destroy.
    Digest: <digest>
    ");
    insta::assert_snapshot!(order, @"
    container.api/healthy <- container.api/start
    container.api/start
    container.api/switch <- container.api/healthy
    ");
}

#[test]
fn tasks_that_were_removed_outside_are_made_again() {
    let mut shop = Shop::deployed();
    shop.have
        .tasks
        .retain(|task| task.container.as_str() != "api");
    let (text, order) = read(&shop);
    insta::assert_snapshot!(text, @"
    shop, stage dev, target local

      + container.api  2 tasks of awsFargateEcs, 512 MiB, port 8080
                       because: changed outside: its tasks are gone

    Plan: 1 to create, 0 to change, 0 to destroy.
    Digest: <digest>
    ");
    insta::assert_snapshot!(order, @"
    container.api/healthy <- container.api/start
    container.api/start
    container.api/switch <- container.api/healthy
    ");
}

#[test]
fn addresses_that_changed_outside_are_switched_to() {
    let mut shop = Shop::deployed();
    for task in shop.tasks_of("api") {
        task.address = Some("172.18.255.1".parse().unwrap());
    }
    let (text, order) = read(&shop);
    insta::assert_snapshot!(text, @"
    shop, stage dev, target local

      ~ container.api  2 tasks of awsFargateEcs, 512 MiB, port 8080
                       because: changed outside: the addresses of its tasks

    Plan: 0 to create, 1 to change, 0 to destroy.
    Digest: <digest>
    ");
    insta::assert_snapshot!(order, @"
    container.api/healthy
    container.api/switch <- container.api/healthy
    ");
}

#[test]
fn new_tasks_that_an_interrupted_run_started_are_adopted() {
    let (text, order) = read(&between_two_images());
    insta::assert_snapshot!(text, @"
    shop, stage dev, target local

      ~ container.api  2 tasks of awsFargateEcs, 512 MiB, port 8080
                       because: an earlier run was interrupted: tasks were started, but get no requests

    Plan: 0 to create, 1 to change, 0 to destroy.
    Digest: <digest>
    ");
    insta::assert_snapshot!(order, @"
    container.api/drain <- container.api/switch
    container.api/healthy
    container.api/remove <- container.api/drain
    container.api/switch <- container.api/healthy
    ");
}

#[test]
fn old_tasks_that_an_interrupted_run_left_are_drained_and_removed() {
    let mut shop = between_two_images();
    let want = shop.desired();
    let spec = &want.containers[0].1;
    let new = running_tasks(spec, &shop.key, "engine");
    let document = shop.have.document.as_mut().unwrap();
    document.groups.insert(spec.tid(), group(spec, &new));
    let (text, order) = read(&shop);
    insta::assert_snapshot!(text, @"
    shop, stage dev, target local

      ~ container.api  2 tasks of awsFargateEcs, 512 MiB, port 8080
                       because: an earlier run was interrupted: old tasks are still there

    Plan: 0 to create, 1 to change, 0 to destroy.
    Digest: <digest>
    ");
    insta::assert_snapshot!(order, @"
    container.api/drain
    container.api/remove <- container.api/drain
    ");
}

#[test]
fn a_route_that_an_interrupted_run_did_not_publish_is_published() {
    let mut shop = Shop::deployed();
    shop.have.document.as_mut().unwrap().routes.clear();
    let (text, order) = read(&shop);
    insta::assert_snapshot!(text, @"
    shop, stage dev, target local

      + routes  2 routes
                because: new

    Plan: 1 to create, 0 to change, 0 to destroy.
    Digest: <digest>
    ");
    insta::assert_snapshot!(order, @"routes/publish");
}

#[test]
fn a_task_whose_label_cannot_be_read_is_replaced() {
    let mut shop = Shop::deployed();
    let task = shop.tasks_of("web").remove(0);
    task.recorded = None;
    task.revision.0 = "00000000".into();
    let (text, _) = read(&shop);
    insta::assert_snapshot!(text, @"
    shop, stage dev, target local

      ~ container.web  1 task of awsLambda, 1024 MiB, port 8080
                       because: changed outside: its label is not readable

    Plan: 0 to create, 1 to change, 0 to destroy.
    Digest: <digest>
    ");
}

#[test]
fn an_image_that_was_removed_outside_is_built_again_and_its_tasks_stay() {
    let mut shop = Shop::deployed();
    shop.have.images.clear();
    let (text, order) = read(&shop);
    insta::assert_snapshot!(text, @"
    shop, stage dev, target local

      + image.api  scf/shop-api:<api 1>
                   because: no image with this fingerprint
      + image.web  scf/shop-web:<web 1>
                   because: no image with this fingerprint

    Plan: 2 to create, 0 to change, 0 to destroy.
    Digest: <digest>
    ");
    insta::assert_snapshot!(order, @"
    image.api/build
    image.web/build
    ");
}

#[test]
fn a_proxy_that_does_not_run_is_started_before_anything_is_switched() {
    let mut shop = Shop::deployed();
    shop.have.proxy = scf::resource::local::proxy::Observed::Absent;
    shop.wants("web").sources = "web 2".into();
    let (text, order) = read(&shop);
    insta::assert_snapshot!(text, @"
    shop, stage dev, target local

      + proxy          on localhost
                       because: not running
      + image.web      scf/shop-web:<web 2>
                       because: no image with this fingerprint
      ~ container.web  1 task of awsLambda, 1024 MiB, port 8080
                       because: image changed

    Plan: 2 to create, 1 to change, 0 to destroy.
    Digest: <digest>
    ");
    insta::assert_snapshot!(order, @"
    container.web/drain <- container.web/switch
    container.web/healthy <- container.web/start
    container.web/remove <- container.web/drain
    container.web/start <- image.web/build, proxy/start
    container.web/switch <- container.web/healthy
    image.web/build
    proxy/start
    ");
}

#[test]
fn a_proxy_of_another_build_is_replaced() {
    let mut shop = Shop::deployed();
    shop.have.proxy = proxy_runs(false, true);
    let (text, order) = read(&shop);
    insta::assert_snapshot!(text, @"
    shop, stage dev, target local

      ~ proxy  on localhost
               because: runs another build of scf

    Plan: 0 to create, 1 to change, 0 to destroy.
    Digest: <digest>
    ");
    insta::assert_snapshot!(order, @"proxy/start");
}

#[test]
fn a_proxy_with_an_old_table_reads_it_again() {
    let mut shop = Shop::deployed();
    shop.have.proxy = proxy_runs(true, false);
    let (text, order) = read(&shop);
    insta::assert_snapshot!(text, @"
    shop, stage dev, target local

      ~ proxy  on localhost
               because: an earlier run was interrupted: its table is old

    Plan: 0 to create, 1 to change, 0 to destroy.
    Digest: <digest>
    ");
    insta::assert_snapshot!(order, @"proxy/reload");
}

/// The proxy still serves the table that was lost on disk: it must not be told to serve none.
#[test]
fn a_lost_document_is_made_again_from_the_tasks_that_run() {
    let mut shop = Shop::deployed();
    shop.have.document = None;
    shop.have.proxy = proxy_runs(true, false);
    let (text, order) = read(&shop);
    insta::assert_snapshot!(text, @"
    shop, stage dev, target local

      ~ container.api  2 tasks of awsFargateEcs, 512 MiB, port 8080
                       because: an earlier run was interrupted: tasks were started, but get no requests
      ~ container.web  1 task of awsLambda, 1024 MiB, port 8080
                       because: an earlier run was interrupted: tasks were started, but get no requests
      + routes         2 routes
                       because: new

    Plan: 1 to create, 2 to change, 0 to destroy.
    Digest: <digest>
    ");
    insta::assert_snapshot!(order, @"
    container.api/healthy
    container.api/switch <- container.api/healthy
    container.web/healthy
    container.web/switch <- container.web/healthy
    routes/publish <- container.api/switch, container.web/switch
    ");
}

#[test]
fn inside_a_container_the_proxy_is_not_the_business_of_plans() {
    let mut shop = Shop::deployed();
    shop.have.proxy = scf::resource::local::proxy::Observed::Ambient;
    assert!(shop.plan().is_empty());
}
