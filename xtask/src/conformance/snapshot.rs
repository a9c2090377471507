//! What the official runtime printed, kept beside the corpus in the file format of
//! the `insta` crate: metadata between two `---` lines, then the contents.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::case::Case;
use crate::arch::Arch;

/// Standard error in a snapshot starts after this line.
const STDERR: &str = "----- stderr -----\n";

/// Normalised behaviour of a program: what snapshots hold and runs are compared by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// How it ended.
    pub exit: String,
    /// What it printed.
    pub stdout: String,
    /// What it complained, where that counts.
    pub stderr: Option<String>,
}

impl Behaviour {
    /// The behaviour as text, which is also what diffs are made of.
    pub fn text(&self) -> String {
        let mut text = format!("exit: {}\n{}", self.exit, self.stdout);
        if let Some(stderr) = &self.stderr {
            if !text.ends_with('\n') {
                text.push_str("\n(no newline at end)\n");
            }
            text.push_str(STDERR);
            text.push_str(stderr);
        }
        text
    }
}

/// Where the snapshot of a case is: one for all architectures, or one for this alone.
fn file(corpus: &Path, case: &Case, arch: Option<Arch>) -> PathBuf {
    let suffix = arch.map_or_else(String::new, |a| format!("@{a}"));
    corpus.join("snapshots").join(format!("{}{suffix}.snap", case.name.replace('/', "__")))
}

/// The recorded text for a case, when there is one.
pub fn read(corpus: &Path, case: &Case, arch: Arch) -> Option<String> {
    let own = fs::read_to_string(file(corpus, case, Some(arch)));
    let snapshot = own.or_else(|_| fs::read_to_string(file(corpus, case, None))).ok()?;
    contents(&snapshot).map(str::to_string)
}

/// What follows the metadata.
fn contents(snapshot: &str) -> Option<&str> {
    snapshot.strip_prefix("---\n")?.split_once("\n---\n").map(|(_, contents)| contents)
}

/// Records a text for a case. Returns whether that changed anything. A text that only
/// one architecture gives is kept for that architecture alone.
pub fn write(corpus: &Path, case: &Case, arch: Arch, text: &str) -> Result<bool> {
    let common = file(corpus, case, None);
    let recorded = fs::read_to_string(&common).ok();
    let own = file(corpus, case, Some(arch));
    let is_common = arch == Arch::Amd64 || recorded.as_deref().and_then(contents).is_none_or(|c| c == text);
    if is_common {
        let _ = fs::remove_file(&own);
    }
    let target = if is_common { common } else { own };
    let snapshot = format!("---\nsource: conformance/{}.go\nexpression: official go1.21.13\n---\n{text}", case.name);
    if fs::read_to_string(&target).is_ok_and(|old| old == snapshot) {
        return Ok(false);
    }
    fs::create_dir_all(target.parent().expect("snapshots have a directory"))?;
    fs::write(&target, snapshot).with_context(|| format!("writing {}", target.display()))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_may_hold_the_separator() {
        let snapshot = "---\nsource: a\n---\nexit: 0\na\n---\nb\n";
        assert_eq!(contents(snapshot), Some("exit: 0\na\n---\nb\n"));
    }

    #[test]
    fn a_missing_newline_shows() {
        let with = |stdout: &str| Behaviour { exit: "0".into(), stdout: stdout.into(), stderr: Some(String::new()) };
        assert_ne!(with("a").text(), with("a\n").text());
    }
}
