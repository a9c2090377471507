//! Equality, hashes, and typed moves of values.
#![allow(clippy::undocumented_unsafe_blocks)]

#[path = "types_support/mod.rs"]
mod support;

use std::cell::Cell;

use goxide_gotypes::mem::equal::str_equal;
use goxide_gotypes::mem::hash::{eface_hash, iface_hash};
use goxide_gotypes::mem::shape::Shape as ValueShape;
use goxide_gotypes::mem::{
    Access, Equality, Hasher, Hashing, Mem, Uncomparable, Unhashable, equal_by_type, equal_in_place, hash_by_type,
    hash_in_place, moves,
};
use goxide_gotypes::text::Fault;
use goxide_gotypes::types::Itab;
use goxide_gotypes::types::{Eface, GoSlice, GoStr, Iface, Type, kind};
use proptest::prelude::*;
use support::{Event, TestMem, World, go};

/// A hash of bytes, and a counter for random numbers.
#[derive(Default)]
struct Fnv(Cell<usize>);

impl Hasher for Fnv {
    unsafe fn bytes(&self, p: *const u8, seed: usize, n: usize) -> usize {
        (0..n).fold(seed ^ 0xcbf2_9ce4_8422_2325, |h, i| {
            (h ^ usize::from(unsafe { *p.add(i) })).wrapping_mul(0x100_0000_01b3)
        })
    }
    fn random(&self) -> usize {
        self.0.set(self.0.get() + 1);
        self.0.get()
    }
}

fn at<T>(v: &T) -> *const u8 {
    (&raw const *v).cast()
}

fn eq<T>(t: *const Type, a: &T, b: &T) -> Result<bool, Uncomparable> {
    unsafe { equal_by_type(&TestMem::default(), t, at(a), at(b)) }
}

fn hash<T>(t: *const Type, v: &T) -> Result<usize, Unhashable> {
    unsafe { hash_by_type(&TestMem::default(), &Fnv::default(), t, at(v), 99) }
}

#[test]
fn basic_kinds() {
    let w = World::new();
    let f64t = w.basic("float64", kind::FLOAT64);
    assert_eq!(eq(f64t, &0.0f64, &-0.0f64), Ok(true));
    assert_eq!(eq(f64t, &f64::NAN, &f64::NAN), Ok(false));
    assert_eq!(eq(f64t, &1.5f64, &1.5f64), Ok(true));
    assert_eq!(hash(f64t, &0.0f64), hash(f64t, &-0.0f64));
    assert_ne!(hash(f64t, &0.0f64), hash(f64t, &1.0f64));
    let f32t = w.basic("float32", kind::FLOAT32);
    assert_eq!(eq(f32t, &0.0f32, &-0.0f32), Ok(true));
    assert_eq!(eq(f32t, &f32::NAN, &f32::NAN), Ok(false));
    assert_eq!(hash(f32t, &0.0f32), hash(f32t, &-0.0f32));
    let c128 = w.basic("complex128", kind::COMPLEX128);
    assert_eq!(eq(c128, &[0.0f64, 1.0], &[-0.0, 1.0]), Ok(true));
    assert_eq!(eq(c128, &[0.0f64, 1.0], &[0.0, 2.0]), Ok(false));
    assert_eq!(eq(c128, &[1.0f64, f64::NAN], &[1.0, f64::NAN]), Ok(false));
    assert_eq!(hash(c128, &[0.0f64, 1.0]), hash(c128, &[-0.0f64, 1.0]));
    assert_ne!(hash(c128, &[1.0f64, 2.0]), hash(c128, &[2.0f64, 1.0]));
    let c64 = w.basic("complex64", kind::COMPLEX64);
    assert_eq!(eq(c64, &[0.0f32, 1.0], &[0.0, -1.0]), Ok(false));
    assert_eq!(hash(c64, &[0.0f32, -0.0]), hash(c64, &[-0.0f32, 0.0]));
    let text = w.basic("string", kind::STRING);
    assert_eq!(eq(text, &go("abc"), &go("abc")), Ok(true));
    assert_eq!(eq(text, &go("abc"), &go("abd")), Ok(false));
    assert_eq!(eq(text, &go("abc"), &go("ab")), Ok(false));
    assert_eq!(hash(text, &go("abc")), hash(text, &go("abc")));
    assert!(unsafe { str_equal(Access::of_own(), GoStr::EMPTY, go("")) });
    // NaNs scatter.
    let h = Fnv::default();
    let one = |v: &f64| unsafe { hash_by_type(&TestMem::default(), &h, f64t, at(v), 99).unwrap() };
    assert_ne!(one(&f64::NAN), one(&f64::NAN));
}

#[test]
fn parts_without_equality() {
    let w = World::new();
    let int = w.basic("int", kind::INT);
    let slice = w.slice("[]int", int);
    let func = w.func("func()");
    for t in [slice, func] {
        assert_eq!(eq(t, &GoSlice::NIL, &GoSlice::NIL), Err(Uncomparable(t)));
        assert_eq!(hash(t, &GoSlice::NIL), Err(Unhashable(t)));
        assert_eq!(unsafe { Equality::of(t) }, Equality::Undefined);
        assert_eq!(unsafe { Hashing::of(t) }, Hashing::Undefined);
    }
    assert!(matches!(Fault::from(Uncomparable(slice)), Fault::ErrorType("comparing uncomparable type ", t) if t == slice));
    assert!(matches!(Fault::from(Unhashable(slice)), Fault::ErrorType("hash of unhashable type ", t) if t == slice));
}

