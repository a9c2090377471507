//! Slices against what the official toolchain does, and against plain models.
#![allow(clippy::undocumented_unsafe_blocks)]

#[path = "types_support/mod.rs"]
mod support;

use goxide_gotypes::mem::Mem;
use goxide_gotypes::slices::*;
use goxide_gotypes::text::Fault;
use goxide_gotypes::text::fault::msg;
use goxide_gotypes::types::{GoSlice, kind};
use proptest::prelude::*;
use support::{Event, TestMem, World, round_up, rows};

fn words<T>(r: Result<T, Fault>) -> &'static str {
    match r {
        Err(Fault::Error(m)) => m,
        Err(_) => "another fault",
        Ok(_) => "",
    }
}

#[test]
fn capacities_are_gos() {
    let mut n = 0;
    for r in rows(include_str!("types_tables/grow.tsv")) {
        let v: Vec<usize> = r.iter().map(|s| s.parse().unwrap()).collect();
        let [size, old, len, cap] = v[..] else { panic!() };
        // `append` calls the runtime only beyond the capacity; the table has no other rows.
        let plan = grow_plan(len as isize, old as isize, (len - old) as isize, size, 1 << 48, round_up).unwrap();
        assert_eq!(plan.cap, cap, "size {size} old {old} len {len}");
        assert_eq!(plan.old_bytes, old * size);
        assert_eq!(plan.len_bytes, len * size);
        n += 1;
    }
    assert!(n > 1000);
}

#[test]
fn growth_keeps_elements_and_clears_the_rest() {
    let w = World::new();
    let mem = TestMem::default();
    let byte = w.basic("uint8", kind::UINT8);
    let old: Vec<u8> = (0..100).collect();
    let s = unsafe { grow_slice(&mem, old.as_ptr(), 101, 100, 1, byte).unwrap() };
    assert_eq!((s.len, s.cap), (101, 208));
    let all = unsafe { core::slice::from_raw_parts(s.ptr, s.cap) };
    assert_eq!(&all[..100], &old[..]);
    assert_eq!(all[100], 0xa5, "the caller writes the new elements");
    assert!(all[101..].iter().all(|&b| b == 0));

    // With pointers all of the array is asked for clear, and only sources are shaded.
    let text = w.basic("string", kind::STRING);
    let old = [support::go("a"), support::go("b")];
    mem.barrier.set(true);
    mem.take();
    let s = unsafe { grow_slice(&mem, old.as_ptr().cast(), 3, 2, 1, text).unwrap() };
    assert_eq!(
        mem.take(),
        [Event::Alloc { size: 64, typed: true, zero: true }, Event::Fresh { dst: s.ptr as usize, size: 24 },]
    );
}

#[test]
fn growth_faults_and_empty_elements() {
    let w = World::new();
    let mem = TestMem::default();
    let int = w.basic("int", kind::INT);
    let p = core::ptr::null();
    let bad = |len: isize, cap: isize, num: isize| words(unsafe { grow_slice(&mem, p, len, cap, num, int) });
    assert_eq!(bad(-1, 0, -1), msg::GROWSLICE_LEN);
    assert_eq!(bad(isize::MAX, 0, isize::MAX), msg::GROWSLICE_LEN);
    assert_eq!(bad((1 << 45) + 1, 0, (1 << 45) + 1), msg::GROWSLICE_LEN);
    assert_eq!(bad(isize::MAX / 2 + 2, isize::MAX / 2 + 1, 1), msg::GROWSLICE_LEN);
    let empty = w.struct_of("struct {}", "", &[], true);
    let s = unsafe { grow_slice(&mem, p, 5, 0, 5, empty).unwrap() };
    assert_eq!((s.ptr, s.len, s.cap), (mem.zero_base(), 5, 5));
    assert_eq!(words(unsafe { grow_slice(&mem, p, -5, 0, -5, empty) }), msg::GROWSLICE_LEN);
}

#[test]
fn reflected_growth_keeps_length_and_clears_all_room() {
    let w = World::new();
    let mem = TestMem::default();
    let byte = w.basic("uint8", kind::UINT8);
    let mut a = *b"abcdefgh";
    let old = GoSlice { ptr: a.as_mut_ptr(), len: 3, cap: 8 };
    let s = unsafe { reflect_grow_slice(&mem, byte, old, 10).unwrap() };
    assert_eq!((s.len, s.cap), (3, 16));
    let all = unsafe { core::slice::from_raw_parts(s.ptr, s.cap) };
    assert_eq!(all, b"abcdefgh\0\0\0\0\0\0\0\0");
}

