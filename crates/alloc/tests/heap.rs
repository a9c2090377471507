//! The heap from outside: sizes, zeroing, layouts, look-up, statistics, many threads.
#![cfg(not(loom))]

use goxide_alloc::layout::PointerLayout;
use goxide_alloc::size_class::{self, PAGE};
use goxide_alloc::span::State;
use goxide_alloc::{Cache, Heap, Layout, OsPages};

fn heap() -> Box<Heap<OsPages>> {
    Box::new(Heap::new(OsPages))
}

fn scan(opaque: usize, elem_words: usize, ptr_words: usize, mask: &[u8]) -> Layout {
    assert!(mask.len() * 8 >= ptr_words);
    Layout { opaque, elem_size: elem_words * 8, ptr_bytes: ptr_words * 8, mask: mask.as_ptr() }
}

/// Allocation with a layout that each test knows to be right.
fn alloc(c: &mut Cache, h: &Heap<OsPages>, size: usize, layout: &Layout, zero: bool) -> *mut u8 {
    // SAFETY: the layouts of these tests keep their promises, and each cache has one heap.
    let p = unsafe { c.alloc(h, size, layout, zero) };
    assert!(!p.is_null());
    p
}

/// # Safety
/// `p` is an object of at least `n` bytes that are initialised, which is not freed and has no other reference while this one lives.
unsafe fn bytes<'a>(p: *mut u8, n: usize) -> &'a mut [u8] {
    // SAFETY: valid, initialised, alive and unshared by this function's contract.
    unsafe { core::slice::from_raw_parts_mut(p, n) }
}

#[test]
fn every_size_is_found_by_any_address_inside() {
    let h = heap();
    let mut c = Cache::new();
    let mut all = Vec::new();
    for size in (16..2000).chain((2000..70000).step_by(611)) {
        let p = alloc(&mut c, &h, size, &Layout::NOSCAN, true);
        // SAFETY: the object was given out with this size and is not freed; what this test writes and reads of it, it does here alone.
        assert!(unsafe { bytes(p, size) }.iter().all(|&b| b == 0), "size {size}");
        // SAFETY: the object was given out with this size and is not freed; what this test writes and reads of it, it does here alone.
        unsafe { bytes(p, size).fill(0xa5) };
        let (base, index, span) = h.object_of(p as usize + size - 1).unwrap();
        assert_eq!(base, p as usize);
        assert_eq!(span.elem_size(), size_class::round_up(size));
        assert_eq!(span.base() + index * span.elem_size(), base);
        assert_eq!(h.object_of(p as usize).unwrap().1, index);
        assert_eq!(h.pointer_layout(p as usize), Some(PointerLayout::NoScan));
        all.push((p as usize, size));
    }
    all.sort();
    assert!(all.windows(2).all(|w| w[0].0 + w[0].1 <= w[1].0), "objects overlap");
    assert!(h.object_of(0).is_none() && h.object_of(usize::MAX).is_none() && h.span_of(&h as *const _ as usize).is_none());
}

