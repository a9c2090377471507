//! Every snapshot is a program's. That this test is here also has `cargo insta review` look for what differs in this
//! directory: it searches where a package has targets. What the snapshots hold is judged by `cargo xtask conformance`.

use std::fs;
use std::path::Path;

#[test]
fn every_snapshot_has_its_program() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance");
    let mut orphans = Vec::new();
    for entry in fs::read_dir(corpus.join("snapshots")).expect("a directory of snapshots") {
        let name = entry.expect("an entry").file_name().into_string().expect("a name in UTF-8");
        let Some(stem) = name.strip_suffix(".snap") else { continue };
        // A snapshot of one architecture is called case@arch.
        let case = stem.split('@').next().unwrap_or(stem).replace("__", "/");
        if !corpus.join(format!("{case}.go")).exists() && !corpus.join(&case).is_dir() {
            orphans.push(name);
        }
    }
    assert!(orphans.is_empty(), "no programs for {orphans:?}");
}