#[test]
fn plans() {
    let w = World::new();
    let (int, int32, string) = (w.basic("int", kind::INT), w.basic("int32", kind::INT32), w.basic("string", kind::STRING));
    let plain = w.struct_of("struct {a, b, c int}", "", &[("a", int, 0), ("b", int, 8), ("c", int, 16)], true);
    let mixed = w.struct_of("struct {s string}", "", &[("s", string, 0)], false);
    unsafe {
        assert_eq!(Equality::of(int), Equality::Bytes(8));
        assert_eq!(Equality::of(plain), Equality::Bytes(24));
        assert_eq!(Equality::of(string), Equality::Text);
        assert_eq!(Equality::of(mixed), Equality::Walk);
        assert_eq!(Hashing::of(int), Hashing::Word64);
        assert_eq!(Hashing::of(int32), Hashing::Word32);
        assert_eq!(Hashing::of(plain), Hashing::Bytes(24));
        assert_eq!(Hashing::of(string), Hashing::Text);
        assert_eq!(Hashing::of(mixed), Hashing::Walk);
    }
}

#[test]
fn structs_and_arrays() {
    let w = World::new();
    let (int, string, float) =
        (w.basic("int", kind::INT), w.basic("string", kind::STRING), w.basic("float64", kind::FLOAT64));
    #[repr(C)]
    struct V(u64, u64, GoStr, f64);
    let t = w.struct_of("main.T", "main", &[("a", int, 0), ("_", int, 8), ("s", string, 16), ("f", float, 32)], false);
    let v = |a, blank, s, f| V(a, blank, go(s), f);
    let base = v(1, 2, "x", 0.0);
    for (other, want) in [
        (v(1, 2, "x", 0.0), true),
        (v(1, 77, "x", -0.0), true),
        (v(2, 2, "x", 0.0), false),
        (v(1, 2, "y", 0.0), false),
        (v(1, 2, "x", f64::NAN), false),
    ] {
        assert_eq!(eq(t, &base, &other), Ok(want));
        if want {
            assert_eq!(hash(t, &base), hash(t, &other));
        }
    }
    let a = w.array_of("[2]string", string, 2);
    assert_eq!(eq(a, &[go("p"), go("q")], &[go("p"), go("q")]), Ok(true));
    assert_eq!(eq(a, &[go("p"), go("q")], &[go("p"), go("r")]), Ok(false));
    assert_eq!(hash(a, &[go("p"), go("q")]), hash(a, &[go("p"), go("q")]));
    assert_ne!(hash(a, &[go("p"), go("q")]), hash(a, &[go("q"), go("p")]));
    let none = w.array_of("[0]string", string, 0);
    assert_eq!(eq(none, &0u64, &1u64), Ok(true));
    // A blank field may even be of a type without equality.
    let b = w.struct_of("main.B", "main", &[("_", w.slice("[]int", int), 0), ("n", int, 24)], false);
    assert_eq!(eq(b, &[0u64, 1, 2, 9], &[5u64, 6, 7, 9]), Ok(true));
    assert_eq!(hash(b, &[0u64, 1, 2, 9]), hash(b, &[5u64, 6, 7, 9]));
}

/// Plain memory, strings, plain memory: what has such a shape.
#[test]
fn shapes_of_plain_memory_and_strings() {
    let w = World::new();
    let (int, small, text) = (w.basic("int", kind::INT), w.basic("int32", kind::INT32), w.basic("string", kind::STRING));
    let one =
        |fields: &[(&str, *const Type, usize)]| unsafe { ValueShape::of(w.struct_of("main.T", "main", fields, false)) };
    let inner = w.struct_of("main.I", "main", &[("a", int, 0), ("s", text, 8)], false);
    let any = w.interface("interface {}", "", &[]).cast::<Type>();
    // (fields, whether there is a shape, and a simple one)
    for (fields, parts, simple) in [
        (&[("a", int, 0), ("s", text, 8)][..], true, true),
        (&[("a", int, 0), ("b", int, 8), ("s", text, 16)], true, true),
        (&[("a", int, 0), ("b", small, 8), ("s", text, 16)], true, true),
        (&[("a", int, 0), ("b", int, 8), ("c", int, 16), ("s", text, 24)], true, false),
        (&[("s", text, 0), ("a", int, 16)], true, false),
        (&[("s", text, 0), ("t", text, 16), ("u", text, 32)], true, false),
        (&[("i", inner, 0)], true, true),
        (&[("i", inner, 0), ("b", small, 24)], true, false),
        // Too many strings; a gap; a blank field; a second run of plain memory between strings; what is neither.
        (&[("s", text, 0), ("t", text, 16), ("u", text, 32), ("v", text, 48)], false, false),
        (&[("a", small, 0), ("b", int, 8), ("s", text, 16)], false, false),
        (&[("a", int, 0), ("_", int, 8), ("s", text, 16)], false, false),
        (&[("i", inner, 0), ("b", int, 24), ("s", text, 32)], false, false),
        (&[("s", text, 0), ("v", any, 16)], false, false),
        (&[("a", int, 0)], false, false),
    ] {
        let shape = one(fields);
        assert_ne!(shape, ValueShape::UNKNOWN);
        assert_eq!((shape.has_parts(), shape.simple().is_some()), (parts, simple), "{fields:?}");
    }
    for t in
        [int, text, any, w.array_of("[4]string", text, 4), w.array_of("[1][0]string", w.array_of("[0]string", text, 0), 1)]
    {
        assert!(!unsafe { ValueShape::of(t) }.has_parts());
    }
    assert!(unsafe { ValueShape::of(w.array_of("[3]string", text, 3)) }.has_parts());
}

