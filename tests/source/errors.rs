//! Errors are tested as the user sees them.

use insta::assert_snapshot;
use scf::source::{DockerfileSource, SourceError, read};

use crate::tree::{Tree, tar_bytes};

#[test]
fn a_missing_context() {
    let tree = Tree::new(&[]);
    let mut source = tree.source();
    source.context = tree.path("api");
    assert_snapshot!(tree.show(&read(&source).unwrap_err()), @r"
    the build context /context/api does not exist
    hint: `build.context` is a folder, relative to the container's `src`
    class: Config
    ");
}

#[test]
fn a_context_that_is_a_file() {
    let tree = Tree::new(&["api"]);
    let mut source = tree.source();
    source.context = tree.path("api");
    assert_snapshot!(tree.show(&read(&source).unwrap_err()), @r"
    the build context /context/api is not a folder
    hint: `build.context` is a folder, relative to the container's `src`
    class: Config
    ");
}

#[test]
fn a_missing_dockerfile() {
    let tree = Tree::new(&[]);
    std::fs::remove_file(tree.path("Dockerfile")).unwrap();
    assert_snapshot!(tree.show(&tree.error()), @"
    there is no Dockerfile at /context/Dockerfile
    hint: write one there, set `build.dockerfile` (relative to the container's `src`), or give its text as `build.dockerFileString`; for a build with buildpacks, take out the keys of `build` that need a Dockerfile
    class: Config
    ");
}

#[test]
fn a_dockerfile_that_is_a_folder() {
    let tree = Tree::new(&["docker/x"]);
    let mut source = tree.source();
    source.dockerfile = DockerfileSource::Path(tree.path("docker"));
    assert_snapshot!(tree.show(&read(&source).unwrap_err()), @r"
    the Dockerfile /context/docker is not a file
    hint: point `build.dockerfile` at the file itself
    class: Config
    ");
}

#[test]
fn a_malformed_pattern() {
    let tree = Tree::new(&[]);
    tree.write(".dockerignore", "# fine\na\n[b\n");
    assert_snapshot!(tree.show(&tree.error()), @r"
    line 3 of /context/.dockerignore is not a valid pattern: [b
    hint: close the `[`, or put a `\` before a character that is meant literally
    class: Config
    ");
}

#[test]
fn every_malformed_pattern_is_refused() {
    for pattern in ["[", "[]", "[a", "[a-]", "[-a]", "a\\", "!", "[\\"] {
        let tree = Tree::new(&[]);
        tree.write(".dockerignore", pattern);
        tree.error();
    }
}

#[test]
fn a_context_with_a_file_under_the_reserved_name() {
    let tree = Tree::new(&[".scf-action.Dockerfile"]);
    let mut source = tree.source();
    source.dockerfile = DockerfileSource::Inline("FROM scratch".to_owned());
    assert_snapshot!(tree.show(&read(&source).unwrap_err()), @r"
    the build context has a file named .scf-action.Dockerfile, which is reserved
    hint: rename the file or list it in `.dockerignore`: a Dockerfile that is inline or outside of the context is sent under this name
    class: Config
    ");
}

#[test]
fn a_file_that_changes_before_it_is_sent() {
    let tree = Tree::new(&["a"]);
    for changed in ["b", "", "longer"] {
        tree.write("a", "a");
        let contents = tree.read();
        tree.write("a", changed);
        let error = tar_bytes(&contents).unwrap_err().into_inner().unwrap();
        let error = error.downcast::<SourceError>().unwrap();
        assert!(
            matches!(*error, SourceError::Changed { .. }),
            "{changed:?}: {error:?}"
        );
    }
}

#[test]
fn a_file_that_is_gone_before_it_is_sent() {
    let tree = Tree::new(&["a"]);
    let contents = tree.read();
    std::fs::remove_file(tree.path("a")).unwrap();
    let error = tar_bytes(&contents)
        .unwrap_err()
        .into_inner()
        .unwrap()
        .downcast()
        .unwrap();
    assert_snapshot!(tree.show(&error), @r"
    /context/a changed while the build context was being sent
    hint: run again once nothing writes to the build context, or list the file in `.dockerignore`
    class: Build
    ");
}
