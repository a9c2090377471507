//! What the official runtime printed, kept beside the corpus as snapshots of the `insta` crate, which reads and writes
//! them. What differs is left beside its snapshot for `cargo insta review`. Here: which snapshot is a case's, and what
//! is in it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};

use super::case::Case;
use crate::arch::Arch;

/// Standard error in a snapshot starts after this line.
const STDERR: &str = "----- stderr -----\n";

/// What a recorded snapshot says of its origin; `cargo xtask tidy` wants it of all.
pub const OFFICIAL: &str = "official go1.21.13";

/// What a snapshot says that was made of a difference: right only once the official runtime does the same.
const OURS: &str = "goxide";

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
    /// The behaviour as text, which is also what diffs are made of. Snapshots keep neither white space at the end nor
    /// a carriage return at the end of a line, so the text has words for these.
    pub fn text(&self) -> String {
        let mut text = format!("exit: {}\n{}", self.exit, self.stdout);
        if let Some(stderr) = &self.stderr {
            if !text.ends_with('\n') {
                text.push_str("\n(no newline at end)\n");
            }
            text.push_str(STDERR);
            text.push_str(stderr);
        }
        if !text.ends_with('\n') {
            text.push_str("\n(no newline at end)\n");
        } else if text.trim_end().len() + 1 < text.len() {
            text.push_str("(end)\n");
        }
        text.replace("\r\n", "\u{240d}\n")
    }
}

/// The snapshot of a case: one for all architectures, or one for this alone.
fn name(case: &Case, arch: Option<Arch>) -> String {
    arch.map_or_else(|| case.name.clone(), |arch| format!("{}@{arch}", case.name))
}

fn directory(corpus: &Path) -> PathBuf {
    corpus.join("snapshots")
}

fn file(corpus: &Path, name: &str) -> PathBuf {
    directory(corpus).join(format!("{}.snap", name.replace('/', "__")))
}

/// Where `insta` puts what differs from a snapshot.
fn pending(corpus: &Path, name: &str) -> PathBuf {
    file(corpus, name).with_extension("snap.new")
}

/// What a snapshot holds, if it is there.
fn contents(corpus: &Path, name: &str) -> Option<String> {
    let snapshot = insta::Snapshot::from_file(&file(corpus, name)).ok()?;
    snapshot.as_text().map(|text| format!("{text}\n"))
}

/// The recorded text for a case, when there is one.
pub fn read(corpus: &Path, case: &Case, arch: Arch) -> Option<String> {
    contents(corpus, &name(case, Some(arch))).or_else(|| contents(corpus, &name(case, None)))
}

/// Says to `insta`, which takes its settings from the environment, what it is used for here: it reports to us, so it
/// neither prints nor panics. While cases are judged nothing recorded is replaced, whatever the environment wants.
/// `INSTA_UPDATE=no` leaves no files for a review, and `INSTA_UPDATE=new` has what is to be recorded reviewed first.
pub fn configure(recording: bool) {
    let update = match (env::var("INSTA_UPDATE").as_deref(), recording) {
        (Ok("no"), false) => "no",
        (Ok("new"), true) | (_, false) => "new",
        _ => "always",
    };
    for (key, value) in [("INSTA_FORCE_PASS", "1"), ("INSTA_OUTPUT", "none"), ("INSTA_UPDATE", update)] {
        // SAFETY: this is called before the cases are distributed to threads; those of earlier commands have been joined.
        unsafe { env::set_var(key, value) };
    }
}

/// What became of a text.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is what was recorded.
    Same,
    /// It is recorded now.
    Recorded,
    /// It waits for `cargo insta review`.
    Pending,
}

/// Has `insta` hold a text against a snapshot, and do with a difference what `configure` says.
fn hold(corpus: &Path, case: &Case, name: &str, text: &str, origin: &str) -> Outcome {
    let pending = pending(corpus, name);
    let _ = fs::remove_file(&pending);
    if contents(corpus, name).is_some_and(|recorded| recorded == text) {
        return Outcome::Same;
    }
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(directory(corpus));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_input_file(corpus.join(format!("{}.go", case.name)));
    settings.bind(|| insta::assert_snapshot!(name, text, origin));
    if pending.exists() { Outcome::Pending } else { Outcome::Recorded }
}

