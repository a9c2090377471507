//! A runtime that was shut down leaves nothing: no allocation, no mapping, no thread. Alone in its process, since it counts what the process has.
#![cfg(not(any(loom, shuttle)))]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicIsize, Ordering};
use std::time::Duration;

use goxide_sched::hosted::{self, Alarm, Builder, Condition, Semaphore};

/// Counts what is allocated.
struct Counting;

static BLOCKS: AtomicIsize = AtomicIsize::new(0);
static BYTES: AtomicIsize = AtomicIsize::new(0);

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BLOCKS.fetch_add(1, Ordering::Relaxed);
        BYTES.fetch_add(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: this function's contract is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        BLOCKS.fetch_sub(1, Ordering::Relaxed);
        BYTES.fetch_sub(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: this function's contract is the same.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const FOREVER: Duration = Duration::from_secs(3600);

/// A runtime with something of everything in it when it ends. Every tenth has enough timers for an array that is a mapping of its own.
fn round(i: u32) {
    let (procs, watched, timers) = (i % 4 + 1, i.is_multiple_of(2), if i.is_multiple_of(10) { 4000u64 } else { 10 });
    let builder = Builder::new().procs(procs).on_deadlock(|_| ());
    let rt = if watched { common::watched(builder) } else { builder }.build();
    rt.block_on(move || {
        hosted::current().runtime().set_procs(procs + 1);
        for i in 0..40u32 {
            let name = format!("task {i}");
            let task = move || {
                let _on_its_stack = vec![0u8; 1000];
                match i % 8 {
                    0 => hosted::sleep(FOREVER),
                    1 => Semaphore::new(0).acquire(),
                    2 => Condition::new().wait(|| ()),
                    3 => hosted::park(),
                    4 => hosted::blocking(|| ()),
                    5 => drop(hosted::spawn(hosted::park).join()),
                    6 => hosted::pin_thread(),
                    _ => drop(Alarm::new(|| ()).set(FOREVER)),
                }
            };
            drop(hosted::current().runtime().task().name(name).spawn(task));
        }
        for i in 0..timers {
            Alarm::new(|| ()).set(FOREVER + Duration::from_millis(i));
        }
        hosted::yield_now();
    });
    rt.shutdown();
}

/// Allocated blocks and bytes, mappings, threads.
fn state() -> (isize, isize, usize, usize) {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap().lines().count();
    let threads = std::fs::read_dir("/proc/self/task").unwrap().count();
    (BLOCKS.load(Ordering::Relaxed), BYTES.load(Ordering::Relaxed), maps, threads)
}

#[test]
fn a_thousand_runtimes_leave_nothing() {
    let rounds = std::env::var("ROUNDS").map_or(1000, |n| n.parse().unwrap());
    // What is made once: slots, spare timers of alarms, the system's caches of stacks.
    for i in 0..20 {
        round(i);
    }
    std::thread::sleep(Duration::from_millis(50));
    let before = state();
    for i in 0..rounds {
        round(i);
    }
    let mut after = state();
    for _ in 0..1000 {
        // The kernel lists a thread that was joined for a moment.
        if after.3 > before.3 {
            std::thread::sleep(Duration::from_millis(1));
            after = state();
        }
    }
    assert!(after.0 <= before.0 + 8 && after.1 <= before.1 + 4096, "allocations: {before:?}, then {after:?}");
    assert!(after.2 <= before.2 + 40, "mappings: {before:?}, then {after:?}");
    assert_eq!(after.3, before.3, "threads");
}
