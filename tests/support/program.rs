//! Static programs for images `FROM scratch`, compiled from a text by the compiler of this build.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Compiles `source`, unless that was done before: a program is named by its text.
pub fn static_program(name: &str, source: &str) -> PathBuf {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    source.hash(&mut hasher);
    let file = format!("{name}-{:016x}", hasher.finish());
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(file);
    if program.exists() {
        return program;
    }
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("main.rs");
    fs::write(&text, source).unwrap();
    let compiler = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let mut command = Command::new(compiler);
    command.args([
        "--edition=2024",
        "-Ctarget-feature=+crt-static",
        "-Cstrip=symbols",
        "-Copt-level=1",
    ]);
    command
        .arg("-o")
        .arg(folder.path().join("program"))
        .arg(&text);
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // Another test may be at the same: whoever is last leaves the same file.
    let begun = tempfile::NamedTempFile::new_in(program.parent().unwrap()).unwrap();
    fs::copy(folder.path().join("program"), begun.path()).unwrap();
    begun.persist(&program).unwrap();
    program
}
