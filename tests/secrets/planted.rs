//! The check fails when a secret is planted, whatever it is written as.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE},
};

use super::{product, search, seeds::SEEDS};

/// Ways in which a value is written, each made by other means than those that the search knows.
fn written(seed: &str) -> Vec<(&'static str, String)> {
    let json = serde_json::to_string(seed).unwrap();
    let ascii: String = seed
        .encode_utf16()
        .map(|unit| match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            _ => format!("\\u{unit:04X}"),
        })
        .collect();
    let percent = |kept: &str, upper: bool| -> String {
        let write = |byte: u8| match byte {
            byte if byte.is_ascii_alphanumeric() || kept.contains(char::from(byte)) => {
                char::from(byte).to_string()
            }
            byte if upper => format!("%{byte:02X}"),
            byte => format!("%{byte:02x}"),
        };
        seed.bytes().map(write).collect()
    };
    let form = percent("-_.*", true).replace("%20", "+");
    let entities = seed
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let wrapped: String = STANDARD
        .encode(format!("a longer text before {seed} and one after"))
        .as_bytes()
        .chunks(20)
        .map(|line| format!("{}\n", str::from_utf8(line).unwrap()))
        .collect();
    let mut ways = vec![
        ("raw", seed.to_owned()),
        ("JSON", json.clone()),
        ("JSON of JSON", serde_json::to_string(&json).unwrap()),
        ("JSON in ASCII", ascii),
        ("Debug", format!("{seed:?}")),
        ("Debug of Debug", format!("{:?}", format!("{seed:?}"))),
        ("component of a URL", percent("-_.~", true)),
        ("component of a URL, lower-case", percent("-_.~", false)),
        ("path of a URL", percent("-_.~!$&'()*+,;=:@/", true)),
        ("every byte of a URL", percent("", true)),
        ("form", form),
        (
            "URL in JSON",
            serde_json::to_string(&percent("-_.~", true)).unwrap(),
        ),
        ("shell", format!("'{}'", seed.replace('\'', "'\\''"))),
        (
            "shell, double quotes",
            format!("'{}'", seed.replace('\'', "'\"'\"'")),
        ),
        (
            "HTML",
            entities.replace('"', "&quot;").replace('\'', "&#39;"),
        ),
        (
            "hexadecimal",
            seed.bytes().map(|byte| format!("{byte:02x}")).collect(),
        ),
        ("wrapped base64", wrapped),
    ];
    for before in ["", "u", "u:", "ci:"] {
        for after in ["", "!", "!?"] {
            let text = format!("{before}{seed}{after}");
            ways.push(("base64", STANDARD.encode(&text)));
            ways.push((
                "base64 without padding",
                STANDARD.encode(&text).replace('=', ""),
            ));
            ways.push(("base64 of URLs", URL_SAFE.encode(&text)));
            ways.push((
                "base64 of URLs without padding",
                URL_SAFE.encode(&text).replace('=', ""),
            ));
        }
    }
    ways
}

#[test]
fn each_way_of_writing_a_secret_is_found() {
    for (name, seed) in SEEDS {
        for (way, text) in written(seed) {
            let said = format!("error: cannot read it\n{text}\nhint: try again\n");
            let found = search::bytes_with(said.as_bytes(), &SEEDS);
            assert_eq!(
                found.into_iter().collect::<Vec<_>>(),
                [name],
                "{way}: {text}"
            );
        }
    }
}

#[test]
fn what_is_no_secret_is_not_taken_for_one() {
    for text in [
        "",
        "seed-vault",
        "hvs.seed-token",
        "error: `***` is malformed",
        "%zz \\u{zz} \\uD83D \\ %",
        &STANDARD.encode("seed-vault, but another one"),
    ] {
        let found = search::bytes_with(text.as_bytes(), &SEEDS);
        assert!(found.is_empty(), "{text}: {found:?}");
    }
}

#[test]
fn a_secret_that_the_program_prints_makes_the_check_fail() {
    let folder = tempfile::tempdir().unwrap();
    product::record_planted(folder.path());
    let leaks = search::folder(folder.path(), &SEEDS).unwrap();
    let seeds: Vec<&str> = leaks.iter().map(|leak| leak.seed).collect();
    assert_eq!(seeds, ["ENVIRONMENT", "ENVIRONMENT"], "{leaks:#?}");
}

#[test]
fn a_check_of_nothing_fails() {
    let folder = tempfile::tempdir().unwrap();
    let empty = || search::folder(folder.path(), &SEEDS).unwrap_err();
    assert!(empty().ends_with("nothing was recorded"));
    std::fs::write(folder.path().join("cli-1-0-stdout"), "").unwrap();
    assert!(empty().ends_with("nothing was recorded"));
    let missing = folder.path().join("missing");
    assert!(search::folder(&missing, &SEEDS).is_err());
}