/// A value of a shape, in words.
fn shaped(front: &[u64], text: &str, back: &[u64]) -> Vec<u64> {
    let g = go(text);
    [front, &[g.ptr as u64, g.len as u64], back].concat()
}

/// Hash and equality by the shape say whether two values are the same.
fn check_shape(shape: ValueShape, a: &[u64], b: &[u64], same: bool) {
    unsafe {
        let by = Access::new();
        let (a, b) = (a.as_ptr().cast(), b.as_ptr().cast());
        assert_eq!(shape.equal(by, a, b), same);
        assert_eq!(shape.hash(&Fnv::default(), by, a, 7) == shape.hash(&Fnv::default(), by, b, 7), same);
        if let Some(simple) = shape.simple() {
            assert_eq!(simple.equal(by, a, b), same);
            assert_eq!(simple.hash(&Fnv::default(), by, a, 7), shape.hash(&Fnv::default(), by, a, 7));
        }
    }
}

/// By a shape, each part counts: plain words, but not their spare bytes, and strings by their bytes.
#[test]
fn shapes_hash_and_compare_all_parts() {
    let w = World::new();
    let (int, small, text) = (w.basic("int", kind::INT), w.basic("int32", kind::INT32), w.basic("string", kind::STRING));
    let one =
        |fields: &[(&str, *const Type, usize)]| unsafe { ValueShape::of(w.struct_of("main.T", "main", fields, false)) };
    for words in 1..=8usize {
        for spare in [false, true] {
            let mut fields: Vec<_> = (0..words - 1).map(|i| ("a", int, 8 * i)).collect();
            fields.push(("z", if spare { small } else { int }, 8 * (words - 1)));
            fields.push(("s", text, 8 * words));
            for back in 0..=3usize {
                let mut fields = fields.clone();
                fields.extend((0..back).map(|i| ("b", int, 8 * (words + 2 + i))));
                let shape = one(&fields);
                assert!(shape.has_parts());
                let (front, rear): (Vec<u64>, Vec<u64>) = ((1..=words as u64).collect(), (90..90 + back as u64).collect());
                for s in
                    ["", "x", "four", "eight ch", "more than sixteen bytes", "more than thirty-two bytes: a whole line"]
                {
                    let base = shaped(&front, s, &rear);
                    check_shape(shape, &base, &shaped(&front, s, &rear), true);
                    check_shape(shape, &base, &shaped(&front, &format!("{s}y"), &rear), false);
                    for i in 0..words {
                        let mut other = front.clone();
                        other[i] ^= 1 << 30;
                        check_shape(shape, &base, &shaped(&other, s, &rear), false);
                    }
                    let mut other = front.clone();
                    other[words - 1] ^= 1 << 40;
                    check_shape(shape, &base, &shaped(&other, s, &rear), spare);
                    for i in 0..back {
                        let mut other = rear.clone();
                        other[i] ^= 1 << 63;
                        check_shape(shape, &base, &shaped(&front, s, &other), false);
                    }
                }
            }
        }
    }
}

/// An interface value without methods, with this data word.
fn e(typ: *const Type, data: usize) -> Eface {
    Eface { typ, data: data as *mut u8 }
}

/// An interface value without methods that holds what `v` points to.
fn of(typ: *const Type, v: &u64) -> Eface {
    e(typ, v as *const u64 as usize)
}

/// A kind of part of a mixed shape: values in words, those of one group equal to each other unless they are NaN.
struct Part {
    typ: *const Type,
    size: usize,
    values: Vec<Vec<Vec<usize>>>,
}

fn leak<T>(v: T) -> usize {
    at(Box::leak(Box::new(v))) as usize
}

