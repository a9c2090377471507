//! Words that only one language has: no crate that stands alone may use them, in code or comments. What an embedder's language
//! wants of such a crate is said there in general terms, or above.
//!
//! Looked at are Rust files and manifests. A README may compare a crate with other implementations, and does so by name.
//! Every pattern is one that cannot mean anything else: "Go" counts within a sentence, not where a sentence begins ("Go on").

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use regex::RegexSet;

use super::{Problem, layers};

/// The words, as regular expressions over a line.
const WORDS: [&str; 12] = [
    // The language by its name: within a sentence, with a version, as an owner.
    r"[a-z0-9,;:(\x60\x22] Go\b",
    r"\bGo(?:'s| [0-9])",
    r"(?i)golang",
    // Its tasks.
    r"(?i)goroutine",
    r"\bgo(?:yield|park|ready|exit|pc|_pc|func|schedule)(?:_|\b)",
    // Its settings.
    r"\bGO(?:GC|DEBUG|MAXPROCS|MEMLIMIT|TRACEBACK|ROOT|ARCH)\b",
    // Its runtime's names.
    r"\x60(?:runtime\.[A-Za-z]{3}|(?:reflect|sync|syscall)\.[A-Z])",
    r"(?i)\b(?:mspan|mcache|mheap|mcentral|allgs?|sudog|hchan|hmap|itab|pclntab|moduledata|funcdata|pcdata)(?:_|\b)",
    r"(?i)\b(?:morestack|newstack|systemstack|asmcgocall|gcWriteBarrier|duffzero|duffcopy|typedmemmove)\b",
    r"(?i)\bcgo\b|_cgo_",
    r"//go:|go:linkname|go:nosplit",
    // Its assembler.
    r"(?i)\bplan ?9\b",
];

/// Every line of a crate that stands alone with such a word.
pub fn check(root: &Path) -> Result<Vec<Problem>> {
    let words = RegexSet::new(WORDS).context("the patterns")?;
    let mut problems = Vec::new();
    for entry in walkdir::WalkDir::new(root.join("crates")).sort_by_file_name().into_iter().flatten() {
        let path = entry.path().strip_prefix(root).unwrap_or(entry.path()).to_string_lossy().into_owned();
        let looked_at = path.ends_with(".rs") || path.ends_with("Cargo.toml");
        if !entry.file_type().is_file() || !looked_at || !layers::stands_alone(&path) {
            continue;
        }
        let text = fs::read_to_string(entry.path()).with_context(|| path.clone())?;
        problems.extend(found(&words, &path, &text));
    }
    Ok(problems)
}

fn found(words: &RegexSet, path: &str, text: &str) -> Vec<Problem> {
    let told = |line: &str| words.matches(line).iter().next();
    let lines = text.lines().enumerate().filter(|(_, line)| told(line).is_some());
    lines.map(|(n, line)| format!("{path}:{}: a crate below symtab knows no Go: {}", n + 1, line.trim())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(line: &str) -> bool {
        let words = RegexSet::new(WORDS).expect("the patterns");
        !found(&words, "crates/gc/src/x.rs", line).is_empty()
    }

    #[test]
    fn a_word_of_the_language_is_found() {
        for line in [
            "// as compiled Go expects it",
            "// what Go's linker does",
            "//! sizes of Go 1.21",
            "//! (Go 1.8)",
            "/// For a goroutine.",
            "fn go_pc() {}",
            "    pub goyield_on_g0: u8,",
            "/// `GOGC` percent",
            "// where `runtime.tlsg` is",
            "    pub mspan_inuse: u64,",
            "extern \"C\" fn morestack();",
            "description = \"channels as in Go\"",
            "// Plan 9 calls it so",
        ] {
            assert!(finds(line), "{line}");
        }
    }

    #[test]
    fn other_words_are_not() {
        for line in [
            "// Go on from here.",
            "/// Whether it may go on.",
            "    self.go(m, t)",
            "let sched = self.runtime.sched;",
            "// It goes to the end; going on is cheap.",
            "// ago, ergo, cargo, algorithm, category",
            "use std::sync::Mutex;",
            "//! - `runtime.rs`, `sync.rs`: files.",
            "fn ready() {}",
        ] {
            assert!(!finds(line), "{line}");
        }
    }

    #[test]
    fn crates_that_know_it_are_left_out_and_others_are_not() {
        let root = std::env::temp_dir().join(format!("goxide-words-{}", std::process::id()));
        for name in ["rt", "boot", "gc"] {
            let folder = root.join("crates").join(name).join("src");
            fs::create_dir_all(&folder).expect("a folder");
            fs::write(folder.join("lib.rs"), "//! A goroutine.\n").expect("a file");
        }
        let problems = check(&root).expect("files that can be read");
        fs::remove_dir_all(root).expect("our own folder");
        assert_eq!(problems, ["crates/gc/src/lib.rs:1: a crate below symtab knows no Go: //! A goroutine."]);
    }
}
