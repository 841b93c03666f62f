//! What the fuzzer has found, and the fewest inputs that reach all that it reached: the laws hold for
//! each of them.

use std::{fs, path::Path};

/// The inputs of a target, by file name.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let files = fs::read_dir(folder).unwrap().map(|entry| {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        (name, fs::read(entry.path()).unwrap())
    });
    let files: Vec<_> = files.collect();
    assert!(files.len() > 5, "{target}: {} inputs", files.len());
    files
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(future)
}

#[test]
fn any_file_is_read_or_refused_without_a_secret() {
    for (name, input) in corpus("config") {
        let law = wait(scf::fuzzing::config(&input));
        assert_eq!(law, Ok(()), "{name}");
    }
}

#[test]
fn any_values_are_resolved_or_refused_without_a_secret() {
    for (name, input) in corpus("variables") {
        let law = wait(scf::fuzzing::variables(&input));
        assert_eq!(law, Ok(()), "{name}");
    }
}

#[test]
fn no_file_that_is_sent_is_below_a_folder_that_is_left_out() {
    for (name, input) in corpus("dockerignore") {
        let law = scf::fuzzing::dockerignore(&input);
        assert_eq!(law, Ok(()), "{name}");
    }
}
