//! The digest of a plan, and its JSON.

use scf::{
    config::ComputeKind,
    plan::{Plan, Reason},
    report,
    resource::local::Step,
    state::StageKey,
};

use crate::fixture::Shop;

/// A shop with something to do of every kind.
fn busy() -> Shop {
    let mut shop = Shop::deployed();
    shop.wants("api").sources = "api 2".into();
    shop.wants("web").pattern = "/shop/*".into();
    shop
}

fn digest(shop: &Shop) -> String {
    shop.plan().digest().to_string()
}

#[test]
fn equal_inputs_of_two_machines_have_equal_digests() {
    let here = digest(&busy());

    let mut other_engine = Shop::new();
    other_engine.deploy_with_ids("another-engine");
    other_engine.wanted = busy().wanted;
    assert_eq!(digest(&other_engine), here, "ids of the engine");

    let mut other_key = Shop::new();
    other_key.key = StageKey::from_bytes(&[9; 32]);
    other_key.deploy();
    other_key.wanted = busy().wanted;
    assert_eq!(digest(&other_key), here, "the stage's key");

    let mut other_folder = busy();
    other_folder.folder = "/srv/elsewhere".into();
    assert_eq!(digest(&other_folder), here, "where the sources are");

    let mut other_addresses = busy();
    for (task, last) in other_addresses.tasks_of("api").into_iter().zip(1..) {
        task.address = Some([10, 0, 0, last].into());
    }
    assert_eq!(digest(&other_addresses), here, "addresses of tasks");
}

#[test]
fn reasons_are_no_part_of_the_digest() {
    let plan = busy().plan();
    let mut reworded = plan.clone();
    for change in &mut reworded.changes {
        change.reasons = vec![Reason::Follows("for another reason".into())];
    }
    assert_eq!(reworded.digest(), plan.digest());
}

#[test]
fn whatever_would_be_done_differently_has_another_digest() {
    type Change = fn(&mut Shop);
    let changes: [(&str, Change); 14] = [
        ("image", |shop| {
            shop.wants("api").sources = "api 3".into();
        }),
        ("port", |shop| {
            shop.wants("api").port = 3000;
        }),
        ("memory", |shop| {
            shop.wants("api").memory_mib = 1024;
        }),
        ("cpu", |shop| {
            shop.wants("api").cpu_millis = 500;
        }),
        ("timeout", |shop| {
            shop.wants("api").timeout_seconds = 31;
        }),
        ("compute", |shop| {
            shop.wants("api").compute = ComputeKind::AwsLambda;
        }),
        ("route", |shop| {
            shop.wants("api").pattern = "/v2/*".into();
        }),
        ("domain", |shop| {
            shop.wants("api").domain = Some("api.example".into());
        }),
        ("name of a variable", |shop| {
            let value = shop.wants("api").environment.remove("TOKEN").unwrap();
            shop.wants("api").environment.insert("SECRET".into(), value);
        }),
        ("number of tasks", |shop| {
            shop.wants("api").tasks = 3;
        }),
        ("health path", |shop| {
            shop.wants("api").health_path = "/ready".into();
        }),
        ("container", |shop| {
            shop.wanted.truncate(1);
        }),
        ("force", |shop| {
            shop.force = true;
        }),
        ("name of a container", |shop| {
            shop.wants("api").name = "backend";
        }),
    ];
    let mut seen = vec![("unchanged", digest(&busy()))];
    for (name, change) in changes {
        let mut shop = busy();
        change(&mut shop);
        let now = digest(&shop);
        for (other, before) in &seen {
            assert_ne!(now, *before, "{name} and {other} have one digest");
        }
        seen.push((name, now));
    }
}

#[test]
fn a_value_of_a_variable_is_no_part_of_the_digest() {
    let with = |value: &str| {
        let mut shop = busy();
        shop.wants("api")
            .environment
            .insert("TOKEN".into(), value.into());
        digest(&shop)
    };
    assert_eq!(with("one secret"), with("another secret"));
}

#[test]
fn nothing_to_do_has_one_digest_whatever_is_deployed() {
    let mut small = Shop::new();
    small.wanted.truncate(1);
    small.deploy();
    assert_eq!(digest(&small), digest(&Shop::deployed()));
}

#[test]
fn programs_read_the_same_plan() {
    let plan: Plan<Step> = busy().plan();
    let mut json = report::plan_json(&plan);
    assert_eq!(json["digest"], plan.digest().as_str());
    json["digest"] = "<digest>".into();
    let tag = json["changes"][0]["what"].take();
    assert!(tag.as_str().unwrap().starts_with("scf/shop-api:"));
    insta::assert_snapshot!(format!("{json:#}"), @r#"
    {
      "changes": [
        {
          "action": "create",
          "address": "image.api",
          "because": [
            "no image with this fingerprint"
          ],
          "what": null
        },
        {
          "action": "update",
          "address": "container.api",
          "because": [
            "image changed"
          ],
          "what": "2 tasks of awsFargateEcs, 512 MiB, port 8080"
        },
        {
          "action": "update",
          "address": "routes",
          "because": [
            "added /shop/*",
            "removed /*"
          ],
          "what": "2 routes"
        }
      ],
      "counts": {
        "add": 1,
        "change": 2,
        "destroy": 0
      },
      "digest": "<digest>",
      "format": "scf.plan/v1",
      "name": "shop",
      "stage": "dev",
      "target": "local"
    }
    "#);
}