/// Leaves what Goxide does for a review: beside the snapshot that the case was held against, or as one for its architecture.
pub fn differs(corpus: &Path, case: &Case, arch: Arch, text: &str) {
    let own = name(case, Some(arch));
    let is_common = arch == Arch::Amd64 && !file(corpus, &own).exists();
    hold(corpus, case, &if is_common { name(case, None) } else { own }, text, OURS);
}

/// Removes what an earlier run left for a review.
pub fn passes(corpus: &Path, case: &Case, arch: Arch) {
    for name in [name(case, None), name(case, Some(arch))] {
        let _ = fs::remove_file(pending(corpus, &name));
    }
}

/// Records a text for a case. A text that only one architecture gives is kept for that architecture alone.
pub fn write(corpus: &Path, case: &Case, arch: Arch, text: &str) -> Result<Outcome> {
    let (common, own) = (name(case, None), name(case, Some(arch)));
    let is_common = arch == Arch::Amd64 || contents(corpus, &common).is_none_or(|recorded| recorded == text);
    if is_common {
        let _ = fs::remove_file(file(corpus, &own));
    }
    let target = if is_common { common } else { own };
    let outcome = hold(corpus, case, &target, text, OFFICIAL);
    if outcome == Outcome::Recorded && contents(corpus, &target).as_deref() != Some(text) {
        return Err(anyhow!("{} does not keep what was recorded in it", file(corpus, &target).display()));
    }
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(stdout: &str, stderr: Option<&str>) -> String {
        Behaviour { exit: "0".into(), stdout: stdout.into(), stderr: stderr.map(String::from) }.text()
    }

    #[test]
    fn what_the_format_drops_shows() {
        for stderr in [None, Some(""), Some("b\n")] {
            let endings = ["a", "a\n", "a \n", "a\n\n", "a\n\n\n", "a\r\n"].map(|stdout| text(stdout, stderr));
            let distinct: std::collections::BTreeSet<_> = endings.iter().collect();
            assert_eq!(distinct.len(), endings.len(), "{endings:?}");
        }
    }

    #[test]
    fn a_difference_is_left_for_review_and_a_record_is_kept() {
        let corpus = env::temp_dir().join(format!("goxide-snapshots-{}", std::process::id()));
        fs::create_dir_all(&corpus).expect("a directory");
        fs::write(corpus.join("a.go"), "// A case.\npackage main\n\nfunc main() {}\n").expect("a program");
        let case = super::super::case::find(&corpus).expect("a corpus").remove(0);
        let arch = Arch::Amd64;
        configure(false);
        for wanted in [text("a\n---\nb\n", None), text("a \n\n", None), text("\r\n", Some("no end"))] {
            // Nothing is recorded while cases are judged.
            differs(&corpus, &case, arch, &wanted);
            let waiting = pending(&corpus, &case.name);
            assert!(waiting.exists());
            assert_eq!(read(&corpus, &case, arch), None);
            // What `cargo insta accept` does.
            fs::rename(&waiting, file(&corpus, &case.name)).expect("renamed");
            assert_eq!(read(&corpus, &case, arch).as_ref(), Some(&wanted));
            assert_eq!(write(&corpus, &case, arch, &wanted).expect("held"), Outcome::Same);
            // Another architecture's difference is its own.
            differs(&corpus, &case, Arch::Arm64, "exit: 1\n");
            let own = pending(&corpus, &name(&case, Some(Arch::Arm64)));
            assert!(own.exists() && !waiting.exists());
            passes(&corpus, &case, Arch::Arm64);
            assert!(!own.exists());
            fs::remove_file(file(&corpus, &case.name)).expect("removed");
        }
        fs::remove_dir_all(&corpus).expect("removed");
    }
}
