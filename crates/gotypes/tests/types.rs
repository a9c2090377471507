//! Type descriptors: names, offsets, spelling, identity, pointer masks.
#![allow(clippy::undocumented_unsafe_blocks)]

#[path = "types_support/mod.rs"]
mod support;

use std::sync::Arc;

use goxide_gotypes::space::TextSection;
use goxide_gotypes::space::same::identical;
use goxide_gotypes::space::spelling::{pkg_path, type_name, type_string};
use goxide_gotypes::space::{Module, ReflectOffsets, TypeSpace};
use goxide_gotypes::types::gcprog::{self, Overflow};
use goxide_gotypes::types::{FuncType, GoSlice, Name, NameOff, TextOff, Type, TypeOff, kind, tflag};
use proptest::prelude::*;
use support::{Forever, M, TEXT, TestMem, World, rows, text};

#[test]
fn names_decode() {
    let w = World::new();
    let long = "N".repeat(300);
    for (n, tag, embedded, pkg) in [
        ("Field", "", false, None),
        ("field", "json:\"x\"", false, None),
        ("T", "", true, None),
        ("m", "", false, Some("a/b")),
        (long.as_str(), "tag", true, Some("p")),
    ] {
        let name = w.name_with(n, tag, embedded, pkg);
        unsafe {
            assert_eq!(text(name.text()), n);
            assert_eq!(text(name.tag()), tag);
            assert_eq!(name.is_embedded(), embedded);
            assert_eq!(name.is_exported(), support::exported(n));
            assert_eq!(text(w.space.pkg_path_of(name)), pkg.unwrap_or(""));
            assert!(!name.is_blank());
        }
    }
    unsafe {
        assert!(w.name("_").is_blank());
        assert!(!w.name("_x").is_blank());
        assert_eq!(Name::NONE.text().len, 0);
        assert_eq!(Name::NONE.tag().len, 0);
        assert!(!Name::NONE.is_blank() && !Name::NONE.is_exported());
    }
}

#[test]
fn offsets_resolve_within_their_module() {
    let (w, v) = (World::new(), World::new());
    // Two modules in one space.
    let second: &'static Module = Box::leak(Box::new(Module::new(v.module.types, v.module.etypes, TEXT * 2, TEXT * 3)));
    w.space.add_module(second);
    let a = w.basic("main.A", kind::INT);
    let b = v.basic("main.B", kind::INT);
    assert_eq!(w.space.typ(a.cast(), w.typelink(a)), Some(a));
    assert_eq!(w.space.typ(b.cast(), v.typelink(b)), Some(b));
    unsafe {
        assert_eq!(text(type_string(w.space, a)), "main.A");
        assert_eq!(text(type_string(w.space, b)), "main.B");
    }
    assert_eq!(w.space.typ(a.cast(), TypeOff(0)), Some(core::ptr::null()));
    assert_eq!(w.space.typ(a.cast(), TypeOff(-1)), Some(core::ptr::null()), "dropped by the linker");
    assert_eq!(w.space.typ(a.cast(), TypeOff(i32::MAX)), None);
    assert_eq!(w.space.name(a.cast(), NameOff(0)), Some(Name::NONE));
    assert_eq!(w.space.name(a.cast(), NameOff(i32::MAX)), None);
    assert_eq!(w.space.text(a.cast(), TextOff(0x10)), Some(TEXT + 0x10));
    assert_eq!(w.space.text(b.cast(), TextOff(0x10)), Some(TEXT * 2 + 0x10));
    assert_eq!(w.space.text(a.cast(), TextOff(-1)), Some(TEXT + 0xdead));
    assert_eq!(w.space.modules().count(), 2);

    // What lies in no module has registered offsets, -1 included.
    let heap: &'static Type = Box::leak(Box::new(unsafe { *a }));
    let off = w.space.offsets.add(w.forever, core::ptr::from_ref(heap).cast());
    assert_eq!(off, -1);
    let base = core::ptr::from_ref(heap).cast();
    assert_eq!(w.space.typ(base, TypeOff(off)), Some(core::ptr::from_ref(heap)));
    assert_eq!(w.space.typ(base, TypeOff(-2)), None);
    assert_eq!(w.space.name(base, NameOff(off)), Some(Name(base)));
    assert_eq!(w.space.name(base, NameOff(5)), None);
    assert_eq!(w.space.text(base, TextOff(off)), Some(base as usize));
}

