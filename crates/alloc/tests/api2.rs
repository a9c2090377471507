//! The trait of crate `allocator-api2`: blocks of any size and alignment, which grow and shrink, for the allocator and for a thread's handle;
//! and collections over both. The allocator is not this process's.
#![cfg(not(loom))]

use allocator_api2::alloc::Allocator;
use allocator_api2::boxed::Box;
use allocator_api2::vec::Vec as AllocVec;
use goxide_alloc::size_class::{MAX_SMALL, PAGE, SIZES};
use goxide_alloc::{GoxideAlloc, ThreadAlloc};
use proptest::prelude::*;
use std::alloc::Layout;
use std::ptr::NonNull;

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).unwrap()
}

fn handle() -> ThreadAlloc {
    GoxideAlloc::this_thread().unwrap()
}

fn bytes<'a>(block: NonNull<[u8]>) -> &'a mut [u8] {
    // SAFETY: the tests have the block, initialised, and no other reference to it.
    unsafe { &mut *block.as_ptr() }
}

/// Blocks of all classes, large ones, and alignments up to and above a page: as large as asked for at least, aligned, and freed with any size
/// that fits.
fn every_block_fits(a: &impl Allocator) {
    let sizes = [1usize, 8, 9, 17, 24, 25, 100, 512, 1000, 1025, 1100, 4097, 20_000, MAX_SMALL, MAX_SMALL + 1, 200_000];
    for size in sizes.into_iter().chain(SIZES.map(usize::from).into_iter().skip(1)) {
        for align in (0..18).map(|s| 1usize << s) {
            let asked = layout(size, align);
            for zero in [false, true] {
                let block = if zero { a.allocate_zeroed(asked) } else { a.allocate(asked) }.unwrap();
                let start: *mut u8 = block.as_ptr().cast();
                assert!(block.len() >= size && start.addr().is_multiple_of(align), "size {size} align {align}");
                if zero {
                    assert!(bytes(block).iter().all(|&b| b == 0), "size {size} align {align}");
                }
                // SAFETY: a new block of that length.
                unsafe { start.write_bytes(0xee, block.len()) };
                let fits = if zero { size } else { block.len() };
                // SAFETY: the block's own, with a layout that fits it.
                unsafe { a.deallocate(block.cast(), layout(fits, align)) };
            }
        }
    }
}

#[test]
fn every_block_fits_both() {
    every_block_fits(&GoxideAlloc);
    every_block_fits(&handle());
    every_block_fits(&&handle());
}

#[test]
fn nothing_is_a_block_too() {
    let a = handle();
    for align in [1, 64, 65536] {
        let none = a.allocate(layout(0, align)).unwrap();
        assert!(none.is_empty() && none.cast::<u8>().as_ptr().addr().is_multiple_of(align));
        // SAFETY: each block is used with a layout that fits it, until it becomes another.
        unsafe {
            let some = a.grow_zeroed(none.cast(), layout(0, align), layout(100, align)).unwrap();
            assert!(some.len() >= 100 && bytes(some).iter().all(|&b| b == 0));
            let none = a.shrink(some.cast(), layout(100, align), layout(0, align)).unwrap();
            assert!(none.is_empty() && none.cast::<u8>().as_ptr().addr().is_multiple_of(align));
            a.deallocate(none.cast(), layout(0, align));
        }
    }
    // What cannot be is an error.
    assert!(a.allocate(layout(1 << 47, 8)).is_err());
    assert!(GoxideAlloc.allocate_zeroed(layout(isize::MAX as usize, 1)).is_err());
}

