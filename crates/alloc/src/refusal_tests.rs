//! The heap over a system that refuses: each call in turn, or locked memory, or pages larger than the heap's. Whatever it
//! refuses, what is said to be zero is zero, and no bytes in use change.

use super::*;
use crate::arena::ARENA;
use crate::cache::Cache;
use crate::grow::FIRST_ARENA;
use crate::os::{OsPages, Refused, Zeroed};
use crate::page_alloc::CHUNK_BYTES;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize as Count;

const KINDS: [&str; 5] = ["reserve", "commit", "decommit", "map", "reserve_committed"];

/// The system, with pages of `page` bytes, whose call number `fail_at` fails, having done half of what was asked if it may.
struct Double {
    page: usize,
    fail_at: usize,
    /// All memory is locked: nothing can be given back.
    locked: bool,
    /// Where it has a heap begin, instead of where others of this process like to.
    offset: usize,
    calls: Count,
    failed: [Count; KINDS.len()],
    /// What to unmap in the end.
    mapped: Mutex<Vec<(usize, usize)>>,
}

impl Double {
    fn new(page: usize, fail_at: usize, locked: bool) -> Double {
        static MADE: Count = Count::new(0);
        let offset = (1 + MADE.fetch_add(1, Relaxed) % 256) << 36;
        let (calls, failed) = (Count::new(0), [const { Count::new(0) }; KINDS.len()]);
        Double { page, fail_at, locked, offset, calls, failed, mapped: Mutex::new(Vec::new()) }
    }

    fn fails(&self, kind: usize) -> bool {
        let fails = self.calls.fetch_add(1, Relaxed) == self.fail_at;
        self.failed[kind].fetch_add(usize::from(fails), Relaxed);
        fails
    }

    fn note(&self, p: *mut u8, size: usize) -> *mut u8 {
        if !p.is_null() {
            self.mapped.lock().unwrap().push((p as usize, size));
        }
        p
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        for &(p, size) in self.mapped.get_mut().unwrap().iter() {
            // SAFETY: the heap over it is gone.
            unsafe { goxide_sys::mem::unmap(p as *mut u8, size) };
        }
    }
}

// SAFETY: OsPages does it; what fails is reported, and does no more than it may.
unsafe impl PageSource for Double {
    fn reserve(&self, hint: usize, size: usize, align: usize) -> *mut u8 {
        let hint = if hint < self.offset { hint + (self.offset & !(align - 1)) } else { hint };
        if self.fails(0) { null_mut() } else { self.note(OsPages.reserve(hint, size, align), size) }
    }

    fn reserve_committed(&self, hint: usize, size: usize) -> Result<(*mut u8, Zeroed), Refused> {
        if self.fails(4) {
            return Err(Refused);
        }
        let hint = if hint < FIRST_ARENA { hint + self.offset } else { hint };
        let (p, zeroed) = OsPages.reserve_committed(hint, size)?;
        Ok((self.note(p, size), zeroed))
    }

    unsafe fn unreserve(&self, ptr: *mut u8, size: usize) {
        self.mapped.lock().unwrap().retain(|m| *m != (ptr as usize, size));
        // SAFETY: the heap gives back what `reserve` gave it, which was `OsPages`' own.
        unsafe { OsPages.unreserve(ptr, size) }
    }

    unsafe fn commit(&self, ptr: *mut u8, size: usize) -> Result<Zeroed, Refused> {
        assert!((ptr as usize).is_multiple_of(64 << 10) && size.is_multiple_of(64 << 10));
        // SAFETY: the heap commits what it reserved here; it is asked for as a whole or the first half.
        unsafe {
            if self.fails(1) {
                let _ = OsPages.commit(ptr, (size / 2).next_multiple_of(64 << 10));
                return Err(Refused);
            }
            OsPages.commit(ptr, size)
        }
    }