/// All kinds of parts, those that are plain memory first.
fn mixed_parts(w: &World) -> [Part; 6] {
    let (int, small) = (w.basic("int", kind::INT), w.basic("int32", kind::INT32));
    let (double, single) = (w.basic("float64", kind::FLOAT64), w.basic("float32", kind::FLOAT32));
    let text = w.basic("string", kind::STRING);
    let (slice, ptr) = (w.slice("[]int", int), w.pointer("*int", int));
    let any = w.interface("interface {}", "", &[]).cast::<Type>();
    let m = w.interface("main.M", "main", &[("M", None, w.func("func()"))]);
    let tab = |typ| leak(Itab { inter: m, typ, hash: 0, pad: 0, fun: [1] });
    let (ti, td) = (tab(int), tab(double));
    let nested = w.struct_of("main.N", "main", &[("a", any, 0), ("f", double, 16)], false);
    let (zero, minus, nan) = (0f64.to_bits() as usize, (-0f64).to_bits() as usize, f64::NAN.to_bits() as usize);
    let (half, half32) = (1.5f64.to_bits() as usize, 1.5f32.to_bits() as usize);
    let hold = |typ: *const Type, data: usize| vec![typ as usize, data];
    let numbers = || vec![vec![vec![1]], vec![vec![2]]];
    let anys = vec![
        vec![vec![0, 0]],
        vec![hold(int, leak(1u64)), hold(int, leak(1u64))],
        vec![hold(int, leak(2u64))],
        vec![hold(ptr, 0x10)],
        vec![hold(double, leak(zero)), hold(double, leak(minus))],
        vec![hold(text, leak(go("x")))],
        vec![hold(text, leak(go("y")))],
        vec![hold(nested, leak([int as usize, leak(2u64), 1]))],
        vec![hold(slice, 0x10)],
    ];
    let methods = vec![
        vec![vec![0, 0]],
        vec![vec![ti, leak(1u64)], vec![ti, leak(1u64)]],
        vec![vec![td, leak(zero)], vec![td, leak(minus)]],
    ];
    let doubles = vec![vec![vec![zero], vec![minus]], vec![vec![half]], vec![vec![nan]]];
    let singles = vec![vec![vec![0], vec![(-0f32).to_bits() as usize]], vec![vec![half32]]];
    [
        (int, 8, numbers()),
        (small, 4, numbers()),
        (double, 8, doubles),
        (single, 4, singles),
        (any, 16, anys),
        (m.cast(), 16, methods),
    ]
    .map(|(typ, size, values)| Part { typ, size, values })
}

/// Values of a struct of these parts at these offsets: each value of one part, beside the first ones of the others.
fn mixed_values(parts: &[&Part], offsets: &[usize]) -> Vec<[u64; 8]> {
    let mut all = Vec::new();
    for which in 0..parts.len() {
        for value in parts[which].values.iter().flatten() {
            let mut words = [0u64; 8];
            for (i, (part, offset)) in parts.iter().zip(offsets).enumerate() {
                let from = if i == which { value } else { &part.values[0][0] };
                let to = (&raw mut words).cast::<u8>().wrapping_add(*offset);
                unsafe { to.copy_from(from.as_ptr().cast(), part.size) };
            }
            all.push(words);
        }
    }
    all
}

/// By a mixed shape, values hash and compare as by their type, part by part; what it does not know it leaves to that.
#[test]
fn mixed_shapes_are_as_the_walk() {
    let w = World::new();
    let parts = mixed_parts(&w);
    let mut seen = [0; 3];
    for (t, u, v) in (0..6 * 6 * 7).map(|n| (n % 6, n / 6 % 6, n / 36)) {
        let mut kinds = vec![&parts[t], &parts[u]];
        kinds.extend(parts.get(v));
        let (mut fields, mut offsets, mut end) = (Vec::new(), Vec::new(), 0usize);
        for part in &kinds {
            let here = end.next_multiple_of(part.size.min(8));
            fields.push(("a", part.typ, here));
            offsets.push(here);
            end = here + part.size;
        }
        let typ = w.struct_of("main.T", "main", &fields, false);
        let Some(mixed) = unsafe { ValueShape::of(typ) }.mixed() else {
            assert!(t.max(u) < 2 && !(2..6).contains(&v), "{fields:?}");
            continue;
        };
        let by = unsafe { Access::new() };
        let h = Fnv::default();
        let all = mixed_values(&kinds, &offsets);
        for a in &all {
            let inner = |t, p, seed| unsafe { hash_in_place(&h, by, t, p, seed) };
            match (unsafe { mixed.hash(&Fnv::default(), at(a), 99, inner) }, hash(typ, a)) {
                (Some(n), Ok(m)) => assert_eq!(n, m, "{fields:?} {a:x?}"),
                (None, _) => seen[0] += 1,
                (Some(_), Err(u)) => panic!("{u:?} has a hash"),
            }
            for b in &all {
                let inner = |t, a, b| unsafe { equal_in_place(by, t, a, b) };
                match (unsafe { mixed.equal(by, at(a), at(b), inner) }, eq(typ, a, b)) {
                    (Some(n), Ok(m)) => {
                        assert_eq!(n, m, "{fields:?} {a:x?} {b:x?}");
                        seen[1 + usize::from(n)] += 1;
                    }
                    (None, _) => seen[0] += 1,
                    (Some(_), Err(u)) => panic!("{u:?} is equal"),
                }
            }
        }
    }
    assert!(seen.iter().all(|&n| n > 100), "{seen:?}");
}

