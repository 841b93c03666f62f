//! A whole config file: bytes to a config, or to errors that have a place and hold no secret.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "runtime.rs"]
mod runtime;

fuzz_target!(|bytes: &[u8]| runtime::holds(scf::fuzzing::config(bytes)));
