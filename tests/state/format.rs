//! The frozen format `v1`.

use scf::state::{self, Objects, State};

use crate::support;

/// Written by release 0.1.0; must load for ever.
const RELEASED: &str = include_str!("v1-0.1.0.json");

#[test]
fn a_released_state_loads_and_is_written_back_unchanged() {
    let state = State::parse(RELEASED.as_bytes()).unwrap();
    assert_eq!(
        String::from_utf8(state.to_json()).unwrap().trim(),
        RELEASED.trim()
    );
}

#[test]
fn another_format_is_refused_not_guessed_at() {
    let other = RELEASED.replace("\"v1\"", "\"v2\"");
    insta::assert_snapshot!(State::parse(other.as_bytes()).unwrap_err(), @r#"it has format "v2", this release reads "v1""#);
}

#[test]
fn a_field_that_is_not_of_the_format_is_refused() {
    let extra = RELEASED.replacen("\"serial\"", "\"surprise\": 1, \"serial\"", 1);
    assert!(
        State::parse(extra.as_bytes())
            .unwrap_err()
            .starts_with("unknown field `surprise`")
    );
}

#[tokio::test]
async fn each_save_replaces_only_the_version_that_was_read() {
    let objects = support::MemoryObjects::default();
    let mut first = support::new_state();
    state::save(&objects, &mut first).await.unwrap();
    let mut second = state::load(&objects).await.unwrap().unwrap();
    state::save(&objects, &mut second).await.unwrap();
    assert!(matches!(
        state::save(&objects, &mut first).await,
        Err(state::StoreError::Conflict(_))
    ));
    let object = objects.get("state.json").await.unwrap().unwrap();
    assert_eq!(State::parse(&object.body).unwrap().serial, 2);
}