/// An interface and nothing else hashes and compares as by its type, in both ways.
#[test]
fn lone_interfaces_are_as_the_walk() {
    let w = World::new();
    let parts = mixed_parts(&w);
    let (h, by) = (Fnv::default(), unsafe { Access::new() });
    let mut seen = [0; 3];
    for part in &parts[4..] {
        let mixed = unsafe { ValueShape::of(part.typ) }.mixed().unwrap();
        assert!(mixed.is_interface());
        let all: Vec<_> = part.values.iter().flatten().collect();
        for a in &all {
            let a = a.as_ptr().cast::<u8>();
            let inner = |t, p, seed| unsafe { hash_in_place(&h, by, t, p, seed) };
            let hashes = unsafe { [mixed.hash(&h, a, 99, inner), mixed.hash_interface(&h, a, 99, inner)] };
            assert_eq!(hashes[0], hashes[1]);
            match (hashes[0], unsafe { hash_by_type(&TestMem::default(), &h, part.typ, a, 99) }) {
                (Some(n), Ok(m)) => assert_eq!(n, m),
                (None, _) => seen[0] += 1,
                (Some(_), Err(u)) => panic!("{u:?} has a hash"),
            }
            for b in &all {
                let b = b.as_ptr().cast::<u8>();
                let inner = |t, a, b| unsafe { equal_in_place(by, t, a, b) };
                let equal = unsafe { [mixed.equal(by, a, b, inner), mixed.equal_interface(by, a, b, inner)] };
                assert_eq!(equal[0], equal[1]);
                match (equal[0], unsafe { equal_by_type(&TestMem::default(), part.typ, a, b) }) {
                    (Some(n), Ok(m)) => {
                        assert_eq!(n, m);
                        seen[1 + usize::from(n)] += 1;
                    }
                    (None, _) => seen[0] += 1,
                    (Some(_), Err(u)) => panic!("{u:?} is equal"),
                }
            }
        }
    }
    assert!(seen[0] >= 2 && seen[1] > 50 && seen[2] >= 16, "{seen:?}");
    let double = w.basic("float64", kind::FLOAT64);
    assert!(!unsafe { ValueShape::of(w.array_of("[2]float64", double, 2)) }.mixed().unwrap().is_interface());
}

/// Other parts, a gap, a blank field, too many of them, plain memory: no mixed shape.
#[test]
fn what_is_no_mixed_shape() {
    let w = World::new();
    let (int, byte) = (w.basic("int", kind::INT), w.basic("uint8", kind::UINT8));
    let (double, text) = (w.basic("float64", kind::FLOAT64), w.basic("string", kind::STRING));
    let any = w.interface("interface {}", "", &[]).cast::<Type>();
    let nested = w.struct_of("main.N", "main", &[("a", any, 0), ("f", double, 16)], false);
    let one = |fields: &[(&str, *const Type, usize)]| unsafe {
        ValueShape::of(w.struct_of("main.T", "main", fields, false)).mixed()
    };
    let four = [("a", double, 0), ("b", double, 8), ("c", double, 16), ("d", double, 24)];
    assert!(one(&four).is_some() && one(&[&four[..], &[("e", double, 32)]].concat()).is_none());
    for fields in [
        &[("a", double, 0), ("b", byte, 8)][..],
        &[("a", double, 0), ("b", text, 8)],
        &[("a", double, 0), ("b", nested, 8)],
        &[("a", double, 0), ("b", double, 16)],
        &[("a", double, 0), ("_", double, 8)],
        &[],
    ] {
        assert!(one(fields).is_none(), "{fields:?}");
    }
    unsafe {
        assert!(ValueShape::of(w.array_of("[4]float64", double, 4)).mixed().is_some());
        assert!(ValueShape::of(w.array_of("[5]float64", double, 5)).mixed().is_none());
        for t in [int, double, text, w.array_of("[2]int", int, 2), w.array_of("[2]string", text, 2)] {
            assert!(ValueShape::of(t).mixed().is_none());
        }
    }
}

#[test]
fn interfaces() {
    let w = World::new();
    let int = w.basic("int", kind::INT);
    let slice = w.slice("[]int", int);
    let ptr = w.pointer("*int", int);
    let any = w.interface("interface {}", "", &[]).cast::<Type>();
    let (one, uno, two) = (1u64, 1u64, 2u64);
    assert_eq!(eq(any, &of(int, &one), &of(int, &uno)), Ok(true));
    assert_eq!(eq(any, &of(int, &one), &of(int, &two)), Ok(false));
    assert_eq!(eq(any, &of(int, &one), &of(ptr, &one)), Ok(false));
    assert_eq!(eq(any, &Eface::NIL, &Eface::NIL), Ok(true));
    assert_eq!(eq(any, &Eface::NIL, &of(int, &one)), Ok(false));
    // Direct values are in the word; it is never looked behind.
    assert_eq!(eq(any, &e(ptr, 0x10), &e(ptr, 0x10)), Ok(true));
    assert_eq!(eq(any, &e(ptr, 0x10), &e(ptr, 0x18)), Ok(false));
    assert_eq!(eq(any, &e(slice, 0x10), &e(slice, 0x10)), Err(Uncomparable(slice)));
    assert_eq!(eq(any, &e(slice, 0x10), &of(int, &one)), Ok(false), "types differ, so nothing is compared");

    assert_eq!(hash(any, &of(int, &one)), hash(any, &of(int, &uno)));
    assert_ne!(hash(any, &of(int, &one)), hash(any, &of(int, &two)));
    assert_eq!(hash(any, &e(ptr, 0x10)), hash(any, &e(ptr, 0x10)));
    assert_ne!(hash(any, &e(ptr, 0x10)), hash(any, &e(ptr, 0x18)));
    assert_eq!(hash(any, &Eface::NIL), Ok(99));
    assert_eq!(hash(any, &e(slice, 0x10)), Err(Unhashable(slice)));
    // The fault names the whole dynamic type, not the field in it.
    let holder = w.struct_of("main.H", "main", &[("s", slice, 0)], false);
    assert_eq!(hash(any, &e(holder, 0x10)), Err(Unhashable(holder)));
    assert_eq!(eq(any, &e(holder, 0x10), &e(holder, 0x20)), Err(Uncomparable(holder)));
}