    unsafe fn decommit(&self, ptr: *mut u8, size: usize) -> Result<Zeroed, Refused> {
        // As madvise(2): the start must be a page's, and the length is rounded up.
        if !(ptr as usize).is_multiple_of(self.page) || self.locked {
            return Err(Refused);
        }
        let size = size.next_multiple_of(self.page);
        // SAFETY: the pages are ours. If they are not unused, the test will find out.
        unsafe {
            if self.fails(2) {
                let _ = OsPages.decommit(ptr, (size / 2) & !(self.page - 1));
                return Err(Refused);
            }
            OsPages.decommit(ptr, size)
        }
    }

    fn granule(&self) -> usize {
        self.page
    }

    fn map(&self, size: usize) -> *mut u8 {
        if self.fails(3) { null_mut() } else { self.note(OsPages.map(size), size) }
    }
}

const LARGEST: usize = 1 << 20;
static ZEROS: [u8; LARGEST] = [0; LARGEST];

fn bytes<'a>(p: *mut u8, n: usize) -> &'a mut [u8] {
    // SAFETY: every test calls it with `n` bytes that it allocated and has no other reference to.
    unsafe { core::slice::from_raw_parts_mut(p, n) }
}

struct Rng(u64);

impl Rng {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % n
    }
}

/// Allocates, frees and gives memory back. Checks that what is to be zero is, and that bytes stay as they were written.
fn run(system: Double, check: impl Fn(&Heap<Double>)) -> Box<Heap<Double>> {
    let h = Box::new(Heap::new(system));
    // SAFETY: a new heap, without a collector.
    unsafe { h.enable_free() };
    let (mut c, mut rng) = (Cache::new(), Rng(1));
    let mut live: Vec<(*mut u8, usize, u8)> = Vec::new();
    let free = |(p, n, mark): (*mut u8, usize, u8)| {
        let b = bytes(p, n);
        // Each byte is its neighbour's.
        assert!(b[0] == mark && b[1..] == b[..n - 1], "bytes of an object changed");
        // SAFETY: allocated below, not used any more.
        assert!(unsafe { h.free(p) });
    };
    for round in 0..200usize {
        let mark = round as u8 | 1;
        let n = match rng.below(10) {
            0..4 => 16 + rng.below(2000),
            4..7 => 2000 + rng.below(60_000),
            _ => 60_000 + rng.below(300_000),
        };
        let p = match rng.below(12) {
            0 => {
                let align = PAGE << rng.below(12);
                let p = h.alloc_large(&mut { CacheStats::ZERO }, n, align, &Layout::NOSCAN, true).unwrap_or(null_mut());
                assert!((p as usize).is_multiple_of(align));
                p
            }
            // SAFETY: no layout to be right or wrong.
            _ => unsafe { c.alloc(&h, n, &Layout::NOSCAN, true) },
        };
        if !p.is_null() {
            assert!(*bytes(p, n) == ZEROS[..n], "{n} bytes that are not zero in round {round}");
            bytes(p, n).fill(mark);
            live.push((p, n, mark));
        }
        while live.len() > 40 || (!live.is_empty() && rng.below(4) == 0) {
            free(live.swap_remove(rng.below(live.len())));
        }
        if round % 10 == 9 {
            c.flush(&h);
            if round % 20 == 19 {
                h.release_unused(usize::MAX);
                h.release_tables();
            } else {
                h.release_unused(rng.below(2 << 20));
            }
            check(&h);
        }
        if round % 100 == 99 {
            live.drain(..).for_each(free);
        }
    }
    c.flush(&h);
    check(&h);
    h
}

/// Free pages have as much memory behind them as the statistics say.
fn consistent(h: &Heap<Double>) {
    let s = h.snapshot([].into_iter());
    assert!(s.heap_released <= s.heap_idle && s.heap_sys == s.heap_inuse + s.heap_idle);
    let (retained, idle) = h.retained();
    assert!(retained as u64 - idle as u64 == s.heap_inuse && idle as u64 <= s.heap_idle - s.heap_released);
}

