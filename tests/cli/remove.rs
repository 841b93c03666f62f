//! A stage can be removed, and looked at, whatever has become of the rest of its config.

use crate::{
    fake_engine::TASK,
    folder::{Folder, SHOP},
};

/// Variables that cannot be resolved any more, keys that are none, keys that are not built.
fn broken() -> String {
    format!(
        "{SHOP}    environment:
      TOKEN: ${{env:MISSING}}
      PASSWORD: ${{vault:secret/data/shop/password}}
      STACK: ${{self:name}}
      SLIP: ${{env:MISSING
    build:
      ssh: [default]
      ags: {{}}
stages:
  dev:
    resolvers:
      vault: {{ type: vault, address: 'http://127.0.0.1:1' }}
    params:
      stack: ${{env:STACK, 'shop'}}
"
    )
}

#[test]
fn a_config_whose_variables_have_no_values_is_removable() {
    let folder = Folder::with_config(&broken()).and_engine();
    let refused = folder.scf("deploy --target local");
    assert_eq!(refused.code, 2, "{}", refused.text());
    insta::assert_snapshot!(folder.scf("remove --target local").text(), @"
    --- stdout
    shop, stage dev: nothing of it is here.

    shop, stage dev is removed.
    --- exit code 0
    ");
    assert!(!folder.has(".scf"), "nothing is left behind");
}

#[test]
fn it_can_be_looked_at_too() {
    let folder = Folder::with_config(&broken()).and_tasks(TASK);
    let info = folder.scf("info --target local");
    assert_eq!(info.code, 0, "{}", info.text());
    let logs = folder.scf("logs --target local");
    assert_eq!((logs.code, logs.stderr.as_str()), (0, ""));
}

#[test]
fn the_name_may_come_from_what_else_the_file_says() {
    let text = broken().replace("name: shop", "name: ${param:stack}");
    let folder = Folder::with_config(&text).and_engine();
    let removed = folder.run(
        folder
            .command("remove --target local")
            .env("STACK", "store"),
    );
    insta::assert_snapshot!(removed.text(), @"
    --- stdout
    store, stage dev: nothing of it is here.

    store, stage dev is removed.
    --- exit code 0
    ");
}

#[test]
fn without_a_name_there_is_nothing_to_remove() {
    let without = broken().replace("name: shop", "nmae: shop");
    insta::assert_snapshot!(
        Folder::with_config(&without)
            .scf("remove --target local")
            .text(), @"
    --- stderr
    error: missing key `name`
     --> serverless.containers.yml:1:1
      |
    1 | nmae: shop
      | ^ the file needs it
      |
      = help: for example `name: my-app`
    error: serverless.containers.yml has 1 error
    hint: `scf schema` prints what may stand where; nothing was changed
    --- exit code 2
    "
    );
    let missing = broken().replace("name: shop", "name: ${env:STACK}");
    insta::assert_snapshot!(
        Folder::with_config(&missing)
            .scf("remove --target local")
            .text(), @"
    --- stderr
    error: the environment variable `STACK` is not set
     --> serverless.containers.yml:1:9
      |
    1 | name: ${env:STACK}
      |         ^^^^^^^^^
      |
      = help: set it, or give a default: `${env:STACK, 'value'}`
    error: serverless.containers.yml has 1 error
    hint: `scf schema` prints what may stand where; nothing was changed
    --- exit code 2
    "
    );
    let malformed = broken().replace("name: shop", "name: my shop");
    insta::assert_snapshot!(
        Folder::with_config(&malformed)
            .scf("remove --target local")
            .text(), @"
    --- stderr
    error: `name` is malformed
     --> serverless.containers.yml:1:7
      |
    1 | name: my shop
      |       ^^^^^^^ must be 1 to 40 letters, digits, `-` and `_`, the first a letter or digit
    error: serverless.containers.yml has 1 error
    hint: `scf schema` prints what may stand where; nothing was changed
    --- exit code 2
    "
    );
}