#[test]
fn interfaces_with_methods() {
    let w = World::new();
    let int = w.basic("int", kind::INT);
    let slice = w.slice("[]int", int);
    let ptr = w.pointer("*int", int);
    let any = w.interface("interface {}", "", &[]).cast::<Type>();
    let (one, uno, two) = (1u64, 1u64, 2u64);
    // Through tables.
    let m = w.interface("main.M", "main", &[("M", None, w.func("func()"))]);
    let tab = |typ| Itab { inter: m, typ, hash: 0, pad: 0, fun: [1] };
    let (ti, tp, ts) = (tab(int), tab(ptr), tab(slice));
    let i = |tab: &Itab, data: usize| Iface { tab, data: data as *mut u8 };
    let word = |v: &u64| v as *const u64 as usize;
    let mt = m.cast::<Type>();
    assert_eq!(eq(mt, &i(&ti, word(&one)), &i(&ti, word(&uno))), Ok(true));
    assert_eq!(eq(mt, &i(&ti, word(&one)), &i(&ti, word(&two))), Ok(false));
    assert_eq!(eq(mt, &i(&ti, word(&one)), &i(&tp, word(&one))), Ok(false));
    assert_eq!(eq(mt, &i(&tp, 0x10), &i(&tp, 0x10)), Ok(true));
    assert_eq!(eq(mt, &i(&ts, 0x10), &i(&ts, 0x10)), Err(Uncomparable(slice)));
    assert_eq!(eq(mt, &Iface::NIL, &Iface::NIL), Ok(true));
    // An interface hashes as its dynamic value, whichever interface it is in.
    assert_eq!(hash(mt, &i(&ti, word(&one))), hash(any, &of(int, &one)));
    assert_eq!(hash(mt, &i(&tp, 0x10)), hash(any, &e(ptr, 0x10)));
    assert_eq!(hash(mt, &Iface::NIL), Ok(99));
    assert_eq!(hash(mt, &i(&ts, 0x10)), Err(Unhashable(slice)));
    unsafe {
        let h = Fnv::default();
        assert_eq!(iface_hash(&TestMem::default(), &h, at(&i(&ti, word(&one))), 99), hash(mt, &i(&ti, word(&one))));
        assert_eq!(eface_hash(&TestMem::default(), &h, at(&of(int, &one)), 99), hash(any, &of(int, &one)));
    }
}

#[test]
fn the_first_difference_decides_and_a_fault_only_comes_if_all_before_it_was_equal() {
    let w = World::new();
    let (int, string) = (w.basic("int", kind::INT), w.basic("string", kind::STRING));
    let slice = w.slice("[]int", int);
    let any = w.interface("interface {}", "", &[]).cast::<Type>();
    let (one, uno, two) = (1u64, 1u64, 2u64);
    let pair = w.struct_of("main.P", "main", &[("n", int, 0), ("a", any, 8), ("s", string, 24)], false);
    #[repr(C)]
    struct P(u64, Eface, GoStr);
    let bad = e(slice, 0x10);
    assert_eq!(eq(pair, &P(1, bad, go("x")), &P(2, bad, go("x"))), Ok(false));
    assert_eq!(eq(pair, &P(1, bad, go("x")), &P(1, bad, go("y"))), Err(Uncomparable(slice)));
    let two_any = w.array_of("[2]interface {}", any, 2);
    assert_eq!(eq(two_any, &[of(int, &one), bad], &[of(int, &two), bad]), Ok(false));
    assert_eq!(eq(two_any, &[of(int, &one), bad], &[of(int, &uno), bad]), Err(Uncomparable(slice)));
}