#[test]
fn make_blames_length_before_capacity() {
    let w = World::new();
    let mem = TestMem::default();
    let int = w.basic("int", kind::INT);
    let empty = w.struct_of("struct {}", "", &[], true);
    let of = |t, len, cap| words(unsafe { make_slice(&mem, t, len, cap) });
    assert_eq!(of(int, -1, -1), msg::MAKESLICE_LEN);
    assert_eq!(of(int, -1, 5), msg::MAKESLICE_LEN);
    assert_eq!(of(int, 0, -1), msg::MAKESLICE_CAP);
    assert_eq!(of(int, 6, 5), msg::MAKESLICE_CAP);
    assert_eq!(of(int, 1 << 62, 1 << 62), msg::MAKESLICE_LEN);
    assert_eq!(of(int, 1, 1 << 62), msg::MAKESLICE_CAP);
    assert_eq!(of(int, (1 << 45) + 1, (1 << 45) + 1), msg::MAKESLICE_LEN);
    assert_eq!(of(empty, isize::MAX, isize::MAX), "");
    assert_eq!(of(empty, 1, -1), msg::MAKESLICE_CAP);
    assert_eq!(unsafe { make_slice_size(int, 3, 5, 1 << 48).unwrap() }, 40);
    mem.take();
    unsafe { make_slice(&mem, int, 3, 5).unwrap() };
    assert_eq!(mem.take(), [Event::Alloc { size: 40, typed: false, zero: true }]);
    assert_eq!(words(make_no_zero(&mem, -1)), msg::MAKESLICE_LEN);
    let s = make_no_zero(&mem, 9).unwrap();
    assert_eq!((s.len, s.cap), (9, 9));
}

#[test]
fn make_copy() {
    let w = World::new();
    let mem = TestMem::default();
    let byte = w.basic("uint8", kind::UINT8);
    let from = b"abcdef";
    let made = |to: isize, n: isize| unsafe {
        let p = make_slice_copy(&mem, byte, to, n, from.as_ptr())?;
        Ok(core::slice::from_raw_parts(p, to as usize).to_vec())
    };
    assert_eq!(made(3, 6).unwrap(), b"abc");
    assert_eq!(made(6, 6).unwrap(), b"abcdef");
    assert_eq!(made(9, 6).unwrap(), b"abcdef\0\0\0");
    assert_eq!(words(made(-1, 6)), msg::MAKESLICE_LEN);
    assert_eq!(words(made(1 << 50, 6)), msg::MAKESLICE_LEN);
    let text = w.basic("string", kind::STRING);
    let src = [support::go("x")];
    mem.barrier.set(true);
    mem.take();
    let p = unsafe { make_slice_copy(&mem, text, 2, 1, src.as_ptr().cast()).unwrap() };
    assert_eq!(
        mem.take(),
        [Event::Alloc { size: 32, typed: true, zero: true }, Event::Fresh { dst: p as usize, size: 16 },]
    );
}

#[test]
fn unsafe_views() {
    let w = World::new();
    let int = w.basic("int", kind::INT);
    let empty = w.struct_of("struct {}", "", &[], true);
    let p = 0x1000 as *const u8;
    let high = (usize::MAX - 15) as *const u8;
    let of = |t, p, n| words(unsafe { check_unsafe_slice(t, p, n) });
    assert_eq!(of(int, p, 3), "");
    assert_eq!(of(int, core::ptr::null(), 0), "");
    assert_eq!(of(int, core::ptr::null(), 1), msg::UNSAFE_SLICE_NIL);
    assert_eq!(of(int, p, -1), msg::UNSAFE_SLICE_LEN);
    assert_eq!(of(int, p, i64::MAX), msg::UNSAFE_SLICE_LEN);
    assert_eq!(of(int, high, 2), "");
    assert_eq!(of(int, high, 3), msg::UNSAFE_SLICE_LEN);
    assert_eq!(of(empty, core::ptr::null(), 1), msg::UNSAFE_SLICE_NIL);
    assert_eq!(of(empty, p, i64::MAX), "");
    let of = |p, n| words(check_unsafe_string(p, n));
    assert_eq!(of(p, 3), "");
    assert_eq!(of(core::ptr::null(), 0), "");
    assert_eq!(of(core::ptr::null(), 1), msg::UNSAFE_STRING_NIL);
    assert_eq!(of(p, -1), msg::UNSAFE_STRING_LEN);
    assert_eq!(of(high, 16), "");
    assert_eq!(of(high, 17), msg::UNSAFE_STRING_LEN);
}

proptest! {
    #[test]
    fn growth_always_fits(size in 1usize..5000, old in 0isize..100_000, num in 1isize..100_000) {
        let len = old + num;
        let plan = grow_plan(len, old, num, size, 1 << 48, round_up).unwrap();
        prop_assert!(plan.cap >= len as usize);
        prop_assert!(plan.bytes == plan.cap * size);
        prop_assert!(plan.old_bytes <= plan.len_bytes && plan.len_bytes <= plan.bytes);
        // Growth by one is at most doubling, and at least a quarter for large slices.
        if num == 1 && old >= 256 {
            prop_assert!(plan.cap >= old as usize + old as usize / 4);
        }
    }

    #[test]
    fn copies_are_the_shorter_of_two(a in prop::collection::vec(any::<u8>(), 0..64), room in 0usize..64, width in 0usize..4) {
        let mut to = vec![0u8; room * width];
        let n = a.len().checked_div(width).unwrap_or(a.len());
        let got = unsafe { slice_copy(to.as_mut_ptr(), room, a.as_ptr(), n, width) };
        prop_assert_eq!(got, n.min(room));
        prop_assert_eq!(&to[..got * width], &a[..got * width]);
    }
}