#[test]
fn whatever_call_fails_zero_is_zero() {
    for page in [4096, 16 << 10, 64 << 10] {
        let mut failed = [0; KINDS.len()];
        // Where pages are as usual, each call in turn; else, some.
        for n in (0..).step_by(if page == 4096 { 1 } else { 7 }) {
            let h = run(Double::new(page, n, false), consistent);
            for (to, from) in failed.iter_mut().zip(&h.source().failed) {
                *to += from.load(Relaxed);
            }
            if h.source().calls.load(Relaxed) <= n {
                assert!(n > 30, "hardly a call was made");
                break;
            }
        }
        assert!(page != 4096 || failed.iter().all(|&n| n > 0), "not all kinds of call failed: {KINDS:?} {failed:?}");
    }
}

#[test]
fn locked_memory_is_neither_zero_nor_released() {
    for page in [4096, 64 << 10] {
        let h = run(Double::new(page, usize::MAX, true), consistent);
        // Only what was never in use may have nothing behind it, and asking again changes nothing.
        let before = h.snapshot([].into_iter());
        assert!(before.heap_released < before.heap_idle);
        assert_eq!(h.release_unused(usize::MAX), 0);
        assert_eq!(h.snapshot([].into_iter()).heap_released, before.heap_released);
        // Nothing to wait for, for who gives memory back in the background; parts of the system's pages do not count.
        let parts = h.retained().1;
        assert!(page == 4096 && parts == 0 || parts < 64 * page, "{parts} bytes left to try");
    }
}

#[test]
fn one_locked_page_does_not_keep_its_neighbours() {
    use core::ffi::c_int;
    unsafe extern "C" {
        fn mlock(p: *const u8, n: usize) -> c_int;
        fn munlock(p: *const u8, n: usize) -> c_int;
    }
    let h = Box::new(Heap::new(Double::new(4096, usize::MAX, false)));
    // SAFETY: a new heap; the object is ours until it is freed, and locking changes nothing that is in it.
    unsafe {
        h.enable_free();
        let mut c = Cache::new();
        let n = 4 << 20;
        let p = c.alloc(&h, n, &Layout::NOSCAN, true);
        bytes(p, n).fill(7);
        assert_eq!(mlock(p.add(1 << 20), 4096), 0);
        assert!(h.free(p));
        let given = h.release_unused(usize::MAX);
        assert!((n - (128 << 10)..n).contains(&given), "{given} of {n} bytes");
        assert_eq!(h.retained().1, 0);
        // Once it is unlocked, asking for everything gets it.
        assert_eq!(munlock(p.add(1 << 20), 4096), 0);
        assert_eq!(given + h.release_unused(usize::MAX), n);
    }
}

#[test]
fn tables_go_back_with_the_pages_they_are_about() {
    use core::ffi::c_int;
    unsafe extern "C" {
        fn mincore(p: *mut u8, n: usize, out: *mut u8) -> c_int;
    }
    let h = Box::new(Heap::new(Double::new(4096, usize::MAX, false)));
    // SAFETY: a new heap, without a collector.
    unsafe { h.enable_free() };
    let mut c = Cache::new();
    const N: usize = 2 << 20;
    // Four arenas and a half.
    // SAFETY: no layout to be right or wrong.
    let objects: Vec<usize> = (0..144).map(|_| unsafe { c.alloc(&h, N, &Layout::NOSCAN, true) } as usize).collect();
    c.flush(&h);
    // SAFETY: there is no collector; the marks of pages that are no span of small objects mean nothing.
    let marks = |p: usize| unsafe { h.page_of(p).unwrap().marks() };
    for p in objects.iter().flat_map(|p| (*p..p + N).step_by(PAGE)) {
        marks(p).marked[0].store(1, Relaxed);
    }
    let resident = |p: usize| {
        let mut there = 0;
        let page = core::ptr::from_ref(marks(p)).cast_mut().cast::<u8>().map_addr(|a| a & !4095);
        // SAFETY: one page, which is mapped, and room for its answer.
        assert_eq!(unsafe { mincore(page, 1, &raw mut there) }, 0);
        there & 1 != 0
    };
    assert!(objects.iter().all(|p| resident(*p)));
    let kept = 70;
    // SAFETY: allocated above; all but one are not used any more.
    (0..144).filter(|i| *i != kept).for_each(|i| assert!(unsafe { h.free(objects[i] as *mut u8) }));
    // Pages that have memory keep what was noted of them.
    assert_eq!(h.release_tables(), 0);
    assert!(objects.iter().all(|p| resident(*p)));
    h.release_unused(usize::MAX);
    let given = h.release_tables();
    assert!(given >= 143 * (N / PAGE) * size_of_val(marks(objects[0])) - 2 * CHUNK_BYTES / PAGE * 256, "{given}");
    let leaf = |p: usize| p / CHUNK_BYTES;
    for p in &objects {
        assert_eq!(resident(*p), leaf(*p) == leaf(objects[kept]), "{p:#x}");
    }
    assert!((objects[kept]..objects[kept] + N).step_by(PAGE).all(|p| marks(p).marked[0].load(Relaxed) == 1));
    consistent(&h);
    // What was taken in the meantime is back.
    // SAFETY: no layout to be right or wrong.
    let again = unsafe { c.alloc(&h, N, &Layout::NOSCAN, true) };
    assert!(*bytes(again, N) == vec![0; N][..] && leaf(again.addr()) == leaf(objects[0]));
}