#[test]
fn split_text() {
    let sections =
        [TextSection { vaddr: 0, end: 0x100, base: 0x5000 }, TextSection { vaddr: 0x100, end: 0x200, base: 0x9000 }];
    let mut m = Module::new(0, 0, 0x5000, 0x9100);
    m.text_sections = GoSlice { ptr: sections.as_ptr().cast_mut().cast(), len: 2, cap: 2 };
    assert_eq!(m.text_addr(0xff), Some(0x50ff));
    assert_eq!(m.text_addr(0x100), Some(0x9000));
    assert_eq!(m.text_addr(0x200), Some(0x9100), "the end belongs to the last section");
    m.etext = 0x90ff;
    assert_eq!(m.text_addr(0x200), None);
}

#[test]
fn typelinks_list_all_modules() {
    let mem = TestMem::default();
    let space = TypeSpace::new();
    let links = [8i32, 16, 24];
    let mut m = Module::new(0x1000, 0x2000, 0, 0);
    m.typelinks = GoSlice { ptr: links.as_ptr().cast_mut().cast(), len: 3, cap: 3 };
    space.add_module(Box::leak(Box::new(m)));
    space.add_module(Box::leak(Box::new(Module::new(0x3000, 0x4000, 0, 0))));
    let (sections, offsets) = space.typelinks(&mem);
    unsafe {
        assert_eq!(sections.as_slice::<usize>(), [0x1000, 0x3000]);
        let offsets = offsets.as_slice::<GoSlice>();
        assert_eq!(offsets[0].as_slice::<i32>(), links);
        assert_eq!(offsets[1].len, 0);
    }
}

#[test]
fn spelling() {
    let w = World::new();
    let named = |s: &str| unsafe {
        let t = w.basic(s, kind::INT);
        (text(type_string(w.space, t)), text(type_name(w.space, t)), text(pkg_path(w.space, t)))
    };
    let want = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
    assert_eq!(named("int"), want("int", "int", ""));
    assert_eq!(named("main.T"), want("main.T", "T", "main"));
    assert_eq!(named("main.Pair[a.K,map[b.X]c.Y]"), want("main.Pair[a.K,map[b.X]c.Y]", "Pair[a.K,map[b.X]c.Y]", "main"));
    let starred = w.basic("*main.T", kind::INT).cast_mut();
    unsafe {
        (*starred).tflag |= tflag::EXTRA_STAR;
        assert_eq!(text(type_string(w.space, starred)), "main.T");
        assert_eq!(text(type_name(w.space, starred)), "T");
        let s = w.struct_of("struct { x int }", "a/b", &[], true);
        assert_eq!(text(type_name(w.space, s)), "");
        assert_eq!(text(pkg_path(w.space, s)), "a/b");
        let i = w.interface("interface { m() }", "c/d", &[]).cast();
        assert_eq!(text(pkg_path(w.space, i)), "c/d");
        let p = w.pointer("*int", w.basic("int", kind::INT));
        assert_eq!(text(pkg_path(w.space, p)), "");
    }
}