/// The short way for one object is the same as the general one: place, layout, zeros.
#[test]
fn one_object_with_pointers_is_as_any_allocation() {
    let h = heap();
    let (mut general, mut short) = (Cache::new(), Cache::new());
    let mask = [0b1011_0101u8, 0xff, 0x0f, 0xf0, 0x55, 0xaa, 1, 0x80];
    for round in 0..3 {
        for words in 1..=64usize {
            for ptr_words in [1, 2, words / 2, words].into_iter().filter(|&p| p > 0 && p <= words) {
                let mut exact = mask[..ptr_words.div_ceil(8)].to_vec();
                if ptr_words % 8 != 0 {
                    *exact.last_mut().unwrap() &= (1 << (ptr_words % 8)) - 1;
                }
                let layout = scan(7, words, ptr_words, &exact);
                let a = alloc(&mut general, &h, words * 8, &layout, true);
                // SAFETY: the layout keeps its promises.
                let mut b = unsafe { short.alloc_object_fast(words * 8, 7, ptr_words * 8, exact.as_ptr()) };
                if b.is_null() {
                    b = alloc(&mut short, &h, words * 8, &layout, true);
                }
                assert_eq!(h.pointer_layout(a as usize), h.pointer_layout(b as usize), "{words} words, {ptr_words}");
                // SAFETY: the object was given out with this size and is not freed; what this test writes and reads of it, it does here alone.
                assert!(unsafe { bytes(b, words * 8) }.iter().all(|&b| b == 0), "{words} words in round {round}");
                // SAFETY: the object was given out with this size and is not freed; what this test writes and reads of it, it does here alone.
                unsafe { bytes(b, words * 8).fill(0xff) };
            }
        }
        // The next round gets used memory.
        general.flush(&h);
        short.flush(&h);
        // SAFETY: nothing else uses the heap, both caches are flushed, and no object is needed any more.
        unsafe { h.begin_sweep() };
        while h.sweep_one() != goxide_alloc::sweep::Swept::Nothing {}
    }
}

#[test]
fn sizes_that_programs_can_observe() {
    let h = heap();
    let mut c = Cache::new();
    for (size, want) in [(1025 * 8, 9472), (8_388_616, 8_396_800), (32768, 32768), (32769, 40960), (1, 16)] {
        let p = alloc(&mut c, &h, size, &Layout::NOSCAN, false);
        assert_eq!(h.object_of(p as usize).unwrap().2.elem_size(), want);
    }
    // SAFETY: no layout to be right or wrong.
    assert!(unsafe { c.alloc(&h, usize::MAX - 5, &Layout::NOSCAN, true) }.is_null());
    // SAFETY: no layout to be right or wrong.
    assert!(unsafe { c.alloc(&h, 1 << 47, &Layout::NOSCAN, true) }.is_null());
    // What was taken is to be made up for: a span's room, or a large object.
    // SAFETY: no layout to be right or wrong.
    let mut took = |size| unsafe { c.alloc_slow(&h, size, &Layout::NOSCAN, true) }.map(|slow| (slow.took, slow.sample));
    assert_eq!([took(8_388_616), took(64), took(64)], [Ok((8_396_800, 0)), Ok((8192, 0)), Ok((0, 0))]);
}

#[test]
fn tiny_objects_share_blocks_by_the_rules() {
    let h = heap();
    let mut c = Cache::new();
    let mut at = |size| alloc(&mut c, &h, size, &Layout::NOSCAN, true) as usize;
    let first = at(1);
    assert_eq!(first % 16, 0);
    assert_eq!(at(1), first + 1);
    assert_eq!(at(2), first + 2);
    assert_eq!(at(4), first + 4);
    assert_eq!(at(8), first + 8);
    // The block is full: a new one, which is kept since it has more room.
    let second = at(3);
    assert_ne!(second & !15, first);
    assert_eq!(at(12), second + 4);
    assert_eq!(c.stats().tiny_allocs, 5);
    assert_eq!(c.stats().small_allocs[2], 2);
}

