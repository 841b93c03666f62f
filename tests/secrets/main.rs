//! No output holds a secret, in any encoding: the check, what shows that it can fail, and what the
//! program says and writes when it is given secrets wherever they may be given.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]
// Shorter than a fold, and speed is no matter here.
#![allow(clippy::format_collect)]

mod planted;
mod product;
mod search;
#[path = "../support/seeds.rs"]
mod seeds;
#[path = "../support/server.rs"]
mod server;

use std::path::PathBuf;

/// Areas whose tests run the program: without what one of them said, the search proves nothing.
const AREAS: [&str; 3] = ["cli", "config", "e2e"];

/// `scripts/test` names the folder into which all tests have recorded what the program said; without
/// it, the program is run here and what that said is searched.
#[test]
fn no_output_holds_a_secret() {
    let own = tempfile::tempdir().unwrap();
    product::record_all(own.path());
    product::record_credentials(own.path());
    let mut folders = vec![own.path().to_owned()];
    if let Some(all) = std::env::var_os("SCF_SEARCH_RECORDS").map(PathBuf::from) {
        let files = std::fs::read_dir(&all).unwrap().flatten();
        let names: Vec<String> = files
            .map(|file| file.file_name().to_string_lossy().into_owned())
            .collect();
        for area in AREAS {
            let is_there = names
                .iter()
                .any(|name| name.starts_with(&format!("{area}-")));
            assert!(is_there, "no test of {area} has recorded anything");
        }
        folders.push(all);
    }
    for folder in folders {
        let leaks = search::folder(&folder, &seeds::SEEDS).unwrap();
        assert!(
            leaks.is_empty(),
            "secrets in {}: {leaks:#?}",
            folder.display()
        );
    }
}