#[test]
fn descriptors_give_their_parts() {
    let w = World::new();
    let (int, string) = (w.basic("int", kind::INT), w.basic("string", kind::STRING));
    for named in [None, Some("main")] {
        let f = w.func_of("func(int, string) string", &[int, string], &[string], named);
        let (all, ins) = unsafe { FuncType::signature(f.cast()) };
        assert_eq!((all, ins), (&[int, string, string][..], 2));
        assert_eq!(unsafe { Type::uncommon(f).is_some() }, named.is_some());
    }
    let f = w.func_of("func()", &[], &[], None);
    assert_eq!(unsafe { FuncType::signature(f.cast()).0.len() }, 0);
    let p = w.pointer("*int", int);
    unsafe {
        assert_eq!(Type::elem(p), int);
        assert_eq!(Type::elem(w.array_of("[2]int", int, 2)), int);
        assert_eq!(Type::elem(w.slice("[]int", int)), int);
        assert!(Type::elem(int).is_null());
        assert!((*p).is_direct_iface() && !(*int).is_direct_iface());
    }
    let m = w.with_methods("main.T", "main", &[M("A", None, f, 1), M("b", None, f, 2)]);
    let u = unsafe { Type::uncommon(m).unwrap() };
    assert_eq!((u.mcount, u.xcount), (2, 1));
}

#[test]
fn identity_is_structural() {
    // The same types twice over, in two modules of one space.
    let (w, v) = (World::new(), World::new());
    w.space.add_module(Box::leak(Box::new(Module::new(v.module.types, v.module.etypes, 0, 0))));
    type Make = fn(&World) -> *const Type;
    let kinds: &[Make] = &[
        |w| w.basic("int", kind::INT),
        |w| w.basic("int8", kind::INT8),
        |w| w.basic("main.T", kind::INT),
        |w| w.with_methods("main.T", "other/main", &[]),
        |w| w.pointer("*int", w.basic("int", kind::INT)),
        |w| w.pointer("*main.T", w.basic("main.T", kind::INT)),
        |w| w.slice("[]int", w.basic("int", kind::INT)),
        |w| w.array_of("[2]int", w.basic("int", kind::INT), 2),
        |w| w.array_of("[3]int", w.basic("int", kind::INT), 3),
        |w| w.func_of("func(int)", &[w.basic("int", kind::INT)], &[], None),
        |w| w.func_of("func() int", &[], &[w.basic("int", kind::INT)], None),
        |w| w.func_of("func(int)", &[w.basic("int8", kind::INT8)], &[], None),
        |w| w.struct_of("struct { a int }", "main", &[("a", w.basic("int", kind::INT), 0)], true),
        |w| w.struct_of("struct { a int }", "main", &[("a", w.basic("int", kind::INT), 8)], true),
        |w| w.struct_of("struct { a int }", "p", &[("a", w.basic("int", kind::INT), 0)], true),
        |w| w.struct_of("struct { a int }", "main", &[("a`t", w.basic("int", kind::INT), 0)], true),
        |w| w.struct_of("struct { a int }", "main", &[("b", w.basic("int", kind::INT), 0)], true),
        |w| w.struct_of("struct {}", "main", &[], true),
        |w| w.interface("interface { m() }", "main", &[("m", None, w.func("func()"))]).cast(),
        |w| w.interface("interface { m() }", "p", &[("m", None, w.func("func()"))]).cast(),
        |w| w.interface("interface { m() }", "main", &[("m", Some("q"), w.func("func()"))]).cast(),
        |w| {
            w.interface("interface { m() }", "main", &[("m", None, w.func_of("func()", &[w.basic("int", 2)], &[], None))])
                .cast()
        },
        |w| w.interface("interface {}", "main", &[]).cast(),
    ];
    for (i, f) in kinds.iter().enumerate() {
        for (j, g) in kinds.iter().enumerate() {
            assert_eq!(unsafe { identical(w.space, f(&w), g(&v)) }, i == j, "{i} and {j}");
        }
    }
    // type T *T: comparison must end.
    let recursive = |w: &World| {
        let p = w.pointer("main.R", core::ptr::null());
        unsafe { (*p.cast_mut().cast::<goxide_gotypes::types::PtrType>()).elem = p };
        p
    };
    assert!(unsafe { identical(w.space, recursive(&w), recursive(&v)) });
}

