//! Values with variables in them, one a line, which may refer to one another.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "runtime.rs"]
mod runtime;

fuzz_target!(|bytes: &[u8]| runtime::holds(scf::fuzzing::variables(bytes)));
