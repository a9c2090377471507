//! What the corpus is held against came from the official runtime: a difference that was accepted in a review, but
//! never recorded there, is Goxide's own opinion.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};

use super::Problem;
use crate::conformance::snapshot::OFFICIAL;

/// Snapshots that say another origin, or cannot be read.
pub fn check(root: &Path) -> Result<Vec<Problem>> {
    let directory = root.join("conformance/snapshots");
    let mut problems = Vec::new();
    for entry in fs::read_dir(&directory).with_context(|| format!("reading {}", directory.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "snap") {
            let snapshot = insta::Snapshot::from_file(&path).map_err(|e| anyhow!("{}: {e}", path.display()))?;
            problems.extend(origin(&path, snapshot.metadata().expression()));
        }
    }
    Ok(problems)
}

fn origin(path: &Path, said: Option<&str>) -> Option<Problem> {
    let advice = "cargo xtask conformance --bless records what Go does";
    (said != Some(OFFICIAL)).then(|| format!("{}: not from {OFFICIAL}: {advice}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_official_runtime_is_an_origin() {
        let path = Path::new("a.snap");
        assert_eq!(origin(path, Some(OFFICIAL)), None);
        assert!(origin(path, Some("goxide")).is_some());
        assert!(origin(path, None).is_some());
    }
}