#[test]
fn in_place_where_the_class_or_the_pages_allow() {
    let a = GoxideAlloc;
    let steps = [
        // From, to, in place.
        ((33, 8), (48, 8), true),
        ((33, 8), (49, 8), false),
        ((48, 8), (33, 8), true),
        ((48, 8), (32, 8), false),
        ((1100, 16), (1152, 64), true),
        ((32, 8), (32, 32), true),
        ((MAX_SMALL + 1, 8), (5 * PAGE, 8), true),
        ((MAX_SMALL + 1, 8), (5 * PAGE, 4096), true),
        ((5 * PAGE, 8), (5 * PAGE + 1, 8), false),
        ((100, 65536), (PAGE, 65536), true),
        ((100, 65536), (PAGE + 1, 65536), false),
        // As large, but a class's, and not a page of its own.
        ((PAGE, 8), (PAGE, 65536), false),
    ];
    for ((size, align), (new_size, new_align), in_place) in steps {
        let (old, new) = (layout(size, align), layout(new_size, new_align));
        let block = a.allocate_zeroed(old).unwrap();
        bytes(block)[size - 1] = 7;
        // SAFETY: each block is used with a layout that fits it, until it becomes another.
        unsafe {
            let grown = match new_size < size {
                true => a.shrink(block.cast(), old, new),
                false => a.grow(block.cast(), old, new),
            }
            .unwrap();
            assert_eq!(grown.cast::<u8>() == block.cast(), in_place, "{old:?} {new:?}");
            assert!(grown.cast::<u8>().as_ptr().addr().is_multiple_of(new_align) && grown.len() >= new_size);
            assert!(new_size < size || bytes(grown)[size - 1] == 7);
            a.deallocate(grown.cast(), new);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Blocks that grow and shrink, by either allocator, keep what was in them.
    #[test]
    fn contents_survive(
        steps in proptest::collection::vec(
            (prop_oneof![3 => 0usize..200, 2 => 0usize..5000, 1 => 0usize..80_000], 0u32..17, any::<bool>(), any::<bool>()), 2..40),
    ) {
        let (mine, base) = (handle(), handle().stats().balance);
        let (mut old, mut want) = (layout(0, 1), Vec::<u8>::new());
        let mut block = mine.allocate(old).unwrap();
        for (i, (size, align, zero, through)) in steps.into_iter().enumerate() {
            let new = layout(size, 1 << align);
            let a: &dyn Allocator = if through { &mine } else { &GoxideAlloc };
            // SAFETY: each block is used with a layout that fits it, until it becomes another.
            block = unsafe {
                match (size < old.size(), zero) {
                    (true, _) => a.shrink(block.cast(), old, new),
                    (false, false) => a.grow(block.cast(), old, new),
                    (false, true) => a.grow_zeroed(block.cast(), old, new),
                }
            }.unwrap();
            prop_assert!(block.len() >= size && block.cast::<u8>().as_ptr().addr().is_multiple_of(new.align()));
            want.truncate(size);
            if zero && size >= old.size() {
                want.resize(size, 0);
            }
            let kept = want.len();
            prop_assert_eq!(&bytes(block)[..kept], &want[..]);
            let fill = i as u8 | 1;
            // SAFETY: the block has `block.len()` bytes.
            unsafe { block.cast::<u8>().as_ptr().add(kept).write_bytes(fill, block.len() - kept) };
            want.resize(size, fill);
            old = new;
        }
        // SAFETY: the block's last layout.
        unsafe { GoxideAlloc.deallocate(block.cast(), old) };
        prop_assert_eq!(mine.stats().balance, base);
    }
}

#[test]
fn collections_over_both() {
    fn fill<A: Allocator + Clone>(a: A) {
        let mut v = AllocVec::new_in(a.clone());
        let mut map = hashbrown::HashMap::with_hasher_in(std::hash::RandomState::new(), a.clone());
        for i in 0..20_000u64 {
            v.push(Box::new_in(i, a.clone()));
            map.insert(i, i * i);
            if i % 3 == 0 {
                v.swap_remove(v.len() / 2);
                map.remove(&(i / 2));
            }
        }
        v.shrink_to_fit();
        map.shrink_to_fit();
        assert_eq!(v.len(), 20_000 - 6667);
        assert!(map.iter().all(|(k, v)| k * k == *v) && map.len() > 13_000);
        let mut zeros = AllocVec::new_in(a);
        zeros.resize(100_000, 0u32);
        assert!(zeros.iter().all(|&x| x == 0));
    }
    fill(GoxideAlloc);
    let mine = handle();
    fill(&mine);
    fill(mine);
    // A collection may hold the last handle.
    let mut v = AllocVec::new_in(handle());
    v.extend(0..1000u32);
    assert_eq!(v.iter().sum::<u32>(), 499_500);
}

/// What one frees, the other may have allocated, on another thread.
#[test]
fn blocks_go_between_threads() {
    let asked = layout(700, 8);
    let base = handle().stats().balance;
    let blocks: Vec<usize> = std::thread::spawn(move || {
        let a = handle();
        (0..3000).map(|_| a.allocate(asked).unwrap().cast::<u8>().as_ptr() as usize).collect()
    })
    .join()
    .unwrap();
    let a = handle();
    for b in blocks {
        // SAFETY: allocated with this layout, freed once.
        unsafe { a.deallocate(NonNull::new(b as *mut u8).unwrap(), asked) };
    }
    assert_eq!(a.stats().balance, base - 3000);
}