/// Where the heap's first page would be.
fn first_page(system: &Double) -> usize {
    FIRST_ARENA + system.offset
}

#[test]
fn a_heap_begins_with_one_call_and_completes_its_arena() {
    let h = Box::new(Heap::new(Double::new(4096, usize::MAX, false)));
    // SAFETY: a new heap, without a collector.
    unsafe { h.enable_free() };
    let first = first_page(h.source());
    // The heap's own records begin with memory of the program's, as they do in a program that cares for calls.
    let chunk = Box::leak(vec![0u128; 4096].into_boxed_slice());
    // SAFETY: zero, for good, and for nothing else.
    unsafe { h.begin_with(chunk.as_mut_ptr().cast(), size_of_val(chunk)) };
    let mut c = Cache::new();
    // SAFETY: no layout to be right or wrong.
    let mut alloc = |n| unsafe { c.alloc(&h, n, &Layout::NOSCAN, true) } as usize;
    assert_eq!((alloc(64), h.source().calls.load(Relaxed)), (first, 1));
    // Whatever is in use lies in one arena until it is full, then in the next.
    let mut end = first + CHUNK_BYTES;
    for n in [3, 3, 30, 50, 200].map(|n| n << 20) {
        let p = alloc(n);
        assert!(p >= first && p <= end && *bytes(p as *mut u8, n) == vec![0; n][..], "{p:#x}, {n:#x}");
        assert_eq!(h.object_of(p + n - 1).map(|o| o.0), Some(p));
        bytes(p as *mut u8, n).fill(1);
        end = end.max(p + n);
    }
}

/// A heap of `n` objects of a mebibyte that nothing touches, over a system whose call `fail_at` fails; and the objects.
fn untouched(n: usize, fail_at: usize) -> (Box<Heap<Double>>, Vec<usize>) {
    let h = Box::new(Heap::new(Double::new(4096, fail_at, false)));
    let mut c = Cache::new();
    // SAFETY: no layout to be right or wrong.
    let objects = (0..n).map(|_| unsafe { c.alloc(&h, 1 << 20, &Layout::NOSCAN, false) } as usize).collect();
    c.flush(&h);
    consistent(&h);
    (h, objects)
}

#[test]
fn a_large_heap_grows_by_few_calls() {
    const HUGE: usize = 2 << 20;
    let calls = |n| untouched(n, usize::MAX).0.source().calls.load(Relaxed);
    let (small, large) = (calls(256), calls(1024));
    // A few more where others of this process map something between the tables.
    assert!(large - small <= 12 * 8, "{} calls for 12 arenas", large - small);
    let (h, objects) = untouched(1024, usize::MAX);
    // No more is asked for than a sixteenth.
    assert!(h.snapshot([].into_iter()).heap_sys as usize <= (1025 * 17) << 16);
    for p in objects.into_iter().filter(|p| p / ARENA != first_page(h.source()) / ARENA) {
        // SAFETY: only the address is taken.
        let marks = unsafe { core::ptr::from_ref(h.page_of(p & !(ARENA - 1)).unwrap().marks()) };
        assert!(marks.addr().is_multiple_of(HUGE), "{marks:?}");
    }
    // Where the system gives no more than is needed, that will do.
    let mut made_do = 0;
    for n in small..small + 12 {
        let (h, objects) = untouched(1024, n);
        let [reserve, commit, _, map, tables] = h.source().failed.each_ref().map(|n| n.load(Relaxed));
        let nulls = objects.iter().filter(|p| **p == 0).count();
        assert!(reserve + commit + map + tables == 1 && nulls <= 1, "{nulls} objects, call {n} of {large}");
        made_do += usize::from(commit == 1 && nulls == 0);
    }
    assert!(made_do >= 3, "{made_do}");
}

