//! What the exit codes of the lifecycle are told as.

use insta::assert_snapshot;
use scf::{
    error::Diagnose,
    image::buildpack::{BuildpackError, Meaning},
};

use crate::bed::Bed;

#[tokio::test]
async fn a_failed_build_shows_the_end_of_its_log_and_what_its_code_means() {
    let bed = Bed::new().await;
    bed.write("exit-code", "51");
    let error = bed.build().await.unwrap_err();
    assert_snapshot!(bed.shown(error), @"
    line 12
    line 13
    line 14
    line 15
    line 16
    line 17
    line 18
    line 19
    line 20
    line 21
    line 22
    line 23
    line 24
    line 25
    line 26
    line 27
    line 28
    line 29
    line 30
    line 31
    line 32
    line 33
    line 34
    line 35
    line 36
    line 37
    line 38
    line 39
    line 40
    line 41
    line 42
    line 43
    line 44
    line 45
    line 46
    line 47
    line 48
    line 49
    line 50
    line 51
    line 52
    line 53
    line 54
    line 55
    line 56
    line 57
    line 58
    line 59
    line 60
    ERROR: as the source wants
    error: image scf/app:tag failed to build with buildpacks: a buildpack failed (exit code 51)
    hint: the log above is that buildpack's; `--debug` shows all of it
    class: Build
    ");
}

#[test]
fn every_code_of_the_specification_has_its_words() {
    let codes = [
        1, 3, 10, 11, 12, 13, 19, 20, 21, 22, 30, 32, 42, 50, 51, 52, 62, 70, 82, 91, 137, 255,
    ];
    let told = codes.map(|code| {
        let failed = BuildpackError::Failed {
            tag: "app:1".to_owned(),
            code,
            meaning: Meaning::of(code),
            log_tail: Vec::new(),
        };
        format!("{failed}\n  {}", failed.hint().unwrap())
    });
    assert_snapshot!(told.join("\n"), @"
    image app:1 failed to build with buildpacks: the lifecycle failed (exit code 1)
      the log above says why; `--debug` shows all of it
    image app:1 failed to build with buildpacks: the lifecycle failed (exit code 3)
      the log above says why; `--debug` shows all of it
    image app:1 failed to build with buildpacks: the lifecycle failed (exit code 10)
      the log above says why; `--debug` shows all of it
    image app:1 failed to build with buildpacks: the lifecycle does not follow the platform API that its builder promises (exit code 11)
      use a newer builder (`build.builder`)
    image app:1 failed to build with buildpacks: a buildpack needs a Buildpack API that the lifecycle does not have (exit code 12)
      use a newer builder (`build.builder`)
    image app:1 failed to build with buildpacks: the lifecycle failed (exit code 13)
      the log above says why; `--debug` shows all of it
    image app:1 failed to build with buildpacks: the lifecycle failed (exit code 19)
      the log above says why; `--debug` shows all of it
    image app:1 failed to build with buildpacks: no buildpack of the builder recognises the source (exit code 20)
      add the file that its language is recognised by (package.json, requirements.txt, go.mod), name another builder (`build.builder`), or write a Dockerfile; check that `.dockerignore` does not leave the file out
    image app:1 failed to build with buildpacks: no buildpack recognises the source, and one of them failed while it looked (exit code 21)
      the log above says why; `--debug` shows all of it
    image app:1 failed to build with buildpacks: detection failed (exit code 22)
      the log above says why; `--debug` shows all of it
    image app:1 failed to build with buildpacks: the analysis of the previous image and the run image failed (exit code 30)
      the log above says why; `--debug` shows all of it
    image app:1 failed to build with buildpacks: the analysis of the previous image and the run image failed (exit code 32)
      the log above says why; `--debug` shows all of it
    image app:1 failed to build with buildpacks: layers of the last build could not be restored (exit code 42)
      remove the build cache (`docker volume rm`) if it stays so; its name begins with that of the image
    image app:1 failed to build with buildpacks: the build phase failed (exit code 50)
      the log above says why; `--debug` shows all of it
    image app:1 failed to build with buildpacks: a buildpack failed (exit code 51)
      the log above is that buildpack's; `--debug` shows all of it
    image app:1 failed to build with buildpacks: the build phase failed (exit code 52)
      the log above says why; `--debug` shows all of it
    image app:1 failed to build with buildpacks: the image could not be exported to the engine (exit code 62)
      check that the engine has room on its disk
    image app:1 failed to build with buildpacks: the builder ended with a code that the platform specification does not have (exit code 70)
      the log above says why; `--debug` shows all of it
    image app:1 failed to build with buildpacks: the builder ended with a code that the platform specification does not have (exit code 82)
      the log above says why; `--debug` shows all of it
    image app:1 failed to build with buildpacks: the builder ended with a code that the platform specification does not have (exit code 91)
      the log above says why; `--debug` shows all of it
    image app:1 failed to build with buildpacks: the build was killed (exit code 137)
      give the engine's machine more memory if nobody stopped it
    image app:1 failed to build with buildpacks: the builder ended with a code that the platform specification does not have (exit code 255)
      the log above says why; `--debug` shows all of it
    ");
}
