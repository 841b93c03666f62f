//! What CloudFront takes: size, and the subset of JavaScript that njs accepts.

use std::process::Command;

use scf::edge::{Entries, PreviewKey, ROUTER, Selection};

use super::support::{DEFAULT_HOST, entries, get, table, to, with_header};

/// CloudFront's quota for a function.
const MOST_BYTES: usize = 10 * 1024;

#[test]
fn the_function_fits() {
    assert!(ROUTER.len() < MOST_BYTES, "{} bytes", ROUTER.len());
    assert!(ROUTER.is_ascii());
}

#[test]
fn the_function_avoids_what_only_one_of_the_runtimes_takes() {
    let code: String = ROUTER
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    for word in [
        " of ",
        "class ",
        "...",
        "?.",
        "??",
        "async (",
        "eval",
        "Promise",
        "setTimeout",
        "console",
        ".then(",
        ".catch(",
    ] {
        assert!(!code.contains(word), "{word:?}");
    }
}

/// A stub of the module `cloudfront` over the given entries.
fn stub(entries: &Entries) -> String {
    let data: Vec<_> = entries
        .iter()
        .map(|(key, value)| format!("{key:?}: {value:?}"))
        .collect();
    format!(
        "const data = {{ {} }};
        let origin = null;
        async function get(key, options) {{
            if (data[key] === undefined) {{ throw new Error('KeyNotFound'); }}
            return options.format === 'json' ? JSON.parse(data[key]) : data[key];
        }}
        async function exists(key) {{ return data[key] !== undefined; }}
        export default {{
            kvs: function() {{ return {{ get: get, exists: exists }}; }},
            updateRequestOrigin: function(update) {{ origin = update; }},
            taken: function() {{ const taken = origin; origin = null; return taken; }},
        }};",
        data.join(",\n")
    )
}

/// Runs `script` after the function, with `stub` as the module `cloudfront`.
fn njs(stub: &str, script: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("cloudfront"), stub).unwrap();
    let file = folder.path().join("router.js");
    std::fs::write(&file, format!("{ROUTER}\n{script}")).unwrap();
    let output = Command::new("njs")
        .arg("-p")
        .arg(folder.path())
        .arg(&file)
        .output();
    let output = output.unwrap_or_else(|error| {
        panic!("njs cannot be run ({error}): install it with `apt-get install njs`")
    });
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success(),
        "njs refuses the function: {out}{err}"
    );
    out.into_owned()
}

#[test]
fn njs_accepts_the_function() {
    assert_eq!(njs(&stub(&Entries::default()), ""), "");
}

#[test]
fn njs_refuses_what_the_gate_is_for() {
    let gate = std::panic::catch_unwind(|| njs(&stub(&Entries::default()), "class Route {}"));
    assert!(gate.is_err());
}