#[test]
fn what_lies_in_the_rest_of_the_first_arena_stays() {
    let system = Double::new(4096, usize::MAX, false);
    let first = first_page(&system);
    let foreign = (first + 2 * CHUNK_BYTES) as *mut u8;
    assert_eq!(system.note(goxide_sys::mem::map_at(foreign, 4096), 4096), foreign);
    bytes(foreign, 4096).fill(9);
    let h = run(system, consistent);
    // It has grown, and not into the foreign page.
    assert!(h.snapshot([].into_iter()).heap_sys > CHUNK_BYTES as u64);
    assert!(*bytes(foreign, 4096) == [9; 4096] && h.object_of(foreign as usize).is_none());
    let mut c = Cache::new();
    for n in [6 << 20, 70 << 20, 100] {
        // SAFETY: no layout to be right or wrong.
        let p = unsafe { c.alloc(&h, n, &Layout::NOSCAN, true) };
        bytes(p, n).fill(1);
        assert_eq!(h.object_of(p as usize + n - 1).map(|o| o.0), Some(p as usize));
    }
    assert!(*bytes(foreign, 4096) == [9; 4096]);
    c.flush(&h);
}

/// A system that has as much as one likes, as long as nothing touches it: what was mapped, and where huge pages are welcome.
#[derive(Default)]
struct Paper(Count, Mutex<Vec<(usize, usize)>>);

// SAFETY: what is touched (`map`) is real; the rest is address space of ours.
unsafe impl PageSource for Paper {
    fn reserve(&self, hint: usize, size: usize, align: usize) -> *mut u8 {
        OsPages.reserve(hint, size, align)
    }
    unsafe fn unreserve(&self, ptr: *mut u8, size: usize) {
        // SAFETY: the heap gives back what `reserve` gave it, which was `OsPages`' own.
        unsafe { OsPages.unreserve(ptr, size) }
    }
    unsafe fn commit(&self, ptr: *mut u8, size: usize) -> Result<Zeroed, Refused> {
        // SAFETY: small enough to be for the books, it is a part of what was reserved; the rest is not read.
        unsafe { if size < CHUNK_BYTES { OsPages.commit(ptr, size) } else { Ok(Zeroed::new()) } }
    }
    unsafe fn decommit(&self, _: *mut u8, _: usize) -> Result<Zeroed, Refused> {
        // SAFETY: nothing reads it.
        Ok(unsafe { Zeroed::new() })
    }
    fn granule(&self) -> usize {
        4096
    }
    fn map(&self, size: usize) -> *mut u8 {
        self.0.fetch_add(1, Relaxed);
        OsPages.map(size)
    }
    unsafe fn huge(&self, ptr: *mut u8, size: usize) {
        self.1.lock().unwrap().push((ptr as usize, size));
    }
}

