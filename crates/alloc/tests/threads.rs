//! Threads that come and go: what they kept goes back, whether they used the allocator, a handle, or allocate while their thread-local values
//! are destroyed. The allocator is not this process's; the tests take turns.
#![cfg(not(loom))]

mod alone;

use alone::alone;
use goxide_alloc::{GoxideAlloc, ThreadAlloc};
use std::alloc::{GlobalAlloc, Layout};
use std::cell::RefCell;
use std::sync::Mutex;
use std::thread;

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).unwrap()
}

fn new(from: &impl GlobalAlloc, size: usize) -> *mut u8 {
    // SAFETY: the sizes are positive.
    let p = unsafe { from.alloc(layout(size)) };
    assert!(!p.is_null());
    // SAFETY: a new object of `size` bytes.
    unsafe { p.write_bytes(0x5a, size) };
    p
}

fn free(to: &impl GlobalAlloc, p: *mut u8, size: usize) {
    // SAFETY: each test frees what it allocated, once.
    unsafe { to.dealloc(p, layout(size)) }
}

/// A handle in a thread-local value, which allocates from it as it is destroyed.
struct Late {
    handle: Option<ThreadAlloc>,
    /// Whether there is none, so that the allocator is asked.
    without: bool,
    left: Vec<usize>,
}

/// What [`Late`]s leave to be freed by another thread: objects of 8 bytes.
static LEFT: Mutex<Vec<usize>> = Mutex::new(Vec::new());

impl Drop for Late {
    fn drop(&mut self) {
        match self.handle.take() {
            Some(h) => {
                let p = new(&h, 8);
                free(&h, p, 8);
                self.left.push(new(&h, 8) as usize);
            }
            // More than a span's.
            None if self.without => self.left.extend((0..1500).map(|_| new(&GoxideAlloc, 8) as usize)),
            None => {}
        }
        LEFT.lock().unwrap().append(&mut self.left);
    }
}

thread_local! {
    static FIRST: RefCell<Late> = const { RefCell::new(Late { handle: None, without: false, left: Vec::new() }) };
    static SECOND: RefCell<Late> = const { RefCell::new(Late { handle: None, without: false, left: Vec::new() }) };
}

/// What one of many threads does.
fn visit(t: usize) {
    let handle = GoxideAlloc::this_thread().unwrap();
    let sizes: Vec<usize> = (0..40).map(|i| (t * 37 + i * 211) % 4000 + 8).collect();
    let mine: Vec<*mut u8> = sizes.iter().map(|&size| new(&handle, size)).collect();
    let other: Vec<*mut u8> = sizes.iter().map(|&size| new(&GoxideAlloc, size)).collect();
    for ((a, b), &size) in mine.into_iter().zip(other).zip(&sizes) {
        free(&GoxideAlloc, a, size);
        free(&handle, b, size);
    }
    assert!(handle.stats().kept_objects > 0 && handle.stats().held_spans > 0);
    if t.is_multiple_of(3) {
        // It outlives the thread's closure.
        FIRST.with_borrow_mut(|l| l.handle = Some(handle));
    }
}

#[test]
fn ten_thousand_threads_leave_nothing() {
    const AT_ONCE: usize = 4;
    alone(|| {
        let wave = |threads: std::ops::Range<usize>| {
            for start in threads.step_by(AT_ONCE) {
                let running: Vec<_> = (start..start + AT_ONCE).map(|t| thread::spawn(move || visit(t))).collect();
                running.into_iter().for_each(|t| t.join().unwrap());
                for p in std::mem::take(&mut *LEFT.lock().unwrap()) {
                    free(&GoxideAlloc, p as *mut u8, 8);
                }
            }
            GoxideAlloc::release_unused(usize::MAX);
            GoxideAlloc::stats()
        };
        let base = GoxideAlloc::stats();
        // The first have the heap get what it needs for as many at once.
        let some = wave(0..400);
        let all = wave(400..10_000);
        assert_eq!((all.live_objects, all.live_bytes, all.threads), (base.live_objects, base.live_bytes, base.threads));
        assert!(all.caches <= base.caches.max(AT_ONCE as u64), "{} caches, {} before", all.caches, base.caches);
        assert!(all.inuse <= some.inuse + (64 << 10), "{} {}", all.inuse, some.inuse);
        assert!(all.metadata <= some.metadata + (64 << 10), "{} {}", all.metadata, some.metadata);
    });
}

