//! What tasks printed, for people and for programs.

use crate::{fake_engine::TASK, folder::Folder};

#[test]
fn lines_have_the_name_of_their_task() {
    let folder = Folder::shop().and_tasks(TASK);
    insta::assert_snapshot!(folder.scf("logs --target local").text(), @r#"
    --- stdout
    web.0 | listening
    web.0 | GET /
    web.0 | not "ok"
    --- exit code 0
    "#);
}

#[test]
fn as_json_each_line_is_a_document() {
    let folder = Folder::shop().and_tasks(TASK);
    insta::assert_snapshot!(folder.scf("logs --target local --output json").text(), @r#"
    --- stdout
    {"container":"web","line":"listening","stream":"stdout","task":0}
    {"container":"web","line":"GET /","stream":"stdout","task":0}
    {"container":"web","line":"not \"ok\"","stream":"stderr","task":0}
    --- exit code 0
    "#);
}

#[test]
fn a_container_that_is_not_deployed_is_refused_with_those_that_are() {
    let folder = Folder::shop().and_tasks(TASK);
    insta::assert_snapshot!(folder.scf("logs --target local --container wbe").text(), @r#"
    --- stderr
    error: no container "wbe" is deployed
    hint: deployed are: web
    --- exit code 2
    "#);
}
