//! The secrets of all tests, and a record of all that the program says and leaves behind.
//!
//! A test that needs a secret takes one of [`SEEDS`]. Where `SCF_TEST_RECORDS` names a folder, what
//! the program printed and the files that it left are copied to it; `tests/secrets` searches them.
#![allow(dead_code)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
    sync::atomic::{AtomicU32, Ordering},
};

/// Folder of the record.
pub const RECORDS: &str = "SCF_TEST_RECORDS";

/// A value that Vault has. Characters that each encoding writes in its own way.
pub const VAULT: &str = "seed-vault +/=&%\"\\'é$end";
/// The token that Vault is asked with: what a header can hold.
pub const TOKEN: &str = "hvs.seed-token+/=&%\"\\'$end";
/// A sensitive output of Terraform.
pub const TERRAFORM: &str = "seed-terraform <b>{}|;~^\u{2028}end";
/// An environment variable of the run.
pub const ENVIRONMENT: &str = "seed-environment:?#[]@!$&'()*+,;=end";
/// A parameter of the command line.
pub const PARAMETER: &str = "seed-parameter \u{1f511}\u{7f}\tend";
/// A secret of a build.
pub const BUILD: &str = "seed-build`~!@#$^&*()-_=+end";

/// A password of a registry.
pub const REGISTRY: &str = "seed-registry?>>>~~~:/+&'end";

/// All of them, by name.
pub const SEEDS: [(&str, &str); 7] = [
    ("VAULT", VAULT),
    ("TOKEN", TOKEN),
    ("TERRAFORM", TERRAFORM),
    ("ENVIRONMENT", ENVIRONMENT),
    ("PARAMETER", PARAMETER),
    ("BUILD", BUILD),
    ("REGISTRY", REGISTRY),
];

/// Records what the program printed.
pub fn record(output: &Output) {
    record_bytes("stdout", &output.stdout);
    record_bytes("stderr", &output.stderr);
}

/// Records text that the program would print.
pub fn record_text(text: &str) {
    record_bytes("text", text.as_bytes());
}

/// Records the files of a folder, such as those of a stage's state.
pub fn record_files(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            record_files(&path);
        } else if let Ok(bytes) = fs::read(&path) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            record_bytes(&format!("file-{name}"), &bytes);
        }
    }
}

fn record_bytes(kind: &str, bytes: &[u8]) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let Some(records) = std::env::var_os(RECORDS).map(PathBuf::from) else {
        return;
    };
    let area = env!("CARGO_CRATE_NAME");
    let (process, count) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let path = records.join(format!("{area}-{process}-{count}-{kind}"));
    fs::write(&path, bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