#[test]
fn layouts_are_kept_per_object() {
    let h = heap();
    let mut c = Cache::new();
    let mut want = Vec::new();
    // Every bitmap class, many objects each, so that bits straddle words; masks differ from object to object.
    for class in 1..=26 {
        let size = size_class::SIZES[class] as usize;
        let words = size / 8;
        for k in 0..200usize {
            let mask: Vec<u8> = (0..8).map(|i| (k * 31 + i * 89 + class * 7) as u8 | 1).collect();
            let ptr_words = 1 + k % words;
            let mut cut = mask.clone();
            for (i, b) in cut.iter_mut().enumerate() {
                for bit in 0..8 {
                    if i * 8 + bit >= ptr_words {
                        *b &= !(1 << bit);
                    }
                }
            }
            let p = alloc(&mut c, &h, size, &scan(1, words, ptr_words, &cut), true);
            want.push((p as usize, u64::from_le_bytes(cut.try_into().unwrap())));
        }
    }
    for (p, bits) in want {
        assert_eq!(
            h.pointer_layout(p),
            Some(PointerLayout::Bits(bits)),
            "object of {:?}",
            h.object_of(p).map(|o| o.2.elem_size())
        );
    }
    let mut want = Vec::new();
    for class in 27..68 {
        for k in 0..20 {
            let opaque = class * 1000 + k + 1;
            let size = size_class::SIZES[class] as usize;
            want.push((alloc(&mut c, &h, size, &scan(opaque, 1, 1, &[1]), true) as usize + size / 2, opaque));
        }
    }
    want.push((alloc(&mut c, &h, 1 << 20, &scan(77, 1, 1, &[1]), true) as usize + 12345, 77));
    for (p, opaque) in want {
        assert_eq!(h.pointer_layout(p), Some(PointerLayout::Opaque(opaque)));
    }
}

#[test]
fn a_large_object_knows_what_was_asked_for() {
    let h = heap();
    let mut c = Cache::new();
    for size in [40_000, 80_000, (1 << 20) + 8] {
        let scanned = alloc(&mut c, &h, size, &scan(5, 1, 1, &[1]), true) as usize;
        let span = h.object_of(scanned).expect("an object").2;
        // SAFETY: a span of this heap.
        assert_eq!(unsafe { h.large_size(span) }, size);
        assert!(span.elem_size() >= size);
        assert_eq!(h.pointer_layout(scanned + 100), Some(PointerLayout::Opaque(5)));
    }
    let small = alloc(&mut c, &h, 1000, &scan(5, 1, 1, &[1]), true) as usize;
    let span = h.object_of(small).expect("an object").2;
    // SAFETY: a span of this heap.
    assert_eq!(unsafe { h.large_size(span) }, span.elem_size());
}

#[test]
fn arrays_repeat_their_element() {
    let h = heap();
    let mut c = Cache::new();
    // Three elements of five words, pointers in words 0 and 3; class of 128 bytes.
    let p = alloc(&mut c, &h, 120, &scan(5, 5, 4, &[0b1001]), true);
    assert_eq!(h.pointer_layout(p as usize + 100), Some(PointerLayout::Bits(0b01001_01001_01001)));
}

#[test]
fn freed_memory_is_cleared_when_asked() {
    let h = heap();
    // SAFETY: a new heap, without a collector.
    unsafe { h.enable_free() };
    let mut c = Cache::new();
    let mask = [0xff; 8];
    for round in 0..3 {
        let mut live = Vec::new();
        for size in [16, 24, 48, 100, 512, 513, 3000, 30000, 100_000] {
            for k in 0..300 {
                let layout = if k % 2 == 0 { Layout::NOSCAN } else { scan(9, 1, 1, &mask) };
                let p = alloc(&mut c, &h, size, &layout, true);
                // SAFETY: the object was given out with this size and is not freed; what this test writes and reads of it, it does here alone.
                assert!(unsafe { bytes(p, size) }.iter().all(|&b| b == 0), "round {round} size {size}");
                // SAFETY: the object was given out with this size and is not freed; what this test writes and reads of it, it does here alone.
                unsafe { bytes(p, size).fill(0xee) };
                live.push(p);
            }
        }
        for p in live {
            // SAFETY: allocated above, not used any more.
            assert!(unsafe { h.free(p) });
        }
    }
    c.flush(&h);
    h.trim();
    let s = h.snapshot([].into_iter());
    assert_eq!((s.heap_inuse, s.heap_objects, s.heap_alloc), (0, 0, 0));
    assert!(s.mallocs == s.frees && s.total_alloc == s.total_free && s.total_alloc > 0);
    let idle = s.heap_idle;
    let given = h.release_unused(usize::MAX);
    let s = h.snapshot([].into_iter());
    assert_eq!((s.heap_released, s.heap_idle), (idle, idle));
    assert!(given > 0 && given as u64 <= idle);
    // Released pages read as zero and need no clearing.
    let p = alloc(&mut c, &h, 50_000, &Layout::NOSCAN, true);
    assert!(!h.span_of(p as usize).unwrap().needzero());
    // SAFETY: the object was given out with this size and is not freed; what this test writes and reads of it, it does here alone.
    assert!(unsafe { bytes(p, 50_000) }.iter().all(|&b| b == 0));
}

