//! Pc tables, the function table, functions' data, pointer programs.

use crate::image::{Fun, Image, Table, encode, pack};
use goxide_symtab::ids::*;
use goxide_symtab::moduledata::{ModuleData, RawSlice, TextSect};
use goxide_symtab::pcvalue::{Runs, find_run};
use goxide_symtab::*;
use proptest::prelude::*;

/// Tables whose neighbouring runs differ, in units of `unit`.
fn table(unit: usize) -> impl Strategy<Value = Table> {
    let value = prop_oneof![-4i32..40, any::<i32>()];
    prop::collection::vec((value, prop_oneof![1usize..20, 100usize..40_000]), 1..40).prop_map(move |runs| {
        let (mut out, mut at) = (Table::new(), 0);
        for (v, n) in runs {
            at += n * unit;
            match out.last_mut() {
                Some(last) if last.0 == v => last.1 = at,
                _ => out.push((v, at)),
            }
        }
        out
    })
}

proptest! {
    #[test]
    fn runs_decode_to_what_was_encoded(t in table(1)) {
        let bytes = encode(&t, 1);
        // SAFETY: a whole table.
        let runs: Vec<_> = unsafe { Runs::new(bytes.as_ptr()) }.collect();
        prop_assert_eq!(runs.len(), t.len());
        let mut from = 0;
        for (r, &(value, end)) in runs.iter().zip(&t) {
            prop_assert_eq!((r.value, r.from, r.to), (value, from, end));
            from = end;
        }
    }

    #[test]
    fn find_run_agrees_with_a_scan(t in table(1), at in 0usize..50_000) {
        let bytes = encode(&t, 1);
        // SAFETY: a whole table.
        let got = unsafe { find_run(bytes.as_ptr(), at) }.map(|r| r.value);
        prop_assert_eq!(got, t.iter().find(|r| at < r.1).map(|r| r.0));
    }

    #[test]
    fn sp_delta_is_the_same_with_and_without_a_cache(
        t in table(4),
        ats in prop::collection::vec(any::<prop::sample::Index>(), 1..300),
    ) {
        let size = t.last().unwrap().1;
        let mut im = Image::new(4);
        im.push(Fun { sp: Some(t.clone()), ..Fun::new("main.f", size) });
        let tab = im.symtab();
        // SAFETY: an embedder may begin with memory that was never touched: zero bytes are an empty cache.
        let mut cache = unsafe { Box::<PcCache<'_>>::new_zeroed().assume_init() };
        for at in ats {
            let at = at.index(size);
            let pc = im.text + at;
            let f = tab.find_func(pc).unwrap();
            let want = t.iter().find(|r| at < r.1).map(|r| r.0);
            prop_assert_eq!(f.sp_delta(pc), want);
            prop_assert_eq!(cache.sp_delta(f, pc), want);
            prop_assert_eq!(cache.func(tab, pc), Some(f));
        }
    }

    #[test]
    fn every_pc_finds_its_function(
        sizes in prop::collection::vec(prop_oneof![16usize..64, 64usize..2000, 2000usize..20_000], 1..200),
    ) {
        let mut im = Image::new(1);
        for (i, &s) in sizes.iter().enumerate() {
            im.push(Fun::new(&format!("main.f{i}"), s));
        }
        let tab = im.symtab();
        prop_assert!(tab.verify().is_ok());
        let mut at = im.text;
        prop_assert!(tab.find_func(at - 1).is_none());
        for (i, &s) in sizes.iter().enumerate() {
            let name = format!("main.f{i}");
            for pc in [at, at + 1, at + s / 2, at + s - 1] {
                let f = tab.find_func(pc).unwrap();
                prop_assert_eq!(f.name(), name.as_bytes());
                prop_assert_eq!(f.entry(), at);
                prop_assert_eq!(tab.func_of_record(f.as_ptr()), Some(f));
            }
            at += s;
        }
        prop_assert!(tab.find_func(at).is_none());
    }

    #[test]
    fn pointer_programs_say_what_unrolling_them_says(
        insts in prop::collection::vec((prop::collection::vec(any::<bool>(), 1..=127), 1usize..200, 0usize..40), 1..12),
        cut in 1usize..5000,
    ) {
        // A literal, then a repetition of some bits before it.
        let (mut prog, mut want) = (vec![0u8; 4], Vec::new());
        for (bits, n, c) in insts {
            prog.push(bits.len() as u8);
            prog.extend(pack(&bits));
            want.extend(bits);
            let n = n.min(want.len());
            let number = |prog: &mut Vec<u8>, mut v: usize| {
                while v >= 0x80 { prog.push(v as u8 | 0x80); v >>= 7; }
                prog.push(v as u8);
            };
            if n < 0x80 { prog.push(0x80 | n as u8) } else { prog.push(0x80); number(&mut prog, n) }
            number(&mut prog, c);
            for _ in 0..n * c {
                want.push(want[want.len() - n]);
            }
        }
        prog.push(0);
        let cut = cut.min(want.len());
        let mut got = vec![false; cut];
        // SAFETY: a length and a whole program.
        let r: Result<(), ()> = unsafe {
            goxide_symtab::gcprog::try_each(prog.as_ptr().add(4), 0..cut, |i| { got[i] = true; Ok(()) })
        };
        prop_assert!(r.is_ok());
        prop_assert_eq!(&got[..], &want[..cut]);
    }
}

#[test]
fn a_function_tells_what_was_written() {
    let mut im = Image::new(1);
    im.push(Fun::new("runtime.goexit", 32));
    let f = Fun {
        args: 24,
        deferreturn: 40,
        start_line: 17,
        file: Some(vec![(0, 30), (1, 64)]),
        line: Some(vec![(18, 10), (19, 64)]),
        ..Fun::new("example.com/a.b/c.(*T).F", 64)
    };
    let f = f
        .frame(48)
        .id(FuncId::GOPANIC)
        .flag(FuncFlag::ASM)
        .pcdata(PcData::UNSAFE_POINT, vec![(-1, 20), (-2, 30), (-1, 64)])
        .funcdata(FuncData::ARG_INFO, vec![1, 2, 3, 4, 5]);
    let i = im.push(f);
    let tab = im.symtab();
    let pc = im.entry(i);
    let f = tab.find_func(pc).unwrap();
    assert_eq!(f.name(), b"example.com/a.b/c.(*T).F");
    assert_eq!(f.package(), b"example.com/a.b/c");
    assert_eq!((f.args(), f.args_size()), (24, Some(24)));
    assert_eq!((f.deferreturn(), f.start_line()), (40, 17));
    assert_eq!((f.id(), f.flag()), (FuncId::GOPANIC, FuncFlag::ASM));
    assert_eq!(f.max_sp_delta(), 48);
    assert_eq!(f.file_line(pc), (&b"/src/a.go"[..], 18));
    assert_eq!(f.file_line(pc + 10), (&b"/src/a.go"[..], 19));
    assert_eq!(f.file_line(pc + 30), (&b"/src/b.go"[..], 19));
    assert_eq!(f.pcdata(PcData::UNSAFE_POINT, pc + 25), Some(-2));
    assert_eq!(f.pcdata_from(PcData::UNSAFE_POINT, pc + 25), Some((-2, pc + 20)));
    assert_eq!(f.pcdata_from(PcData::STACK_MAP_INDEX, pc), Some((-1, 0)), "no such table");
    assert!(f.funcdata(FuncData::ARGS_POINTER_MAPS).is_none(), "a hole in the list");
    assert!(f.funcdata(FuncData::WRAP_INFO).is_none(), "past the end of the list");
    let d = f.funcdata(FuncData::ARG_INFO).unwrap();
    // SAFETY: five bytes were written.
    let d = unsafe { std::slice::from_raw_parts(d.as_ptr(), 5) };
    assert_eq!(d, [1, 2, 3, 4, 5]);
    // Past the tables' end nothing is known, and nothing goes wrong.
    assert_eq!(f.sp_delta(pc + 64), None);
    assert_eq!(f.file_line(pc + 64), (&b"?"[..], 0));
    let other = tab.find_func(im.text).unwrap();
    assert_ne!(other, f);
    assert_eq!(other.args_size(), Some(0));
}

#[test]
fn modules_are_searched_in_turn() {
    let mut second = Image::new(1);
    second.text = 0x80_0000;
    second.push(Fun::new("plugin.f", 100));
    let second = second.module();
    second.data = 0x9000;
    second.edata = 0x9100;
    let second: &'static ModuleData = second;
    let mut first = Image::new(1);
    first.push(Fun::new("main.f", 100));
    first.next = Some(second);
    let tab = first.symtab();
    assert_eq!(tab.modules().count(), 2);
    assert_eq!(tab.find_func(0x80_0010).unwrap().name(), b"plugin.f");
    assert_eq!(tab.find_func(first.text + 5).unwrap().name(), b"main.f");
    assert!(tab.find_func(0x80_0064).is_none());
    assert!(std::ptr::eq(tab.find_data_module(0x9080).unwrap(), second));
    assert!(tab.find_data_module(0x9100).is_none());
}

#[test]
fn text_may_be_in_pieces() {
    // The second function was moved by 0x1000.
    let mut im = Image::new(1);
    im.push(Fun::new("main.a", 0x100));
    im.push(Fun::new("main.b", 0x100));
    let m = im.module();
    let sects = vec![
        TextSect { vaddr: 0, end: 0x100, base: im.text },
        TextSect { vaddr: 0x100, end: 0x200, base: im.text + 0x1100 },
    ]
    .leak();
    m.textsectmap = RawSlice { ptr: sects.as_ptr(), len: 2, cap: 2 };
    m.maxpc = im.text + 0x1200;
    m.etext = m.maxpc;
    // SAFETY: as the linker would write it.
    let tab: Symtab<'static> = unsafe { Symtab::new(m) };
    assert_eq!(tab.verify(), Ok(()));
    let b = tab.find_func(im.text + 0x1180).unwrap();
    assert_eq!((b.name(), b.entry()), (&b"main.b"[..], im.text + 0x1100));
    assert_eq!(b.sp_delta(im.text + 0x1180), Some(0));
    assert_eq!(tab.find_func(im.text + 0x80).unwrap().name(), b"main.a");
    assert!(tab.find_func(im.text + 0x800).is_none(), "between the pieces");
}

#[test]
fn a_damaged_table_is_told() {
    let mut im = Image::new(1);
    im.push(Fun::new("main.a", 0x100));
    let m = im.module();
    m.maxpc += 1;
    // SAFETY: only `verify` is asked.
    let tab: Symtab<'static> = unsafe { Symtab::new(m) };
    assert_eq!(tab.verify(), Err("minpc or maxpc invalid"));
    let m = im.module();
    m.text += 16;
    // SAFETY: only `verify` is asked.
    let tab: Symtab<'static> = unsafe { Symtab::new(m) };
    assert_eq!(tab.verify(), Err("invalid function symbol table"));
}
