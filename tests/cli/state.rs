//! What a stage remembers is read as it was written, or refused.

use scf::state::{StageKey, State};

use crate::folder::Folder;

fn state() -> State {
    let key = StageKey::from_bytes(&[7; 32]);
    State::new("shop".parse().unwrap(), "dev".parse().unwrap(), key)
}

/// A deploy with this in the stage's folder.
fn deploy_with(file: &str, text: &str) -> String {
    let folder = Folder::shop().and_engine();
    let name = format!(".scf/dev/{file}");
    folder.write(&name, text);
    let ran = folder.scf("deploy --target local");
    assert_eq!(folder.read(&name), text, "it is left as it was");
    assert_eq!(folder.changes(), [""; 0]);
    assert!(
        file == "lease.json" || !folder.has(".scf/dev/lease.json"),
        "the lease is given back"
    );
    ran.text()
}

#[test]
fn a_state_of_another_format() {
    let text = String::from_utf8(state().to_json()).unwrap();
    let text = text.replace("\"v1\"", "\"v9\"");
    insta::assert_snapshot!(deploy_with("state.json", &text), @r#"
    --- stderr
    error: .scf/dev/state.json is not readable: it has format "v9", this release reads "v1"
    hint: use the release of scf that wrote it; or, if no run of the stage is active, remove .scf/dev/state.json: the next deploy rebuilds it from what is running
    --- exit code 1
    "#);
}

#[test]
fn a_state_that_is_none() {
    insta::assert_snapshot!(deploy_with("state.json", "not json"), @"
    --- stderr
    error: .scf/dev/state.json is not readable: expected ident at line 1 column 2
    hint: use the release of scf that wrote it; or, if no run of the stage is active, remove .scf/dev/state.json: the next deploy rebuilds it from what is running
    --- exit code 1
    ");
}

#[test]
fn a_document_of_the_edge_that_is_none() {
    insta::assert_snapshot!(deploy_with("edge.json", "{}"), @"
    --- stderr
    error: .scf/dev/edge.json is not readable: missing field `version` at line 1 column 2
    hint: use the release of scf that wrote it; or, if no run of the stage is active, remove .scf/dev/edge.json: the next deploy rebuilds it from what is running
    --- exit code 1
    ");
}

#[test]
fn a_lease_of_another_format() {
    let text = "{\"format\": \"v9\"}";
    insta::assert_snapshot!(deploy_with("lease.json", text), @r#"
    --- stderr
    error: .scf/dev/lease.json is not readable: it has format "v9"
    hint: use the release of scf that wrote it; or, if no run of the stage is active, remove .scf/dev/lease.json: the next deploy rebuilds it from what is running
    --- exit code 1
    "#);
}

#[test]
fn a_folder_that_cannot_be_made() {
    let folder = Folder::shop().and_engine();
    folder.write(".scf", "in the way");
    insta::assert_snapshot!(folder.scf("deploy --target local").text(), @"
    --- stderr
    error: cannot write .scf/dev: Not a directory (os error 20)
    hint: check the permissions of the folder and the space on its disk
    --- exit code 1
    ");
}
