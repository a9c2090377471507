//! Panic values and the words of runtime errors, against what the official toolchain writes.
#![allow(clippy::undocumented_unsafe_blocks)]

#[path = "types_support/mod.rs"]
mod support;

use goxide_gotypes::space::TypeSpace;
use goxide_gotypes::text::fault::{BoundsCode, Fault, format_bounds_error};
use goxide_gotypes::text::{AssertionError, panics};
use goxide_gotypes::types::{Eface, GoStr, Type, kind};
use support::{World, go, rows};

fn written(f: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    f(&mut out);
    String::from_utf8(out).unwrap()
}

fn kind_of(name: &str) -> u8 {
    let names = [
        "",
        "bool",
        "int",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "uintptr",
        "float32",
        "float64",
        "complex64",
        "complex128",
    ];
    if name == "string" { kind::STRING } else { names.iter().position(|&n| n == name).unwrap() as u8 }
}

/// The value's bytes, as Go has them in memory.
fn value(kind: &str, v: &str) -> Vec<u8> {
    let mut parts = v.split(',').map(|p| p.parse::<f64>().unwrap_or(0.0));
    match kind {
        "float32" => (parts.next().unwrap() as f32).to_ne_bytes().into(),
        "float64" => parts.next().unwrap().to_ne_bytes().into(),
        "complex64" => parts.flat_map(|p| (p as f32).to_ne_bytes()).collect(),
        "complex128" => parts.flat_map(f64::to_ne_bytes).collect(),
        "string" => {
            let s = go(v);
            [s.ptr as usize, s.len].iter().flat_map(|w| w.to_ne_bytes()).collect()
        }
        _ => v.parse::<i128>().unwrap().to_ne_bytes()[..8].into(),
    }
}

#[test]
fn panic_values_print_as_in_go() {
    let w = World::new();
    for r in rows(include_str!("types_tables/panics.tsv")) {
        let t = w.basic(r[2], kind_of(r[0]));
        // A box aligned for all.
        let mut data = [0u64; 2];
        let bytes = value(r[0], r[1]);
        unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), data.as_mut_ptr().cast(), bytes.len()) };
        let e = Eface { typ: t, data: data.as_mut_ptr().cast() };
        assert_eq!(written(|o| unsafe { panics::any(w.space, o, e) }), r[3], "{r:?}");
    }
    let any = |e| written(|o| unsafe { panics::any(w.space, o, e) });
    assert_eq!(any(Eface::NIL), "nil");
    let t = w.struct_of("main.T", "main", &[], true);
    assert_eq!(any(Eface { typ: t, data: 0x1234 as *mut u8 }), "(main.T) 0x1234");
    let p = w.pointer("*main.T", t);
    assert_eq!(any(Eface { typ: p, data: 0xc0_0000_0010usize as *mut u8 }), "(*main.T) 0xc000000010");
    let u = w.basic("unsafe.Pointer", kind::UNSAFE_POINTER);
    assert_eq!(any(Eface { typ: u, data: 0x10 as *mut u8 }), "(unsafe.Pointer) 0x10");
}

#[test]
fn nil_receivers() {
    let of = |name: &str| {
        let mut out = Vec::new();
        panics::nil_receiver(&mut out, name.as_bytes()).then(|| String::from_utf8(out).unwrap())
    };
    assert_eq!(of("main.(*T).M").as_deref(), Some("value method main.T.M called using nil *T pointer"));
    assert_eq!(
        of("a/b.c.(*Pair[...]).Get").as_deref(),
        Some("value method a/b.c.Pair[...].Get called using nil *Pair[...] pointer")
    );
    for bad in ["main.T.M", "main.(T).M", "(*T).M", "main.(*T", "main.(*T)M", ""] {
        assert_eq!(of(bad), None, "{bad}");
    }
}

/// A type of that name, or null for none.
fn named(w: &World, name: &str) -> *const Type {
    match name {
        "" => core::ptr::null(),
        "interface {}" => w.interface(name, "", &[]).cast(),
        "[]int" => w.slice(name, w.basic("int", kind::INT)),
        _ => w.basic(name, kind::INT),
    }
}

#[test]
fn runtime_errors_have_gos_words() {
    let w = World::new();
    let space = w.space;
    let mut seen = [false; 9];
    for r in rows(include_str!("types_tables/errors.tsv")) {
        let want = *r.last().unwrap();
        let got = match r[0] {
            "bounds" => {
                let code = BoundsCode::ALL[r[1].parse::<usize>().unwrap()];
                seen[code as usize] = true;
                let (x, y) = (r[2].parse().unwrap(), r[4].parse().unwrap());
                written(|o| format_bounds_error(code, x, r[3] == "1", y, o))
            }
            "error" => written(|o| unsafe { Fault::Error(r[1].to_owned().leak()).write(space, o) }),
            "type" => {
                let f = Fault::ErrorType(r[1].to_owned().leak(), named(&w, r[2]));
                written(|o| unsafe { f.write(space, o) })
            }
            "plain" => r[1].to_owned(),
            "assert" => {
                let f = Fault::Assertion(AssertionError {
                    interface: named(&w, r[1]),
                    concrete: named(&w, r[2]),
                    asserted: named(&w, r[3]),
                    missing_method: go(r[4]),
                });
                written(|o| unsafe { f.write(space, o) })
            }
            other => panic!("{other}"),
        };
        assert_eq!(got, want);
    }
    assert_eq!(seen, [true; 9]);
    // Go has no unsigned conversion errors and no negative one; the numbers still come out right.
    let huge = written(|o| format_bounds_error(BoundsCode::SliceB, -1, false, 2, o));
    assert_eq!(huge, "runtime error: slice bounds out of range [18446744073709551615:2]");
}

/// The words in `msg` are the ones that the table quotes.
#[test]
fn words_are_in_the_table() {
    use goxide_gotypes::text::fault::msg::*;
    let table = include_str!("types_tables/errors.tsv");
    for m in [
        MAKESLICE_LEN,
        MAKESLICE_CAP,
        DIVIDE,
        SHIFT,
        MEMORY,
        UNCOMPARABLE,
        UNHASHABLE,
        UNSAFE_SLICE_LEN,
        UNSAFE_SLICE_NIL,
        UNSAFE_STRING_LEN,
        UNSAFE_STRING_NIL,
        NIL_MAP,
        MAKECHAN_SIZE,
        CLOSE_NIL,
        CLOSE_CLOSED,
        SEND_CLOSED,
    ] {
        assert!(rows(table).any(|r| r[1] == m), "{m}");
    }
}

#[test]
fn types_of_one_name_are_told_apart() {
    let w = World::new();
    let at = |pkg| w.with_methods("a.T", pkg, &[]);
    let (here, there, inner) = (at("x/a"), at("y/a"), at("x/a"));
    let err = |concrete, asserted| {
        let e = AssertionError { interface: core::ptr::null(), concrete, asserted, missing_method: GoStr::EMPTY };
        written(|o| unsafe { e.write(w.space, o) })
    };
    let start = "interface conversion: interface is a.T, not a.T (types from different ";
    assert_eq!(err(here, there), format!("{start}packages)"));
    assert_eq!(err(here, inner), format!("{start}scopes)"));
}

/// The sink is asked for whole pieces; a space without modules knows no names.
#[test]
fn unknown_types_have_no_name() {
    let empty = TypeSpace::new();
    let w = World::new();
    let t = w.basic("int", kind::INT);
    let f = Fault::ErrorType("hash of unhashable type ", t);
    assert_eq!(written(|o| unsafe { f.write(&empty, o) }), "runtime error: hash of unhashable type ");
}