#[test]
fn values_that_are_destroyed_late_may_allocate() {
    alone(move || {
        let base = GoxideAlloc::stats();
        for (first, second) in [(true, false), (false, true), (true, true)] {
            thread::spawn(move || {
                // One is registered before the allocator's own, the other after it: whichever order they are destroyed in, one of them comes
                // after it.
                FIRST.with_borrow_mut(|l| l.without = first);
                let p = new(&GoxideAlloc, 100);
                SECOND.with_borrow_mut(|l| l.without = second);
                free(&GoxideAlloc, p, 100);
            })
            .join()
            .unwrap();
            let left = std::mem::take(&mut *LEFT.lock().unwrap());
            assert_eq!(left.len(), 1500 * (usize::from(first) + usize::from(second)));
            let full = GoxideAlloc::stats();
            assert_eq!(full.classes[1].live_objects - base.classes[1].live_objects, left.len() as u64);
            assert_eq!(full.live_objects - base.live_objects, left.len() as u64);
            // Every object is one of its class: it is freed as that, on this thread and on one without a cache.
            for &p in &left {
                assert_eq!(GoxideAlloc::heap().object_of(p).unwrap().2.elem_size(), 8);
            }
            let (here, there) = left.split_at(left.len() / 2);
            let there = there.to_vec();
            thread::spawn(move || there.into_iter().for_each(|p| free(&GoxideAlloc, p as *mut u8, 8))).join().unwrap();
            here.iter().for_each(|&p| free(&GoxideAlloc, p as *mut u8, 8));
            let after = GoxideAlloc::stats();
            assert_eq!(
                (after.live_objects, after.classes[1].live_objects),
                (base.live_objects, base.classes[1].live_objects)
            );
        }
    });
}

#[test]
fn a_handle_keeps_its_cache_to_the_end() {
    alone(move || {
        let base = GoxideAlloc::stats();
        for _ in 0..200 {
            thread::spawn(|| {
                FIRST.with_borrow_mut(|_| ());
                let handle = GoxideAlloc::this_thread().unwrap();
                let again = handle.clone();
                SECOND.with_borrow_mut(|l| l.handle = Some(again));
                FIRST.with_borrow_mut(|l| l.handle = Some(handle));
            })
            .join()
            .unwrap();
            let left = std::mem::take(&mut *LEFT.lock().unwrap());
            assert_eq!(left.len(), 2);
            assert_eq!(GoxideAlloc::stats().live_objects, base.live_objects + 2);
            left.into_iter().for_each(|p| free(&GoxideAlloc, p as *mut u8, 8));
        }
        let now = GoxideAlloc::stats();
        assert_eq!((now.live_objects, now.threads), (base.live_objects, base.threads));
        assert!(now.caches <= base.caches.max(1) + 2, "{} {}", now.caches, base.caches);
    });
}

#[test]
fn flushed_objects_are_found_by_other_threads() {
    alone(move || {
        let handle = GoxideAlloc::this_thread().unwrap();
        handle.flush();
        // As many as fill spans, so that the other thread finds these and no others.
        let base = GoxideAlloc::stats();
        let mine: Vec<*mut u8> = (0..4000).map(|_| new(&handle, 1000)).collect();
        let s = handle.stats();
        assert_eq!(s.balance, GoxideAlloc::stats().live_objects as i64 - base.live_objects as i64 + s.balance - 4000);
        mine.into_iter().for_each(|p| free(&handle, p, 1000));
        let kept = handle.stats();
        assert_eq!(kept.balance, s.balance - 4000);
        assert!(kept.kept_objects > 0 && kept.kept_bytes == kept.kept_objects * 1024, "{kept:?}");
        handle.flush();
        let spans = GoxideAlloc::stats().spans;
        let theirs: Vec<usize> =
            thread::spawn(|| (0..4000).map(|_| new(&GoxideAlloc, 1000) as usize).collect()).join().unwrap();
        assert_eq!(GoxideAlloc::stats().spans, spans, "what was flushed was not found");
        theirs.into_iter().for_each(|p| free(&handle, p as *mut u8, 1000));
    });
}