#[test]
fn reflected_offsets_are_stable() {
    let offs = ReflectOffsets::new();
    let mem = Forever::default();
    let p = |i: usize| (0x1000 + i * 8) as *const u8;
    for i in 0..5000 {
        assert_eq!(offs.add(&mem, p(i)), -1 - i as i32);
    }
    for i in 0..5000 {
        assert_eq!(offs.add(&mem, p(i)), -1 - i as i32, "again");
        assert_eq!(offs.get(-1 - i as i32), p(i));
    }
    assert!(offs.get(-5001).is_null() && offs.get(0).is_null() && offs.get(7).is_null());
    assert!(offs.get(i32::MIN).is_null());
    let mut roots = Vec::new();
    offs.roots(|p| roots.push(p));
    assert_eq!(roots, (0..5000).map(p).collect::<Vec<_>>());
}

#[test]
fn reflected_offsets_from_many_threads() {
    let offs = Arc::new(ReflectOffsets::new());
    let threads: Vec<_> = (0..4)
        .map(|t| {
            let offs = offs.clone();
            std::thread::spawn(move || {
                let mem = Forever::default();
                (0..2000usize)
                    .map(|i| {
                        // Half of them are shared between the threads.
                        let p = if i % 2 == 0 { 0x1000 + i * 8 } else { 0x10_0000 * (t + 1) + i * 8 };
                        let off = offs.add(&mem, p as *const u8);
                        assert_eq!(offs.get(off) as usize, p);
                        (p, off)
                    })
                    .collect::<Vec<_>>()
            })
        })
        .collect();
    let mut seen = std::collections::HashMap::new();
    for t in threads {
        for (p, off) in t.join().unwrap() {
            assert_eq!(*seen.entry(off).or_insert(p), p);
        }
    }
    assert_eq!(seen.len(), 1000 + 4 * 1000);
}

#[test]
fn programs_of_the_compiler_expand() {
    for r in rows(include_str!("types_tables/gcprog.tsv")) {
        let n = |s: &str| s.parse::<usize>().unwrap();
        let prog: Vec<u8> = (0..r[2].len() / 2).map(|i| u8::from_str_radix(&r[2][2 * i..2 * i + 2], 16).unwrap()).collect();
        let mut mask = vec![0xffu8; gcprog::mask_size(n(r[1]))];
        let bits = unsafe { gcprog::expand(prog.as_ptr(), &mut mask).unwrap() };
        assert_eq!(bits, n(r[1]) / 8, "a program covers the pointer bytes");
        let bit = |i: usize| mask[i / 8] >> (i % 8) & 1;
        // The table's mask ends with its last pointer.
        let words = n(r[3]);
        assert!((words..bits).all(|i| bit(i) == 0));
        assert_eq!(bit(words - 1), 1);
        let mut at = 0;
        for (k, run) in r[4].split(' ').enumerate() {
            assert!((at..at + n(run)).all(|i| bit(i) == (k % 2) as u8), "{} run {k}", r[2]);
            at += n(run);
        }
        let hash = (0..words).fold(14695981039346656037u64, |h, i| (h ^ u64::from(bit(i))).wrapping_mul(1099511628211));
        assert_eq!(format!("{hash:016x}"), r[5]);
        // The same through a type, one byte per word.
        let mut gc = (prog.len() as u32).to_le_bytes().to_vec();
        gc.extend_from_slice(&prog);
        let mut t = unsafe { *World::new().basic("main.T", kind::STRUCT) };
        (t.size, t.ptr_bytes, t.gc_data) = (n(r[0]), n(r[1]), gc.as_ptr());
        t.kind_bits |= kind::GC_PROG;
        let mut bytes = vec![9u8; bits];
        assert_eq!(unsafe { gcprog::type_mask_bytes(&t, &mut bytes) }, Ok(bits));
        assert!((0..bits).all(|i| bytes[i] == bit(i)));
        assert_eq!(unsafe { gcprog::type_mask_bytes(&t, &mut bytes[1..]) }, Err(Overflow));
        let short = mask.len() - 1;
        assert_eq!(unsafe { gcprog::expand(prog.as_ptr(), &mut mask[..short]) }, Err(Overflow));
    }
}

