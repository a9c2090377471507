//! The model checkers' runs. Their crates must be compiled with another `--cfg`, so they are started here as commands of their
//! own, in a target directory of their own. The models themselves are in the crates.

use std::path::Path;
use std::process::Command;

fn check(cfg: &str, package: &str, what: &[&str]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(root)
        .args(["test", "--quiet", "--release", "--package", package])
        .args(what)
        .env("RUSTFLAGS", format!("--cfg {cfg}"))
        .env("CARGO_TARGET_DIR", root.join("target").join(cfg))
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .status()
        .expect("cargo runs");
    assert!(status.success(), "{package} under {cfg}");
}

#[test]
fn locks_and_notes_under_loom() {
    check("loom", "goxide-sys", &["--lib"]);
}

#[test]
fn span_hand_out_and_sweeping_under_loom() {
    check("loom", "goxide-alloc", &["--lib", "loom_tests"]);
}

#[test]
fn pages_rings_and_the_end_of_marking_under_loom() {
    check("loom", "goxide-gc", &["--test", "loom"]);
}

#[test]
fn run_queue_and_parking_under_loom() {
    check("loom", "goxide-sched", &["--test", "loom"]);
}

#[test]
fn park_and_ready_under_shuttle() {
    check("shuttle", "goxide-sched", &["--test", "shuttle"]);
}

#[test]
fn channels_under_shuttle() {
    check("shuttle", "goxide-chan", &["--test", "shuttle"]);
}

#[test]
fn descriptors_under_loom() {
    check("loom", "goxide-netpoll", &["--test", "loom"]);
}
