//! Names of platforms. Rules: containerd's `platforms` package, which the engine follows.

/// Is an image of `built` (`os/arch`) what `wanted` (`os`, `arch`, `os/arch[/variant]`) asks for?
/// Variants are not compared: the engine leaves out the usual ones.
pub(super) fn is(wanted: &str, built: &str) -> bool {
    let built: Vec<String> = built.split('/').map(normal).collect();
    let wanted: Vec<String> = wanted.split('/').map(normal).collect();
    match &wanted[..] {
        [only] => built.contains(only),
        [os, architecture, ..] => built[..] == [os.clone(), architecture.clone()],
        [] => false,
    }
}

/// One spelling for each name: `uname -m` and Go's own are both in use.
fn normal(name: &str) -> String {
    match name.to_ascii_lowercase().as_str() {
        "x86_64" | "x86-64" => "amd64".to_owned(),
        "aarch64" => "arm64".to_owned(),
        "i386" => "386".to_owned(),
        "macos" => "darwin".to_owned(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::is;

    #[test]
    fn spellings_and_variants_of_a_platform_are_the_same() {
        for wanted in [
            "linux/arm64",
            "linux/arm64/v8",
            "Linux/aarch64",
            "arm64",
            "linux",
        ] {
            assert!(is(wanted, "linux/arm64"), "{wanted}");
        }
        for wanted in [
            "linux/amd64",
            "windows/arm64",
            "amd64",
            "windows",
            "linux/arm/v7",
        ] {
            assert!(!is(wanted, "linux/arm64"), "{wanted}");
        }
    }
}
