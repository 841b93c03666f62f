//! What the config says wrong ends every command before it looks at anything else.

use crate::{
    folder::{Folder, SHOP},
    seeds,
};

#[test]
fn no_config() {
    insta::assert_snapshot!(Folder::empty().scf("deploy --target local").text(), @"
    --- stderr
    error: no config file in .: looked for serverless.containers.yml and serverless.containers.yaml
    hint: run where the file is, or name it with `--config`
    --- exit code 2
    ");
}

#[test]
fn a_config_that_is_named_and_not_there() {
    let ran = Folder::empty().scf("validate --config sub/shop.yml");
    insta::assert_snapshot!(ran.text(), @"
    --- stderr
    error: cannot read the config file sub/shop.yml: No such file or directory (os error 2)
    hint: `--config` names a file, relative to this folder
    --- exit code 2
    ");
}

#[test]
fn a_config_that_is_a_folder() {
    let ran = Folder::shop().scf("validate --config web");
    insta::assert_snapshot!(ran.text(), @"
    --- stderr
    error: cannot read the config file web: Is a directory (os error 21)
    hint: `--config` names a file, relative to this folder
    --- exit code 2
    ");
}

#[test]
fn an_invalid_config_is_shown_with_all_its_errors() {
    let folder = Folder::with_config(
        "name: shop\ndeployment:\n  type: aws@2.0\ncontainers:\n  web:\n    scr: ./web\n    routing:\n      pathPattern: web\n",
    );
    insta::assert_snapshot!(folder.scf("validate").text(), @"
    --- stderr
    error: `deployment.type` has no such value
     --> serverless.containers.yml:3:9
      |
    3 |   type: aws@2.0
      |         ^^^^^^^ must be `aws@1.0` or `awsApi@1.0`
      |
      = help: did you mean `aws@1.0`?

    error: unknown key `scr`
     --> serverless.containers.yml:6:5
      |
    6 |     scr: ./web
      |     ^^^ `containers.web` has no such key
      |
      = help: did you mean `src`?

    error: `containers.web.routing.pathPattern` is malformed
     --> serverless.containers.yml:8:20
      |
    8 |       pathPattern: web
      |                    ^^^ must be a path that begins with `/`: at most 128 letters, digits and _ - . $ / ~ ' @ : + & * ?
    error: serverless.containers.yml has 3 errors
    hint: `scf schema` prints what may stand where; nothing was changed
    --- exit code 2
    ");
    let same = folder.scf("validate").stderr;
    for command in ["plan", "deploy"] {
        let ran = folder.scf(&format!("{command} --target local"));
        assert_eq!((ran.code, ran.stderr), (2, same.clone()), "{command}");
    }
    assert_eq!(folder.scf("dev").stderr, same);
    assert!(!folder.has(".scf"), "nothing is left behind");
}

#[test]
fn a_variable_that_is_not_set_is_named_and_others_are_not_shown() {
    let folder = Folder::with_config(&format!(
        "{SHOP}    environment:\n      TOKEN: ${{env:SHOP_TOKEN}}\n      KEY: ${{env:SHOP_KEY}}\n"
    ));
    let ran = folder.run(
        folder
            .command("validate")
            .env("SHOP_KEY", seeds::ENVIRONMENT),
    );
    insta::assert_snapshot!(ran.text(), @"
    --- stderr
    error: the environment variable `SHOP_TOKEN` is not set
      --> serverless.containers.yml:12:16
       |
    12 |       TOKEN: ${env:SHOP_TOKEN}
       |                ^^^^^^^^^^^^^^
       |
       = help: did you mean `${env:SHOP_KEY}`?
    error: serverless.containers.yml has 1 error
    hint: `scf schema` prints what may stand where; nothing was changed
    --- exit code 2
    ");
}

#[test]
fn aws_is_not_built_yet() {
    let folder = Folder::shop();
    let ran = folder.scf("deploy");
    insta::assert_snapshot!(ran.text(), @"
    --- stderr
    error: target aws is not built yet
    hint: give --target local
    --- exit code 2
    ");
    for command in ["plan", "remove", "info", "logs", "deploy --target aws"] {
        let other = folder.scf(command);
        assert_eq!((other.code, &other.stderr), (2, &ran.stderr), "{command}");
    }
}

#[test]
fn no_dockerfile_where_one_is_named() {
    let named = format!("{SHOP}    build: {{ dockerfile: Dockerfile }}\n");
    let folder = Folder::with_config(&named).and_engine();
    folder.write("web/main.py", "print()\n");
    insta::assert_snapshot!(folder.scf("deploy --target local").text(), @"
    --- stderr
    error: there is no Dockerfile at ./web/Dockerfile
    hint: write one there, set `build.dockerfile` (relative to the container's `src`), or give its text as `build.dockerFileString`; for a build with buildpacks, take out the keys of `build` that need a Dockerfile
    --- exit code 2
    ");
    assert_eq!(folder.changes(), [""; 0]);
}

#[test]
fn no_dockerfile_and_none_named() {
    let folder = Folder::with_config(SHOP).and_engine();
    folder.write("web/main.py", "print()\n");
    insta::assert_snapshot!(folder.scf("plan --target local").text(), @"
    --- stdout
    shop, stage dev, target local

      + network        scf-shop-dev
                       because: new
      + proxy          on localhost
                       because: not running
      + image.web      scf/shop-web:<fingerprint>, built with buildpacks of heroku/builder:24
                       because: no image with this fingerprint
      + container.web  1 task of awsLambda, 1024 MiB, port 8080
                       because: new
      + routes         1 route
                       because: new

    Plan: 5 to create, 0 to change, 0 to destroy.
    Digest: <digest>
    --- exit code 0
    ");
    assert_eq!(folder.changes(), [""; 0]);
}

#[test]
fn registry_auth_that_cannot_be_read_is_not_repeated() {
    let folder = Folder::with_config(SHOP);
    let ran = folder.scf("deploy --target local --registry-auth ghcr.io:hunter2");
    insta::assert_snapshot!(ran.text(), @"
    --- stderr
    error: registry-auth cannot be read: line 1 has no `=`
    hint: write one `registry=user:password` a line, a YAML list of `registry`, `username` and `password`, or the JSON of Docker's config.json with its `auths`
    --- exit code 2
    ");
}

#[test]
fn a_builder_and_what_needs_a_dockerfile_contradict_each_other() {
    let both = format!("{SHOP}    build: {{ target: prod, builder: Paketo }}\n");
    let folder = Folder::with_config(&both);
    insta::assert_snapshot!(folder.scf("validate").text(), @r#"
    --- stderr
    error: `containers.web.build.target` needs a Dockerfile
      --> serverless.containers.yml:11:14
       |
    11 |     build: { target: prod, builder: Paketo }
       |              ^^^^^^        ------- builds without one
       |              |
       |              for builds with a Dockerfile
       |
       = help: keep one of the two

    error: "Paketo" is not the name of an image: its repository may have only lower-case words, digits and single `.`, `_`, `-` between them
      --> serverless.containers.yml:11:37
       |
    11 |     build: { target: prod, builder: Paketo }
       |                                     ^^^^^^ an image is named like `heroku/builder:24`
    error: serverless.containers.yml has 2 errors
    hint: `scf schema` prints what may stand where; nothing was changed
    --- exit code 2
    "#);
}

#[test]
fn no_source_folder() {
    let folder = Folder::with_config(SHOP).and_engine();
    insta::assert_snapshot!(folder.scf("plan --target local").text(), @"
    --- stderr
    error: the build context ./web does not exist
    hint: `build.context` is a folder, relative to the container's `src`
    --- exit code 2
    ");
}

#[test]
fn a_compose_file_without_a_dockerfile_is_not_built_yet() {
    let folder = Folder::with_config(SHOP).and_engine();
    folder.write("web/docker-compose.yml", "services: {}\n");
    insta::assert_snapshot!(folder.scf("deploy --target local").text(), @"
    --- stderr
    error: valid but not built yet: ./web/docker-compose.yml
    hint: remove these keys; a Dockerfile can do without them
    --- exit code 2
    ");
    assert_eq!(folder.changes(), [""; 0]);
}

#[test]
fn a_path_is_relative_to_the_config_not_to_where_the_command_runs() {
    let folder = Folder::empty().and_engine();
    folder.write("sub/shop.yml", SHOP);
    folder.write("sub/web/Dockerfile", "FROM scratch\n");
    let ran = folder.scf("plan --target local --config sub/shop.yml");
    assert_eq!(ran.code, 0, "{}", ran.text());
    let ran = folder.run(
        folder
            .command("plan --target local")
            .env("SCF_CONFIG", "sub/shop.yml"),
    );
    assert_eq!(ran.code, 0, "{}", ran.text());
}
