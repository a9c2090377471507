//! The example: a process that waits is found where it waits, by function, file and line.

#[allow(dead_code)]
#[path = "../examples/crash.rs"]
mod crash;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ASKED: &str = "GOXIDE_CRASH_WAIT";

/// This test program as the process that is looked at.
#[test]
fn waits_when_it_is_asked_to() {
    if std::env::var_os(ASKED).is_some() {
        crash::wait_for_ever();
    }
}

#[test]
fn a_process_that_waits_is_found() {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "waits_when_it_is_asked_to"]).env(ASKED, "1").stdout(Stdio::null());
    let mut child = child.spawn().unwrap();
    let began = Instant::now();
    let found = loop {
        let mut out = Vec::new();
        match crash::report(child.id(), &mut out) {
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                println!("processes may not be looked at here");
                break true;
            }
            Err(error) if began.elapsed() > Duration::from_secs(20) => panic!("{error}"),
            _ => {}
        }
        let text = String::from_utf8_lossy(&out);
        let lines: Vec<_> = text.lines().collect();
        let waits = |pair: &[&str]| pair[0].ends_with("crash::wait_for_ever") && pair[1].contains("crash.rs:");
        if lines.windows(2).any(waits) {
            break true;
        }
        if began.elapsed() > Duration::from_secs(20) {
            println!("{text}");
            break false;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(found, "not found where it waits");
}