#[test]
fn moves_are_announced() {
    let w = World::new();
    let (int, string) = (w.basic("int", kind::INT), w.basic("string", kind::STRING));
    let t = w.struct_of("main.T", "main", &[("s", string, 0), ("n", int, 16)], false);
    let mem = TestMem::with_barrier();
    let src = [1u64, 2, 3, 4, 5, 6];
    let mut dst = [9u64; 6];
    let (d, s) = (dst.as_mut_ptr().cast::<u8>(), src.as_ptr().cast::<u8>());
    let bulk = |src: *const u8, size| [Event::Bulk { dst: d as usize, src: src as usize, size }];
    let null = core::ptr::null();
    unsafe {
        moves::move_value(&mem, t, d, s);
        assert_eq!(mem.take(), bulk(s, 8), "only the pointer prefix");
        assert_eq!(dst, [1, 2, 3, 9, 9, 9]);
        moves::move_value(&mem, t, d, d);
        moves::move_value(&mem, int, d, s.add(24));
        assert_eq!(mem.take(), [], "nothing to do, no pointers");
        assert_eq!(dst[0], 4);

        moves::clear_value(&mem, t, d);
        assert_eq!(mem.take(), bulk(null, 8));
        assert_eq!(dst, [0, 0, 0, 9, 9, 9]);

        assert_eq!(moves::copy_slice(&mem, t, d, 2, s, 5), 2);
        assert_eq!(mem.take(), bulk(s, 24 + 8), "up to the last element's pointers");
        assert_eq!(dst, src);
        assert_eq!(moves::copy_slice(&mem, t, d, 2, d, 1), 1);
        assert_eq!(moves::copy_slice(&mem, t, d, 0, s, 1), 0);
        let slice = |p: *const u8, len| GoSlice { ptr: p.cast_mut(), len, cap: len };
        assert_eq!(moves::reflect_copy_slice(&mem, int, slice(d, 2), slice(s.add(8), 1)), 1);
        assert_eq!(mem.take(), []);
        assert_eq!(dst, [2, 2, 3, 4, 5, 6]);

        moves::clear_part(&mem, t, d, 0, 16);
        assert_eq!(mem.take(), bulk(null, 16));
        assert_eq!(dst, [0, 0, 3, 4, 5, 6]);
        moves::clear_array(&mem, t, d, 2);
        assert_eq!(mem.take(), bulk(null, 48));
        assert_eq!(dst, [0; 6]);
        dst = [7; 6];
        moves::clear_pointers(&mem, d, 8);
        assert_eq!(mem.take(), bulk(null, 8));
        assert_eq!(dst, [0, 7, 7, 7, 7, 7]);
        moves::announce_move(&mem, t, d, s);
        moves::announce_clear(&mem, t, d);
        assert_eq!(mem.take(), [bulk(s, 8), bulk(null, 8)].concat());
        assert_eq!(dst, [0, 7, 7, 7, 7, 7], "announcing moves nothing");
        moves::move_results(&mem, null.cast(), d, s, 8);
        assert_eq!(mem.take(), []);
        moves::move_results(&mem, t, d, s, 16);
        assert_eq!(mem.take(), bulk(s, 16));
        assert_eq!(dst, [1, 2, 7, 7, 7, 7]);

        // Without the barrier nothing is announced; the memory is the same.
        mem.barrier.set(false);
        dst = [9; 6];
        moves::move_value(&mem, t, d, s);
        moves::clear_part(&mem, t, d, 0, 8);
        moves::clear_pointers(&mem, d.add(40), 8);
        assert_eq!((mem.take(), dst), (vec![], [0, 2, 3, 9, 9, 0]));
    }
}

#[test]
fn slices_may_overlap() {
    let w = World::new();
    let string = w.basic("string", kind::STRING);
    let mem = TestMem::default();
    let mut a = [1u64, 2, 3, 4, 5, 6];
    let p = a.as_mut_ptr().cast::<u8>();
    unsafe {
        assert_eq!(moves::copy_slice(&mem, string, p.add(16), 2, p, 3), 2);
        assert_eq!(a, [1, 2, 1, 2, 3, 4]);
    }
    assert!(!mem.write_barrier_on());
}

/// A value of random shape: its type, its bytes, and bytes of an equal value that differ where equality does not look.
#[derive(Clone, Debug)]
enum Shape {
    Int(u32),
    Float(f64),
    Text(String),
    Nil,
    Array(Vec<u8>),
}

fn shape() -> impl Strategy<Value = Shape> {
    prop_oneof![
        any::<u32>().prop_map(Shape::Int),
        prop_oneof![Just(0.0), Just(-0.0), any::<f64>()].prop_map(Shape::Float),
        "[a-b]{0,3}".prop_map(Shape::Text),
        Just(Shape::Nil),
        prop::collection::vec(0u8..2, 3).prop_map(Shape::Array),
    ]
}

fn same_shape(a: &Shape, b: &Shape) -> bool {
    match (a, b) {
        (Shape::Int(a), Shape::Int(b)) => a == b,
        (Shape::Float(a), Shape::Float(b)) => a == b,
        (Shape::Text(a), Shape::Text(b)) => a == b,
        (Shape::Nil, Shape::Nil) => true,
        (Shape::Array(a), Shape::Array(b)) => a == b,
        _ => false,
    }
}