#[test]
fn freeing_twice_is_noticed() {
    let h = heap();
    // SAFETY: a new heap, without a collector.
    unsafe { h.enable_free() };
    let mut c = Cache::new();
    let p = alloc(&mut c, &h, 64, &Layout::NOSCAN, false);
    // SAFETY: the first is right; the others are wrong on purpose, in ways that are detected before any harm.
    unsafe {
        assert!(h.free(p));
        assert!(!h.free(p));
        assert!(!h.free(p.add(8)));
        assert!(!h.free(core::ptr::dangling_mut()));
    }
}

#[test]
fn statistics_are_exact_without_flushing() {
    let h = heap();
    let (a, b) = (h.new_cache(), h.new_cache());
    // SAFETY: new caches, one user each.
    let (a, b) = unsafe { (&mut *a, &mut *b) };
    let mut want = [0u64; 68];
    for k in 0..5000usize {
        let size = 16 + k * 97 % 3000;
        alloc(if k % 3 == 0 { a } else { b }, &h, size, &Layout::NOSCAN, false);
        want[size_class::class_of(size) as usize] += 1;
        if k % 1000 == 0 {
            assert_eq!(h.snapshot([&*a, &*b].into_iter()).small_allocs, want);
        }
        if k == 3333 {
            b.flush(&h);
        }
    }
    alloc(a, &h, 40000, &Layout::NOSCAN, false);
    let stacks = h.alloc_manual(4).unwrap();
    let s = h.snapshot([&*a, &*b].into_iter());
    assert_eq!(s.small_allocs, want);
    assert_eq!((s.large_allocs, s.large_alloc_bytes), (1, 40960));
    assert_eq!(s.mallocs, 5001);
    assert_eq!(s.stack_inuse, 4 * PAGE as u64);
    assert_eq!(s.cache_inuse, 2 * size_of::<Cache>() as u64);
    let mut inuse = 0;
    let mut spans = 0;
    h.for_each_span(|s| {
        spans += 1;
        if s.state() == State::InUse {
            inuse += (s.npages() * PAGE) as u64;
        }
    });
    assert_eq!(s.heap_inuse, inuse);
    assert_eq!(s.span_meta_inuse, spans * size_of::<goxide_alloc::Span>() as u64);
    assert_eq!(s.heap_sys, s.heap_inuse + s.heap_idle);
    assert!((s.heap_sys + s.stack_sys).is_multiple_of(4 << 20));
    // SAFETY: from alloc_manual, not used any more.
    unsafe { h.free_manual(stacks) };
    assert_eq!(h.snapshot([].into_iter()).stack_inuse, 0);
}