#[test]
fn masks_of_small_types() {
    let w = World::new();
    let bits = [0b1011_0110u8, 0b0000_0001];
    let mut t = unsafe { *w.basic("main.T", kind::STRUCT) };
    (t.size, t.ptr_bytes, t.gc_data) = (100, 72, bits.as_ptr());
    let mut out = [7u8; 9];
    assert_eq!(unsafe { gcprog::type_mask_bytes(&t, &mut out) }, Ok(9));
    assert_eq!(out, [0, 1, 1, 0, 1, 1, 0, 1, 1]);
    let mut out = [7u8; 4];
    assert_eq!(unsafe { gcprog::type_mask(&t, &mut out) }, Ok(9));
    assert_eq!(out, [0b1011_0110, 1, 0, 0]);
    t.ptr_bytes = 0;
    assert_eq!(unsafe { gcprog::type_mask(&t, &mut out) }, Ok(0));
    assert_eq!(out, [0; 4]);
}

/// One instruction of a program.
#[derive(Clone, Debug)]
enum Op {
    Bits(Vec<bool>),
    /// How far back, as a share of what is there; how often; whether the length is spelt as a varint.
    Repeat(f64, usize, bool),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        prop::collection::vec(any::<bool>(), 1..128).prop_map(Op::Bits),
        (0.0..1.0, 0usize..40, any::<bool>()).prop_map(|(f, c, v)| Op::Repeat(f, c, v)),
    ]
}

fn varint(out: &mut Vec<u8>, mut n: usize) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

proptest! {
    /// Bit by bit is the model.
    #[test]
    fn programs_against_a_model(ops in prop::collection::vec(op(), 0..12), junk: u8) {
        let (mut prog, mut model) = (Vec::new(), Vec::<bool>::new());
        for op in &ops {
            match op {
                Op::Bits(b) => {
                    prog.push(b.len() as u8);
                    for chunk in b.chunks(8) {
                        let byte = chunk.iter().rev().fold(0, |v, &b| v << 1 | u8::from(b));
                        // What lies above the last bit does not count.
                        prog.push(if chunk.len() < 8 { byte | junk << chunk.len() } else { byte });
                    }
                    model.extend_from_slice(b);
                }
                Op::Repeat(share, times, spelt) => {
                    let n = ((model.len() as f64 * share) as usize).max(1);
                    if model.is_empty() || model.len() + n * times > 1 << 16 {
                        continue;
                    }
                    if *spelt || n > 0x7f {
                        prog.push(0x80);
                        varint(&mut prog, n);
                    } else {
                        prog.push(0x80 | n as u8);
                    }
                    varint(&mut prog, *times);
                    for _ in 0..n * times {
                        model.push(model[model.len() - n]);
                    }
                }
            }
        }
        prog.push(0);
        let mut mask = vec![0xffu8; model.len().div_ceil(8) + 3];
        let bits = unsafe { gcprog::expand(prog.as_ptr(), &mut mask).unwrap() };
        prop_assert_eq!(bits, model.len());
        for i in 0..mask.len() * 8 {
            prop_assert_eq!(mask[i / 8] >> (i % 8) & 1 == 1, model.get(i).copied().unwrap_or(false), "bit {}", i);
        }
        let mut exact = vec![0u8; model.len().div_ceil(8)];
        prop_assert_eq!(unsafe { gcprog::expand(prog.as_ptr(), &mut exact) }, Ok(bits));
        if let Some(short) = exact.len().checked_sub(1) {
            prop_assert_eq!(unsafe { gcprog::expand(prog.as_ptr(), &mut exact[..short]) }, Err(Overflow));
        }
    }

    #[test]
    fn names_of_any_length(n in "[a-zA-Z]{1,400}", tag in ".{0,200}", embedded: bool, pkg in prop::option::of("[a-z/]{1,50}")) {
        let w = World::new();
        let name = w.name_with(&n, &tag, embedded, pkg.as_deref());
        unsafe {
            prop_assert_eq!(text(name.text()), n);
            prop_assert_eq!(text(name.tag()), tag);
            prop_assert_eq!(text(w.space.pkg_path_of(name)), pkg.unwrap_or_default());
        }
    }
}