proptest! {
    /// A struct of interfaces and scalars: equality is the model's, and equal values hash alike.
    #[test]
    fn values_against_a_model(
        fields in prop::collection::vec((shape(), shape(), any::<bool>(), 0u64..2, 0u64..2), 0..5),
    ) {
        let w = World::new();
        let byte = w.basic("uint8", kind::UINT8);
        let int = w.basic("uint32", kind::UINT32);
        let any = w.interface("interface {}", "", &[]).cast::<Type>();
        let floats = w.basic("float64", kind::FLOAT64);
        let texts = w.basic("string", kind::STRING);
        let bytes = w.array_of("[3]uint8", byte, 3);
        let boxed = |s: &Shape| -> Eface {
            let (typ, data): (_, *mut u8) = match s {
                Shape::Int(n) => (int, (Box::leak(Box::new(*n)) as *mut u32).cast()),
                Shape::Float(f) => (floats, (Box::leak(Box::new(*f)) as *mut f64).cast()),
                Shape::Text(s) => (texts, (Box::leak(Box::new(go(s))) as *mut GoStr).cast()),
                Shape::Nil => return Eface::NIL,
                Shape::Array(a) => (bytes, a.clone().leak().as_mut_ptr()),
            };
            Eface { typ, data }
        };
        let mut decl = Vec::new();
        let (mut va, mut vb): (Vec<[u64; 4]>, Vec<[u64; 4]>) = (Vec::new(), Vec::new());
        let mut model = true;
        let words = |e: Eface| [e.typ as u64, e.data as u64];
        for (k, (a, b, same, blank_a, blank_b)) in fields.iter().enumerate() {
            let b = if *same { a } else { b };
            let [ta, da] = words(boxed(a));
            let [tb, db] = words(boxed(b));
            // An interface, a blank word, padding.
            decl.push((if k % 2 == 0 { "a" } else { "b" }, any, k * 32));
            decl.push(("_", w.basic("int", kind::INT), k * 32 + 16));
            va.push([ta, da, *blank_a, 1]);
            vb.push([tb, db, *blank_b, 2]);
            model &= same_shape(a, b);
        }
        let t = w.struct_of("main.T", "main", &decl, false);
        let (pa, pb) = (va.as_ptr().cast(), vb.as_ptr().cast());
        unsafe {
            prop_assert_eq!(equal_by_type(&TestMem::default(), t, pa, pb), Ok(model));
            prop_assert_eq!(equal_by_type(&TestMem::default(), t, pb, pa), Ok(model));
            let h = Fnv::default();
            let (ha, hb) = (hash_by_type(&TestMem::default(), &h, t, pa, 5).unwrap(), hash_by_type(&TestMem::default(), &h, t, pb, 5).unwrap());
            if model {
                prop_assert_eq!(ha, hb);
            }
        }
    }
}

/// Chains of interfaces in structs that nest by their first, their middle or their last field, or by an array: as deep as
/// memory goes, on a stack that holds a few hundred frames.
#[test]
fn nesting_takes_no_stack() {
    const DEPTH: usize = 300_000;
    let on_small_stack = std::thread::Builder::new().stack_size(64 << 10);
    let done = on_small_stack.spawn(|| {
        let w = World::new();
        let any = w.interface("interface {}", "", &[]).cast::<Type>();
        let int = w.basic("int", kind::INT);
        let cell = w.struct_of("main.C", "main", &[("a", any, 0), ("b", any, 16), ("c", any, 32)], false);
        let row = w.array_of("[3]interface {}", any, 3);
        let e = |typ, data: *const u8| Eface { typ, data: data.cast_mut() };
        for outer in [cell, row] {
            for place in 0..3 {
                let chain = |bottom: u64| {
                    let number: &u64 = Box::leak(Box::new(bottom));
                    let mut v = e(int, at(number));
                    for i in 0..DEPTH {
                        let mut parts = [e(int, at(number)); 3];
                        // Equal memory in other places, so that addresses say nothing.
                        parts[(place + 1) % 3] = Eface::NIL;
                        parts[place] = v;
                        let outer = if i % 1000 == 0 { cell } else { outer };
                        v = e(outer, Box::leak(Box::new(parts)).as_ptr().cast());
                    }
                    v
                };
                let (x, y, z) = (chain(1), chain(1), chain(2));
                assert_eq!(eq(any, &x, &y), Ok(true));
                assert_eq!(eq(any, &x, &z), Ok(false));
                assert_eq!(hash(any, &x), hash(any, &y));
                assert_ne!(hash(any, &x), hash(any, &z));
            }
        }
    });
    done.expect("a thread").join().expect("no overflow");
}

/// The list of what is left grows when there is no room, keeps what it holds, and gives it back in reverse.
#[test]
fn work_lists() {
    use goxide_gotypes::mem::worklist::WorkList;
    let mem = TestMem::default();
    let mut list = WorkList::<[usize; 4]>::new();
    let push = |list: &mut WorkList<[usize; 4]>, n: usize| {
        if list.push([n; 4]).is_err() {
            list.grow(&mem);
            list.push([n; 4]).expect("room was made");
        }
    };
    (0..100_000).for_each(|n| push(&mut list, n));
    let blocks = mem.take().len();
    // At the edge of a block nothing is allocated again.
    for n in (50_000..100_000).rev() {
        assert_eq!(list.pop(), Some([n; 4]));
        push(&mut list, n);
        push(&mut list, 0);
        assert_eq!((list.pop(), list.pop()), (Some([0; 4]), Some([n; 4])));
    }
    assert!(blocks > 3 && mem.take().len() <= blocks, "{blocks}");
    for n in (0..50_000).rev() {
        assert_eq!(list.pop(), Some([n; 4]));
    }
    assert_eq!(list.pop(), None);
}
