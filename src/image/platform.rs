//! Names of platforms. Rules: containerd's `platforms` package, which the engine follows.

/// Is an image of `built` (`os/arch[/variant]`) what `wanted` (`os`, `arch`,
/// `os/arch[/variant]`) asks for? A variant counts where it is asked for.
pub(super) fn is(wanted: &str, built: &str) -> bool {
    let any_variant = wanted.split('/').count() < 3;
    let (wanted, built) = (parts(wanted), parts(built));
    match &wanted[..] {
        [only] => built.contains(only),
        _ if any_variant => built.starts_with(&wanted),
        _ => wanted == built,
    }
}

/// One spelling for each name and variant: `uname -m` and Go's own are both in use, and the engine
/// leaves out the usual variants.
fn parts(platform: &str) -> Vec<String> {
    let mut parts: Vec<String> = platform.split('/').map(normal).collect();
    let usual = match parts.get(1).map(String::as_str) {
        Some("amd64") => "v1",
        Some("arm") => "v7",
        Some("arm64") => "v8",
        _ => return parts,
    };
    if parts.get(2).is_some_and(|variant| variant == usual) {
        parts.truncate(2);
    }
    parts
}

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
    fn spellings_of_a_platform_are_the_same() {
        for wanted in [
            "linux/arm64",
            "linux/arm64/v8",
            "Linux/aarch64",
            "arm64",
            "linux",
        ] {
            assert!(is(wanted, "linux/arm64"), "{wanted}");
            assert!(is(wanted, "linux/arm64/v8"), "{wanted}");
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

    #[test]
    fn a_variant_that_is_asked_for_counts() {
        assert!(is("linux/arm/v7", "linux/arm"));
        assert!(is("linux/arm/v6", "linux/arm/v6"));
        assert!(is("linux/arm", "linux/arm/v6"));
        assert!(!is("linux/arm/v6", "linux/arm"));
        assert!(!is("linux/arm/v6", "linux/arm/v7"));
        assert!(!is("linux/arm/v7", "linux/arm/v6"));
        assert!(!is("linux/amd64/v3", "linux/amd64"));
    }
}
