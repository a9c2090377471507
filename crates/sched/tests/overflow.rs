//! A task that overflows its stack says so, and any other fault does what it does without the runtime. Each dies in a process of its own.
#![cfg(not(any(loom, shuttle)))]

use goxide_sched::hosted::{Builder, MIN_STACK, Runtime, spawn};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};

/// Says what this process is for.
const ROLE: &str = "GOXIDE_SCHED_OVERFLOW_TEST";

/// Runs the test `name` again, in a process that has the role.
fn again(name: &str) -> Output {
    let exe = std::env::current_exe().expect("this test's file");
    Command::new(exe).args(["--exact", name, "--nocapture"]).env(ROLE, "1").output().expect("this test runs again")
}

fn has_role() -> bool {
    std::env::var_os(ROLE).is_some()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[allow(unconditional_recursion)]
fn dive(depth: u64) -> u64 {
    let page = std::hint::black_box([depth; 64]);
    dive(depth + 1) + page[(depth % 64) as usize]
}

#[test]
fn an_overflow_says_so() {
    if has_role() {
        let rt = Builder::new().stack_size(MIN_STACK * 3).procs(1).build();
        rt.block_on(|| {
            // A neighbour, so that there is a stack below the guard.
            let other = spawn(|| 1);
            dive(other.join().unwrap())
        });
        return;
    }
    let output = again("an_overflow_says_so");
    let text = stderr(&output);
    assert!(text.contains("a task has overflowed its stack of 49152 bytes"), "{text}");
    assert_eq!(output.status.signal(), Some(6), "{text}");
}

#[test]
fn an_overflow_of_a_thread_is_the_threads() {
    if has_role() {
        let rt = Runtime::new();
        assert_eq!(rt.block_on(|| 1), 1);
        std::thread::Builder::new().name("diver".into()).spawn(|| dive(1)).unwrap().join().unwrap();
        return;
    }
    let output = again("an_overflow_of_a_thread_is_the_threads");
    let text = stderr(&output);
    assert!(text.contains("'diver'") && text.contains("has overflowed its stack"), "{text}");
    assert!(!text.contains("a task has"), "{text}");
}

#[test]
fn another_fault_is_a_fault() {
    if has_role() {
        Runtime::new().block_on(|| {
            // SAFETY: none; the process ends here.
            unsafe { std::hint::black_box(std::ptr::without_provenance_mut::<u64>(8)).write_volatile(1) }
        });
        return;
    }
    let output = again("another_fault_is_a_fault");
    assert_eq!(output.status.signal(), Some(11), "{}", stderr(&output));
    assert!(!stderr(&output).contains("overflowed"));
}
