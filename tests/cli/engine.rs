//! Without a Docker Engine nothing local works, and the program says so at once.

use crate::folder::Folder;

#[test]
fn no_engine() {
    let folder = Folder::shop();
    let ran = folder.scf("deploy --target local");
    insta::assert_snapshot!(ran.text(), @"
    --- stderr
    error: the Docker Engine does not answer at unix:///nonexistent/docker.sock: its socket does not exist
    hint: start Docker (`sudo systemctl start docker`, or open Docker Desktop), or set DOCKER_HOST to the address that `docker context ls` shows
    --- exit code 8
    ");
    for command in ["plan", "remove", "info", "logs"] {
        let other = folder.scf(&format!("{command} --target local"));
        assert_eq!((other.code, &other.stderr), (8, &ran.stderr), "{command}");
    }
    let dev = folder.scf("dev");
    assert_eq!((dev.code, &dev.stderr), (8, &ran.stderr));
    assert!(!folder.has(".scf"), "nothing is left behind");
}

#[test]
fn an_address_that_is_none() {
    let folder = Folder::shop();
    let ran = folder.run(
        folder
            .command("plan --target local")
            .env("DOCKER_HOST", "carrier-pigeon://coop"),
    );
    insta::assert_snapshot!(ran.text(), @"
    --- stderr
    error: the Docker Engine could not be used at carrier-pigeon://coop: URI scheme is not supported: carrier-pigeon://coop
    hint: DOCKER_HOST may begin with unix://, tcp://, http:// or https://; for ssh:// forward the engine's socket (`ssh -L`) and point DOCKER_HOST at it
    --- exit code 8
    ");
}

#[test]
fn what_needs_no_engine_works_without_one() {
    let folder = Folder::shop();
    for command in ["validate", "schema", "--help", "--version"] {
        assert_eq!(folder.scf(command).code, 0, "{command}");
    }
}