#[test]
fn marks_and_pointer_bits_of_an_arena_lie_in_a_huge_page() {
    const HUGE: usize = 2 << 20;
    let h = Box::new(Heap::new(Paper::default()));
    let mut c = Cache::new();
    // SAFETY: no layout to be right or wrong; nothing is touched below.
    let mut alloc = |n| unsafe { c.alloc(&h, n, &Layout::NOSCAN, false) } as usize;
    let objects: Vec<usize> = (0..3 * ARENA / (8 << 10)).map(|_| alloc(8 << 10)).collect();
    let first = objects[0];
    let advised = h.source().1.lock().unwrap().clone();
    // The first arena's tables are small ones, beside the heap's first pages.
    assert_eq!(advised.len(), 2, "{advised:x?}");
    for p in objects {
        let page = h.page_of(p).unwrap();
        // SAFETY: only addresses are taken.
        let words = unsafe { [core::ptr::from_ref(page.marks()).addr(), page.pointer_bits().as_ptr().addr()] };
        if p / ARENA != first / ARENA {
            let same = |&(at, size): &(usize, usize)| {
                at % HUGE == 0 && size >= HUGE && words.iter().all(|w| (at..at + HUGE).contains(w))
            };
            assert!(advised.iter().any(same), "{words:x?} not in {advised:x?}");
        }
    }
}

/// Who allocates does not wait for the tables of the next arena if somebody was asked to make them when the last one was three quarters full.
#[test]
fn tables_are_made_ahead() {
    let h = Box::new(Heap::new(Paper::default()));
    let mut c = Cache::new();
    let advised = || h.source().1.lock().unwrap().len();
    // SAFETY: no layout to be right or wrong; nothing is touched below.
    let mut alloc = |n| unsafe { c.alloc(&h, n, &Layout::NOSCAN, false) } as usize;
    let mut arenas: Vec<usize> = Vec::new();
    let mut made = 0;
    for _ in 0..4 * ARENA / (8 << 10) {
        let p = alloc(8 << 10);
        if arenas.last() != Some(&(p / ARENA)) {
            arenas.push(p / ARENA);
            assert_eq!(advised(), made, "none but what was made ahead: {arenas:x?}");
        }
        if h.wants_tables() {
            assert!(p % ARENA >= ARENA / 2, "too early: {p:x}, {arenas:x?}");
            assert!(!h.wants_tables(), "once");
            h.make_tables();
            made += 1;
            assert_eq!(advised(), made);
            h.make_tables();
            assert_eq!(advised(), made, "nobody was asked for more");
        }
    }
    assert!(arenas.len() >= 4 && made >= arenas.len() - 1, "{made} made for {arenas:x?}");
}

#[test]
fn a_tebibyte_costs_a_word_for_each_arena() {
    let h = Box::new(Heap::new(Paper::default()));
    // SAFETY: a new heap, without a collector.
    unsafe { h.enable_free() };
    let mut c = Cache::new();
    // SAFETY: no layout to be right or wrong; nothing is touched below.
    let mut alloc = |n| unsafe { c.alloc(&h, n, &Layout::NOSCAN, false) } as usize;
    let small = alloc(100);
    let big = alloc((1 << 40) + 12345);
    let s = h.snapshot([].into_iter());
    // The bitmaps of its leaves are a twenty-thousandth.
    assert!(
        s.gc_sys < 64 << 20 && h.source().0.load(Relaxed) < 60,
        "{} bytes, {} mappings",
        s.gc_sys,
        h.source().0.load(Relaxed)
    );
    for offset in [0, 1, ARENA - 1, ARENA, 5 * ARENA + 77, 1 << 39, (1 << 40) - 1, (1 << 40) + 12344] {
        let (base, index, span) = h.object_of(big + offset).unwrap();
        assert_eq!((base, index, span.base()), (big, 0, big), "{offset:#x} inside");
        assert_eq!(h.page_of(big + offset).map(|p| p.kind()), Some(0));
    }
    let mut seen = Vec::new();
    h.for_each_span(|s| seen.push(s.base()));
    assert!(seen.len() == 2 && seen.contains(&big));
    // SAFETY: allocated above, not used.
    assert!(unsafe { h.free(big as *mut u8) });
    assert!(h.span_of(big + (1 << 39)).is_none() && h.object_of(small).is_some());
    // Small spans in what were arenas of the large one, beside another large one.
    let large = alloc(20 * ARENA);
    let spans: Vec<usize> = (0..3 * ARENA / (32 << 10)).map(|_| alloc(32 << 10)).collect();
    for p in spans {
        assert_eq!(h.object_of(p + 1000).map(|o| o.0), Some(p));
    }
    assert_eq!(h.object_of(large + 7 * ARENA).map(|o| o.0), Some(large));
    // Arenas of small spans become part of a large one: the old entries must not be in the way.
    // SAFETY: allocated above, not used.
    assert!(unsafe { h.free(large as *mut u8) });
    let again = alloc(15 * ARENA);
    assert_eq!(h.object_of(again + 9 * ARENA + 3).map(|o| o.0), Some(again));
}

