//! What the config changes.

use crate::{
    fixture::{Shop, Wanted, api, web},
    order::read,
};

#[test]
fn a_first_deploy_makes_everything_and_publishes_last() {
    let (text, order) = read(&Shop::new());
    insta::assert_snapshot!(text, @"
    shop, stage dev, target local

      + network        scf-shop-dev
                       because: new
      + proxy          on localhost
                       because: not running
      + image.api      scf/shop-api:<api 1>
                       because: no image with this fingerprint
      + container.api  2 tasks of awsFargateEcs, 512 MiB, port 8080
                       because: new
      + image.web      scf/shop-web:<web 1>
                       because: no image with this fingerprint
      + container.web  1 task of awsLambda, 1024 MiB, port 8080
                       because: new
      + routes         2 routes
                       because: new

    Plan: 7 to create, 0 to change, 0 to destroy.
    Digest: <digest>
    ");
    insta::assert_snapshot!(order, @"
    container.api/healthy <- container.api/start
    container.api/start <- image.api/build, network/create, proxy/start
    container.api/switch <- container.api/healthy
    container.web/healthy <- container.web/start
    container.web/start <- image.web/build, network/create, proxy/start
    container.web/switch <- container.web/healthy
    image.api/build
    image.web/build
    network/create
    proxy/start
    routes/publish <- container.api/switch, container.web/switch, network/create, proxy/start
    ");
}

#[test]
fn nothing_changed_is_an_empty_plan() {
    let shop = Shop::deployed();
    let (text, order) = read(&shop);
    insta::assert_snapshot!(text, @"
    shop, stage dev, target local

    No changes: everything is deployed as configured.
    ");
    assert_eq!(order, "");
}

#[test]
fn another_image_is_rolled_out_beside_the_old_one() {
    let mut shop = Shop::deployed();
    shop.wants("api").sources = "api 2".into();
    let (text, order) = read(&shop);
    insta::assert_snapshot!(text, @"
    shop, stage dev, target local

      + image.api      scf/shop-api:<api 2>
                       because: no image with this fingerprint
      ~ container.api  2 tasks of awsFargateEcs, 512 MiB, port 8080
                       because: image changed

    Plan: 1 to create, 1 to change, 0 to destroy.
    Digest: <digest>
    ");
    insta::assert_snapshot!(order, @"
    container.api/drain <- container.api/switch
    container.api/healthy <- container.api/start
    container.api/remove <- container.api/drain
    container.api/start <- image.api/build
    container.api/switch <- container.api/healthy
    image.api/build
    ");
}

#[test]
fn an_image_that_is_there_already_is_not_built_again() {
    let mut shop = Shop::deployed();
    let mut before = Shop::new();
    before.wants("api").sources = "api 2".into();
    before.deploy();
    shop.have.images.extend(before.have.images);
    shop.wants("api").sources = "api 2".into();
    let (text, order) = read(&shop);
    insta::assert_snapshot!(text, @"
    shop, stage dev, target local

      ~ container.api  2 tasks of awsFargateEcs, 512 MiB, port 8080
                       because: image changed

    Plan: 0 to create, 1 to change, 0 to destroy.
    Digest: <digest>
    ");
    insta::assert_snapshot!(order, @"
    container.api/drain <- container.api/switch
    container.api/healthy <- container.api/start
    container.api/remove <- container.api/drain
    container.api/start
    container.api/switch <- container.api/healthy
    ");
}

#[test]
fn fields_are_shown_with_their_values_and_variables_by_name_only() {
    let mut shop = Shop::deployed();
    let api = shop.wants("api");
    *api = Wanted {
        port: 3000,
        health_path: "/api/ready".into(),
        cpu_millis: 500,
        memory_mib: 1024,
        ..api.clone()
    };
    api.environment
        .insert("TOKEN".into(), "correct horse".into());
    api.environment.insert("REGION".into(), "eu".into());
    let web = shop.wants("web");
    web.memory_mib = 2048;
    web.cpu_millis = 1157;
    web.timeout_seconds = 12;
    web.environment.clear();
    let (text, _) = read(&shop);
    insta::assert_snapshot!(text, @"
    shop, stage dev, target local

      ~ container.api  2 tasks of awsFargateEcs, 1024 MiB, port 3000
                       because: port changed: 8080 -> 3000; pathHealthCheck changed: /api/health -> /api/ready; cpu changed: 0.25 vCPU -> 0.5 vCPU; memory changed: 512 MiB -> 1024 MiB; environment added: REGION; environment changed: TOKEN
      ~ container.web  1 task of awsLambda, 2048 MiB, port 8080
                       because: memory changed: 1024 MiB -> 2048 MiB; timeout changed: 6 s -> 12 s; environment removed: SHOP_NAME

    Plan: 0 to create, 2 to change, 0 to destroy.
    Digest: <digest>
    ");
    for value in ["hunter2", "correct horse", "The Shop"] {
        assert!(!text.contains(value) && !format!("{:?}", shop.plan()).contains(value));
    }
}

#[test]
fn another_compute_is_switched_to_behind_the_same_route() {
    let mut shop = Shop::deployed();
    let web = web();
    *shop.wants("web") = Wanted {
        name: "web",
        pattern: web.pattern,
        health_path: web.health_path,
        sources: web.sources,
        environment: web.environment,
        tasks: 1,
        ..api()
    };
    let (text, order) = read(&shop);
    insta::assert_snapshot!(text, @"
    shop, stage dev, target local

      ~ container.web  1 task of awsFargateEcs, 512 MiB, port 8080
                       because: compute.type changed: awsLambda -> awsFargateEcs; cpu changed: 0.578 vCPU -> 0.25 vCPU; memory changed: 1024 MiB -> 512 MiB; timeout changed: 6 s -> 30 s

    Plan: 0 to create, 1 to change, 0 to destroy.
    Digest: <digest>
    ");
    insta::assert_snapshot!(order, @"
    container.web/drain <- container.web/switch
    container.web/healthy <- container.web/start
    container.web/remove <- container.web/drain
    container.web/start
    container.web/switch <- container.web/healthy
    ");
}

#[test]
fn scaling_up_starts_only_what_is_missing() {
    let mut shop = Shop::deployed();
    shop.wants("api").tasks = 3;
    let (text, order) = read(&shop);
    insta::assert_snapshot!(text, @"
    shop, stage dev, target local

      ~ container.api  3 tasks of awsFargateEcs, 512 MiB, port 8080
                       because: tasks changed: 2 -> 3

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
fn scaling_down_switches_before_the_surplus_drains() {
    let mut shop = Shop::deployed();
    shop.wants("api").tasks = 1;
    let (text, order) = read(&shop);
    insta::assert_snapshot!(text, @"
    shop, stage dev, target local

      ~ container.api  1 task of awsFargateEcs, 512 MiB, port 8080
                       because: tasks changed: 2 -> 1

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
fn a_container_that_left_the_config_goes_after_its_route() {
    let mut shop = Shop::deployed();
    shop.wanted.retain(|wanted| wanted.name != "api");
    let (text, order) = read(&shop);
    insta::assert_snapshot!(text, @"
    shop, stage dev, target local

      ~ routes         1 route
                       because: removed /api/*
      - container.api  2 tasks
                       because: no longer in the config

    Plan: 0 to create, 1 to change, 1 to destroy.
    Digest: <digest>
    ");
    insta::assert_snapshot!(order, @"
    container.api/drain <- routes/publish
    container.api/remove <- container.api/drain
    routes/publish
    ");
}

#[test]
fn a_new_container_is_routed_to_once_it_serves_and_others_are_left_alone() {
    let mut shop = Shop::deployed();
    shop.wanted.push(Wanted {
        name: "docs",
        pattern: "/docs/*".into(),
        health_path: "/docs/".into(),
        sources: "docs 1".into(),
        ..web()
    });
    let (text, order) = read(&shop);
    insta::assert_snapshot!(text, @"
    shop, stage dev, target local

      + image.docs      scf/shop-docs:<docs 1>
                        because: no image with this fingerprint
      + container.docs  1 task of awsLambda, 1024 MiB, port 8080
                        because: new
      ~ routes          3 routes
                        because: added /docs/*

    Plan: 2 to create, 1 to change, 0 to destroy.
    Digest: <digest>
    ");
    insta::assert_snapshot!(order, @"
    container.docs/healthy <- container.docs/start
    container.docs/start <- image.docs/build
    container.docs/switch <- container.docs/healthy
    image.docs/build
    routes/publish <- container.docs/switch
    ");
}

#[test]
fn a_renamed_container_serves_before_the_old_one_goes() {
    let mut shop = Shop::deployed();
    shop.wants("api").name = "backend";
    let (text, order) = read(&shop);
    insta::assert_snapshot!(text, @"
    shop, stage dev, target local

      + image.backend      scf/shop-backend:<api 1>
                           because: no image with this fingerprint
      + container.backend  2 tasks of awsFargateEcs, 512 MiB, port 8080
                           because: new
      ~ routes             2 routes
                           because: another container for /api/*
      - container.api      2 tasks
                           because: no longer in the config

    Plan: 2 to create, 1 to change, 1 to destroy.
    Digest: <digest>
    ");
    insta::assert_snapshot!(order, @"
    container.api/drain <- routes/publish
    container.api/remove <- container.api/drain
    container.backend/healthy <- container.backend/start
    container.backend/start <- image.backend/build
    container.backend/switch <- container.backend/healthy
    image.backend/build
    routes/publish <- container.backend/switch
    ");
}

#[test]
fn another_route_is_published_without_touching_tasks() {
    let mut shop = Shop::deployed();
    shop.wants("api").pattern = "/v2/*".into();
    shop.wants("web").domain = Some("shop.example".into());
    let (text, order) = read(&shop);
    insta::assert_snapshot!(text, @"
    shop, stage dev, target local

      ~ routes  2 routes
                because: added /v2/*; added shop.example/*; removed /api/*; removed /*

    Plan: 0 to create, 1 to change, 0 to destroy.
    Digest: <digest>
    ");
    insta::assert_snapshot!(order, @"routes/publish");
}

#[test]
fn force_rebuilds_and_replaces_every_container() {
    let mut shop = Shop::deployed();
    shop.force = true;
    let (text, order) = read(&shop);
    insta::assert_snapshot!(text, @"
    shop, stage dev, target local

      ~ image.api      scf/shop-api:<api 1>
                       because: forced
      ~ container.api  2 tasks of awsFargateEcs, 512 MiB, port 8080
                       because: forced
      ~ image.web      scf/shop-web:<web 1>
                       because: forced
      ~ container.web  1 task of awsLambda, 1024 MiB, port 8080
                       because: forced

    Plan: 0 to create, 4 to change, 0 to destroy.
    Digest: <digest>
    ");
    insta::assert_snapshot!(order, @"
    container.api/drain <- container.api/switch
    container.api/healthy <- container.api/start
    container.api/remove <- container.api/drain
    container.api/start <- image.api/build
    container.api/switch <- container.api/healthy
    container.web/drain <- container.web/switch
    container.web/healthy <- container.web/start
    container.web/remove <- container.web/drain
    container.web/start <- image.web/build
    container.web/switch <- container.web/healthy
    image.api/build
    image.web/build
    ");
}

#[test]
fn what_was_forced_is_deployed_as_it_is_when_it_is_not_forced_again() {
    let mut shop = Shop::deployed();
    shop.force = true;
    shop.deploy();
    shop.force = false;
    assert!(shop.plan().is_empty());
}
