//! The model checkers' runs. Their crates must be compiled with another `--cfg`, so they are started here as commands of their
//! own, in a target directory of their own. The models themselves are in the crates: in `tests/loom.rs` or `tests/shuttle.rs`, or in
//! modules of the library that are `cfg(all(test, loom))`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The models of one crate under one checker.
struct Models {
    cfg: &'static str,
    krate: &'static str,
    /// What to build and, after it, the names to run.
    what: &'static [&'static str],
}

const SYS: Models = Models { cfg: "loom", krate: "sys", what: &["--lib"] };
const ALLOC: Models = Models { cfg: "loom", krate: "alloc", what: &["--lib", "loom_tests"] };
const GC: Models = Models { cfg: "loom", krate: "gc", what: &["--test", "loom"] };
const SCHED: Models = Models { cfg: "loom", krate: "sched", what: &["--lib", "--test", "loom"] };
const SCHED_TASKS: Models = Models { cfg: "shuttle", krate: "sched", what: &["--test", "shuttle"] };
const CHAN: Models = Models { cfg: "shuttle", krate: "chan", what: &["--test", "shuttle"] };
const NETPOLL: Models = Models { cfg: "loom", krate: "netpoll", what: &["--test", "loom"] };
const ALL: [&Models; 7] = [&SYS, &ALLOC, &GC, &SCHED, &SCHED_TASKS, &CHAN, &NETPOLL];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace")
}

impl Models {
    fn check(&self) {
        let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .current_dir(root())
            .args(["test", "--quiet", "--profile=models", "--package", &format!("goxide-{}", self.krate)])
            .args(self.what)
            .env("RUSTFLAGS", format!("--cfg {}", self.cfg))
            .env("CARGO_TARGET_DIR", root().join("target").join(self.cfg))
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .status()
            .expect("cargo runs");
        assert!(status.success(), "{} under {}", self.krate, self.cfg);
    }
}

/// No crate has models that are not run here: those of the timers were not for a while.
#[test]
fn every_model_is_run() {
    let mut missing = BTreeSet::new();
    let sources = walkdir::WalkDir::new(root().join("crates")).into_iter().flatten();
    for file in sources.map(walkdir::DirEntry::into_path).filter(|f| f.extension().is_some_and(|e| e == "rs")) {
        let text = std::fs::read_to_string(&file).expect("a source can be read");
        let path: PathBuf = file.strip_prefix(root().join("crates")).expect("below crates").into();
        let mut parts = path.iter().map(|part| part.to_str().expect("an ASCII name"));
        let (krate, folder) = (parts.next().expect("a crate"), parts.next());
        for cfg in ["loom", "shuttle"] {
            let target = match folder {
                Some("tests") if text.contains(&format!("#![cfg({cfg})]")) => cfg,
                Some("src") if text.contains(&format!("#[cfg(all(test, {cfg}))]")) => "--lib",
                _ => continue,
            };
            if !ALL.iter().any(|m| m.krate == krate && m.cfg == cfg && m.what.contains(&target)) {
                missing.insert(format!("{} ({cfg})", path.display()));
            }
        }
    }
    assert!(missing.is_empty(), "models that are not run: {missing:?}");
}

#[test]
fn locks_and_notes_under_loom() {
    SYS.check();
}

#[test]
fn span_hand_out_and_sweeping_under_loom() {
    ALLOC.check();
}

#[test]
fn pages_rings_and_the_end_of_marking_under_loom() {
    GC.check();
}

#[test]
fn run_queue_parking_and_timers_under_loom() {
    SCHED.check();
}

#[test]
fn park_and_ready_under_shuttle() {
    SCHED_TASKS.check();
}

#[test]
fn channels_under_shuttle() {
    CHAN.check();
}

#[test]
fn descriptors_under_loom() {
    NETPOLL.check();
}