#[test]
fn an_aligned_object_costs_its_own_pages() {
    let h = Box::new(Heap::new(Paper::default()));
    // SAFETY: a new heap, without a collector.
    unsafe { h.enable_free() };
    let aligned = |align| {
        let p = h.alloc_large(&mut { CacheStats::ZERO }, 100, align, &Layout::NOSCAN, false).unwrap();
        assert!((p as usize).is_multiple_of(align));
        p
    };
    let all: Vec<_> = [1 << 30, 1 << 14, 1 << 22, 1 << 30, 1 << 33, 1 << 20].into_iter().map(aligned).collect();
    let s = h.snapshot([].into_iter());
    assert_eq!((s.heap_inuse, s.heap_idle - s.heap_released), ((all.len() * PAGE) as u64, 0));
    for p in all {
        // SAFETY: allocated above, not used.
        assert!(unsafe { h.free(p) });
    }
    // One page each is what may have memory behind it; the same places serve again.
    let s = h.snapshot([].into_iter());
    assert_eq!((s.heap_inuse, s.heap_idle - s.heap_released), (0, (6 * PAGE) as u64));
    aligned(1 << 33);
    aligned(1 << 30);
    assert_eq!(h.snapshot([].into_iter()).heap_sys, s.heap_sys);
}

#[test]
fn what_cannot_be_is_refused_with_its_size() {
    let h = Box::new(Heap::new(OsPages));
    let mut c = Cache::new();
    // SAFETY: no layout to be right or wrong.
    let mut alloc = |n| unsafe { c.alloc_slow(&h, n, &Layout::NOSCAN, true).map(|slow| slow.took) };
    assert_eq!(alloc(100_000), Ok(106_496));
    assert_eq!(alloc(1 << 47), Err(Refusal::Space { asked: 1 << 47, in_use: CHUNK_BYTES }));
    assert_eq!(h.make_room(1 << 50), Err(Refusal::Space { asked: 1 << 50, in_use: CHUNK_BYTES }));
    // Refused requests leave nothing behind.
    assert_eq!(h.snapshot([].into_iter()).heap_sys, CHUNK_BYTES as u64);
    assert_eq!(h.make_room(10 << 20), Ok(()));
    assert_eq!(h.snapshot([].into_iter()).heap_sys, 4 * CHUNK_BYTES as u64);
    assert_eq!(h.make_room(10 << 20), Ok(()));
    assert_eq!(h.snapshot([].into_iter()).heap_sys, 4 * CHUNK_BYTES as u64);
}

#[test]
#[should_panic(expected = "a heap that its spans are not of")]
fn a_cache_refuses_another_heap() {
    let (a, b) = (Box::new(Heap::new(OsPages)), Box::new(Heap::new(OsPages)));
    let mut c = Cache::new();
    // SAFETY: no layout to be right or wrong.
    let p = unsafe { c.alloc(&a, 100, &Layout::NOSCAN, true) };
    assert!(!p.is_null());
    c.flush(&b);
}

#[test]
fn a_flushed_cache_may_go_to_another_heap() {
    let (a, b) = (Box::new(Heap::new(OsPages)), Box::new(Heap::new(OsPages)));
    let mut c = Cache::new();
    for h in [&a, &b, &a] {
        // SAFETY: no layout to be right or wrong.
        let p = unsafe { c.alloc(h, 100, &Layout::NOSCAN, true) } as usize;
        assert!(h.object_of(p).is_some());
        c.flush(h);
    }
    let objects = |h: &Heap<OsPages>| h.snapshot([].into_iter()).heap_objects;
    assert_eq!((objects(&a), objects(&b)), (2, 1));
}