#[test]
fn sweeping_keeps_what_is_marked() {
    let h = heap();
    let mut c = Cache::new();
    let objects: Vec<usize> = (0..1000).map(|_| alloc(&mut c, &h, 48, &Layout::NOSCAN, true) as usize).collect();
    c.flush(&h);
    // SAFETY: nothing else uses the heap, whose cache is flushed; what is not marked is not needed any more.
    unsafe {
        for p in objects.iter().step_by(3) {
            let (_, index, span) = h.object_of(*p).unwrap();
            assert!(span.set_mark(index) && !span.set_mark(index));
        }
        // A stale pointer into a free object must not bring it to life.
        let (_, _, last) = h.object_of(objects[999]).unwrap();
        assert!(!last.allocated(last.nelems() - 1) && last.set_mark(last.nelems() - 1));
        h.begin_sweep();
    }
    while h.sweep_one() != goxide_alloc::sweep::Swept::Nothing {}
    assert_eq!(h.snapshot([].into_iter()).heap_objects, 334);
    // The holes are used again before the heap grows.
    let inuse = h.snapshot([].into_iter()).heap_inuse;
    let again: Vec<usize> = (0..666).map(|_| alloc(&mut c, &h, 48, &Layout::NOSCAN, true) as usize).collect();
    assert_eq!(h.snapshot([].into_iter()).heap_inuse, inuse);
    let kept: Vec<usize> = objects.iter().copied().step_by(3).collect();
    assert!(again.iter().all(|p| !kept.contains(p)));
}

#[test]
fn black_allocation_marks_only_what_is_allocated() {
    let h = heap();
    let mut c = Cache::new();
    let before = alloc(&mut c, &h, 64, &Layout::NOSCAN, true) as usize;
    // SAFETY: this is the heap's only user, and plays its collector.
    unsafe {
        h.set_black_allocation(true);
        c.premark();
    }
    let during: Vec<usize> = (0..500).map(|_| alloc(&mut c, &h, 64, &Layout::NOSCAN, true) as usize).collect();
    let large = alloc(&mut c, &h, 99_999, &Layout::NOSCAN, true) as usize;
    c.flush(&h);
    // SAFETY: the spans stay in use.
    let marked = |p| h.object_of(p).map(|(_, i, s)| unsafe { s.marked(i) }).unwrap();
    assert!(!marked(before) && marked(large) && during.iter().all(|p| marked(*p)));
    let mut marks = 0;
    // SAFETY: the spans stay in use.
    h.for_each_span(|s| marks += (0..s.nelems()).filter(|&i| unsafe { s.marked(i) }).count());
    assert_eq!(marks, 501);
}

#[test]
fn threads_allocate_and_free_for_each_other() {
    let h = heap();
    // SAFETY: a new heap, without a collector.
    unsafe { h.enable_free() };
    let (tx, rx) = std::sync::mpsc::channel::<(usize, usize, u8)>();
    let rx = std::sync::Mutex::new(rx);
    std::thread::scope(|s| {
        for t in 0..3u8 {
            let (h, tx) = (&h, tx.clone());
            s.spawn(move || {
                let mut c = Cache::new();
                for k in 0..20_000usize {
                    let size = 16 + (k * 7919 + t as usize * 13) % 700;
                    let p = alloc(&mut c, h, size, &Layout::NOSCAN, k % 2 == 0);
                    if k % 2 == 0 {
                        // SAFETY: the object was given out with this size and is not freed; what this test writes and reads of it, it does here alone.
                        assert!(unsafe { bytes(p, size) }.iter().all(|&b| b == 0));
                    }
                    // SAFETY: the object was given out with this size and is not freed; what this test writes and reads of it, it does here alone.
                    unsafe { bytes(p, size).fill(t + 1) };
                    tx.send((p as usize, size, t + 1)).unwrap();
                }
                c.flush(h);
            });
        }
        drop(tx);
        for _ in 0..2 {
            let (h, rx) = (&h, &rx);
            s.spawn(move || {
                loop {
                    let Ok((p, size, mark)) = rx.lock().unwrap().recv() else { break };
                    // SAFETY: the object was given out with this size and is not freed; what this test writes and reads of it, it does here alone.
                    assert!(unsafe { bytes(p as *mut u8, size) }.iter().all(|&b| b == mark));
                    // SAFETY: handed over by its allocator, used by nothing else.
                    assert!(unsafe { h.free(p as *mut u8) });
                }
            });
        }
    });
    h.trim();
    let s = h.snapshot([].into_iter());
    assert_eq!((s.mallocs, s.frees, s.heap_inuse), (60_000, 60_000, 0));
}
