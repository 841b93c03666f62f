//! An ignore file, an empty line, and paths that it judges.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Err(broken) = scf::fuzzing::dockerignore(bytes) {
        panic!("{broken}");
    }
});
