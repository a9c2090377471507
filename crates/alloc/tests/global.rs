//! A test process whose global allocator is this one: collections, alignments, threads that end, reallocation.
#![cfg(not(loom))]

use goxide_alloc::GoxideAlloc;
use std::alloc::{GlobalAlloc, Layout};
use std::collections::{BTreeMap, HashMap};

#[global_allocator]
static ALLOC: GoxideAlloc = GoxideAlloc;

#[test]
fn every_alignment_is_honoured() {
    for size in [1usize, 7, 8, 9, 16, 17, 24, 25, 33, 100, 512, 1000, 1025, 4097, 32768, 32769, 200_000] {
        for align in (0..18).map(|s| 1usize << s) {
            let layout = Layout::from_size_align(size, align).unwrap();
            // SAFETY: the sizes are positive; each object is freed once, with its layout.
            unsafe {
                let mut all: Vec<*mut u8> = (0..5).map(|_| ALLOC.alloc_zeroed(layout)).collect();
                for &p in &all {
                    assert!((p as usize).is_multiple_of(align) && !p.is_null(), "size {size} align {align}");
                    let bytes = std::slice::from_raw_parts_mut(p, size);
                    assert!(bytes.iter().all(|&b| b == 0));
                    bytes.fill(0x77);
                }
                all.sort();
                assert!(all.windows(2).all(|w| w[0] as usize + size <= w[1] as usize));
                for p in all {
                    ALLOC.dealloc(p, layout);
                }
            }
        }
    }
}

#[test]
fn reallocation_keeps_the_contents() {
    let mut v: Vec<u32> = Vec::new();
    for i in 0..300_000 {
        v.push(i);
        if i % 50_000 == 0 {
            v.shrink_to_fit();
        }
    }
    assert!(v.iter().enumerate().all(|(i, &x)| i as u32 == x));
}

#[test]
fn threads_come_and_go_and_free_for_each_other() {
    for _ in 0..10 {
        let threads: Vec<_> = (0..3)
            .map(|t| {
                std::thread::spawn(move || {
                    let mut map: HashMap<u64, String> = HashMap::new();
                    for k in 0..5000u64 {
                        map.insert(k * 7 + t, format!("value {k} of {t}"));
                        if k % 3 == 0 {
                            map.remove(&(k / 2 * 7 + t));
                        }
                    }
                    map
                })
            })
            .collect();
        let mut all = BTreeMap::new();
        for (t, handle) in threads.into_iter().enumerate() {
            for (k, v) in handle.join().unwrap() {
                assert_eq!(v, format!("value {} of {t}", (k - t as u64) / 7));
                all.insert((t, k), v);
            }
        }
        assert!(all.len() > 9000);
    }
    let s = GoxideAlloc::heap().snapshot([].into_iter());
    // What ended threads took from spans and returned to them was counted.
    assert!(s.mallocs > 50_000 && s.frees > 50_000, "{} {}", s.mallocs, s.frees);
    assert!(s.heap_inuse < 64 << 20);
}

#[test]
fn gibibytes_of_alignment_are_honoured() {
    let layout = Layout::from_size_align(100, 1 << 30).unwrap();
    // SAFETY: a positive size; freed once, with its layout. (That its memory is counted in single pages is tested in `heap`.)
    unsafe {
        let all: Vec<*mut u8> = (0..4).map(|_| ALLOC.alloc_zeroed(layout)).collect();
        for &p in &all {
            assert!(!p.is_null() && (p as usize).is_multiple_of(1 << 30));
            p.write_bytes(1, 100);
        }
        for p in all {
            ALLOC.dealloc(p, layout);
        }
    }
}
