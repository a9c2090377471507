//! Method tables, assertions and boxing.
#![allow(clippy::undocumented_unsafe_blocks)]

#[path = "types_support/mod.rs"]
mod support;

use std::sync::Barrier;
use std::sync::atomic::Ordering;

use goxide_gotypes::iface::assert::{dot_type_e, dot_type_i, nil_dot_type};
use goxide_gotypes::iface::{boxing, missing_method};
use goxide_gotypes::mem::Mem;
use goxide_gotypes::space::Module;
use goxide_gotypes::text::{AssertionError, Fault};
use goxide_gotypes::types::{Eface, GoSlice, Iface, InterfaceType, Itab, Type, kind};
use proptest::prelude::*;
use support::{Event, Forever, M, TEXT, TestMem, World, go, text};

fn failure<T>(r: Result<T, Fault>) -> AssertionError {
    match r {
        Err(Fault::Assertion(e)) => e,
        Err(f) => panic!("{f:?}"),
        Ok(_) => panic!("no failure"),
    }
}

unsafe fn code(tab: *const Itab, n: usize) -> Vec<usize> {
    unsafe { core::slice::from_raw_parts((*tab).fun.as_ptr(), n).to_vec() }
}

#[test]
fn tables_are_filled_by_name_type_and_package() {
    let w = World::new();
    let (f, g) = (w.func("func()"), w.func("func(int)"));
    let t = w.with_methods(
        "main.T",
        "x/main",
        &[
            M("Add", None, f, 0x10),
            M("Close", None, g, 0x20),
            M("Read", None, f, -1),
            M("hidden", Some("other"), f, 0x40),
            M("own", None, f, 0x50),
        ],
    );
    let ifaces = w.ifaces();
    let get = |i: *const InterfaceType| unsafe { ifaces.get(i, t) };
    let lacks = |i| text(failure(get(i)).missing_method);

    let i = w.interface("interface { Add(); Read() }", "p", &[("Add", None, f), ("Read", None, f)]);
    let tab = get(i).unwrap();
    assert_eq!(unsafe { code(tab, 2) }, [TEXT + 0x10, TEXT + 0xdead], "a dropped method is the unreachable one");
    unsafe {
        assert_eq!(((*tab).inter, (*tab).typ), (i, t));
        assert!(core::ptr::eq(get(i).unwrap(), tab), "made once");
        assert!(core::ptr::eq(w.itabs.find(i, t), tab));
        assert_eq!(missing_method(w.space, i, t).map(text), None);
    }

    // Another type, a later name, a name in between.
    assert_eq!(lacks(w.interface("", "p", &[("Add", None, g)])), "Add");
    assert_eq!(lacks(w.interface("", "p", &[("Add", None, f), ("Zap", None, f)])), "Zap");
    assert_eq!(lacks(w.interface("", "p", &[("Add", None, f), ("Bit", None, f), ("Close", None, g)])), "Bit");

    // Unexported names are of a package: the name's own, or else the declaring type's or interface's.
    let own = |pkg, of| w.interface("", pkg, &[("own", of, f)]);
    assert!(get(own("x/main", None)).is_ok());
    assert!(get(own("p", Some("x/main"))).is_ok());
    assert_eq!(lacks(own("p", None)), "own");
    assert_eq!(lacks(own("x/main", Some("p"))), "own");
    let hidden = |pkg| w.interface("", pkg, &[("hidden", None, f)]);
    assert!(get(hidden("other")).is_ok());
    assert_eq!(lacks(hidden("x/main")), "hidden");
}

#[test]
fn failures_are_remembered_and_told_in_full() {
    let w = World::new();
    let f = w.func("func()");
    let t = w.with_methods("main.T", "main", &[M("A", None, f, 1)]);
    let i = w.interface("main.I", "main", &[("A", None, f), ("B", None, f)]);
    let ifaces = w.ifaces();
    unsafe {
        assert!(ifaces.try_get(i, t).is_null());
        let known = w.itabs.find(i, t);
        assert!(!known.is_null() && !(*known).implements());
        let blocks = w.forever.0.load(Ordering::Relaxed);
        for _ in 0..2 {
            let e = failure(ifaces.get(i, t));
            assert_eq!((e.concrete, e.asserted, text(e.missing_method).as_str()), (t, i.cast(), "B"));
            assert!(e.interface.is_null());
        }
        assert_eq!(w.forever.0.load(Ordering::Relaxed), blocks);

        // A type without methods never gets that far.
        let plain = w.struct_of("struct {}", "", &[], true);
        assert!(ifaces.try_get(i, plain).is_null());
        assert_eq!(text(failure(ifaces.get(i, plain)).missing_method), "A");
        assert!(w.itabs.find(i, plain).is_null());

        let none = w.interface("interface {}", "", &[]);
        assert!(matches!(ifaces.get(none, t), Err(Fault::Throw(_))));
    }
}

#[test]
fn assertions() {
    let w = World::new();
    let f = w.func("func()");
    let t = w.with_methods("main.T", "main", &[M("A", None, f, 1), M("B", None, f, 2)]);
    let ia = w.interface("main.IA", "main", &[("A", None, f)]);
    let ib = w.interface("main.IB", "main", &[("B", None, f)]);
    let ic = w.interface("main.IC", "main", &[("C", None, f)]);
    let ifaces = w.ifaces();
    let data = 0x7000 as *mut u8;
    let null = core::ptr::null::<Itab>();
    unsafe {
        let a = ifaces.assert_e2i(ia, t).unwrap();
        let b = ifaces.assert_i2i(ib, a).unwrap();
        assert_eq!(code(b, 1), [TEXT + 2]);
        assert!(core::ptr::eq(ifaces.assert_i2i(ia, a).unwrap(), a));
        assert!(core::ptr::eq(ifaces.conv_i2i(ib, a).unwrap(), b));
        assert!(ifaces.conv_i2i(ib, null).unwrap().is_null(), "a conversion of nil is nil");
        for e in [failure(ifaces.assert_i2i(ib, null)), failure(ifaces.assert_e2i(ib, core::ptr::null()))] {
            assert!(e.interface.is_null() && e.concrete.is_null() && e.missing_method.is_empty());
            assert_eq!(e.asserted, ib.cast());
        }
        assert_eq!(text(failure(ifaces.assert_i2i(ic, a)).missing_method), "C");
        assert_eq!(text(failure(ifaces.conv_i2i(ic, a)).missing_method), "C");

        let nil = |i: Iface| i.tab.is_null() && i.data.is_null();
        let got = ifaces.assert_i2i2(ib, Iface { tab: a, data });
        assert!(core::ptr::eq(got.tab, b) && got.data == data);
        let same = ifaces.assert_i2i2(ia, Iface { tab: a, data });
        assert!(core::ptr::eq(same.tab, a) && same.data == data);
        assert!(nil(ifaces.assert_i2i2(ic, Iface { tab: a, data })));
        assert!(nil(ifaces.assert_i2i2(ia, Iface { tab: null, data })));
        let got = ifaces.assert_e2i2(ib, Eface { typ: t, data });
        assert!(core::ptr::eq(got.tab, b) && got.data == data);
        assert!(nil(ifaces.assert_e2i2(ic, Eface { typ: t, data })));
        assert!(nil(ifaces.assert_e2i2(ib, Eface { typ: core::ptr::null(), data })));

        let mem = TestMem::with_barrier();
        let mut dst = Iface::NIL;
        ifaces.iface_e2i(&mem, ia, Eface { typ: t, data }, &mut dst).unwrap();
        assert!(core::ptr::eq(dst.tab, a) && dst.data == data);
        let slot = (&raw const dst.data) as usize;
        assert_eq!(mem.take(), [Event::Ptr { slot, new: data as usize }]);
        assert!(ifaces.iface_e2i(&mem, ic, Eface { typ: t, data }, &mut dst).is_err());
        assert_eq!(dst.data, data, "untouched on failure");

        let int = w.basic("int", kind::INT);
        let e = failure::<()>(Err(dot_type_i(a, int, ia.cast())));
        assert_eq!((e.interface, e.concrete, e.asserted), (ia.cast(), t, int));
        let e = failure::<()>(Err(dot_type_i(null, int, ia.cast())));
        assert!(e.concrete.is_null());
        let e = failure::<()>(Err(dot_type_e(t, int, core::ptr::null())));
        assert_eq!((e.concrete, e.asserted), (t, int));
        assert_eq!(failure::<()>(Err(nil_dot_type(int))).asserted, int);
    }
}

#[test]
fn linked_tables_come_first() {
    let w = World::new();
    let f = w.func("func()");
    let t = w.with_methods("main.T", "main", &[M("A", None, f, 1)]);
    let i = w.interface("main.I", "main", &[("A", None, f)]);
    let linked = Itab { inter: i, typ: t, hash: 77, pad: 0, fun: [0x1234] };
    // The same table linked twice is one entry.
    let links = [&raw const linked, &raw const linked];
    let mut m = Module::new(0, 0, 0, 0);
    m.itablinks = GoSlice { ptr: links.as_ptr().cast_mut().cast(), len: 2, cap: 2 };
    unsafe {
        w.itabs.add_module(w.forever, &m);
        assert_eq!(w.itabs.len(), 1);
        assert!(core::ptr::eq(w.ifaces().get(i, t).unwrap(), &linked));
    }
}

#[test]
fn many_tables_from_many_threads() {
    let w = World::new();
    let f = w.func("func()");
    let types: Vec<usize> =
        (0..40).map(|k| w.with_methods(&format!("main.T{k}"), "main", &[M("A", None, f, k + 1)]) as usize).collect();
    let inters: Vec<usize> = (0..60)
        .map(|k| {
            let name = if k % 3 == 0 { "B" } else { "A" };
            w.interface(&format!("main.I{k}"), "main", &[(name, None, f)]) as usize
        })
        .collect();
    let ifaces = w.ifaces();
    let start = Barrier::new(4);
    std::thread::scope(|s| {
        for n in 0..4usize {
            let (types, inters, start) = (&types, &inters, &start);
            let (space, itabs, mem): (_, _, &'static Forever) = (ifaces.space, ifaces.itabs, ifaces.mem);
            s.spawn(move || {
                start.wait();
                for k in 0..types.len() * inters.len() {
                    let k = (k + n * 600) % (types.len() * inters.len());
                    let (ti, ii) = (k % types.len(), k / types.len());
                    let (t, i) = (types[ti] as *const Type, inters[ii] as *const InterfaceType);
                    let tab = unsafe { itabs.try_get(space, mem, i, t) };
                    assert_eq!(tab.is_null(), ii % 3 == 0);
                    if !tab.is_null() {
                        unsafe {
                            assert_eq!(((*tab).inter, (*tab).typ, (*tab).fun[0]), (i, t, TEXT + ti + 1));
                            assert!(core::ptr::eq(itabs.find(i, t), tab));
                        }
                    }
                }
            });
        }
    });
    assert_eq!(w.itabs.len(), 2400, "each pair once, failures included");
    let mut n = 0;
    w.itabs.each(|tab| {
        n += 1;
        assert!(core::ptr::eq(unsafe { w.itabs.find(tab.inter, tab.typ) }, tab));
    });
    assert_eq!(n, 2400);
}

#[test]
fn boxes() {
    let w = World::new();
    let mem = TestMem::default();
    let (small, zero) = (mem.small_values() as usize, mem.zero_value().cast_mut());
    for v in 0..=255u16 {
        let at = small + 8 * usize::from(v);
        assert_eq!(boxing::conv_t16(&mem, v) as usize, at);
        assert_eq!(boxing::conv_t32(&mem, v.into()) as usize, at);
        assert_eq!(boxing::conv_t64(&mem, v.into()) as usize, at);
        assert_eq!(unsafe { *(at as *const u64) }, u64::from(v));
    }
    assert_eq!(mem.take(), []);
    unsafe {
        assert_eq!(*boxing::conv_t16(&mem, 256).cast::<u16>(), 256);
        assert_eq!(*boxing::conv_t32(&mem, u32::MAX).cast::<u32>(), u32::MAX);
        assert_eq!(*boxing::conv_t64(&mem, u64::MAX).cast::<u64>(), u64::MAX);
        let plain = |size| Event::Alloc { size, typed: false, zero: false };
        assert_eq!(mem.take(), [plain(2), plain(4), plain(8)]);

        assert_eq!(boxing::conv_tstring(&mem, go("")), zero);
        assert_eq!(boxing::conv_tslice(&mem, GoSlice::NIL), zero);
        let s = go("text");
        let boxed = boxing::conv_tstring(&mem, s).cast::<goxide_gotypes::types::GoStr>();
        assert_eq!(text(*boxed), "text");
        let empty = GoSlice { ptr: 0x10 as *mut u8, len: 0, cap: 0 };
        let b = boxing::conv_tslice(&mem, empty).cast::<GoSlice>();
        assert_eq!(((*b).ptr, (*b).len, (*b).cap), (empty.ptr, 0, 0), "empty is not nil");
        let typed = |size| Event::Alloc { size, typed: true, zero: true };
        assert_eq!(mem.take(), [typed(16), typed(24)]);

        let int = w.basic("int", kind::INT);
        let pair = w.struct_of("main.P", "main", &[("s", w.basic("string", kind::STRING), 0), ("n", int, 16)], false);
        let v = (s, 42u64);
        let x = boxing::conv_t(&mem, pair, (&raw const v).cast());
        assert_eq!(x.cast::<[u64; 3]>().read(), (&raw const v).cast::<[u64; 3]>().read());
        assert_eq!(mem.take(), [typed(24)]);
        let n = 7u64;
        assert_eq!(*boxing::conv_t(&mem, int, (&raw const n).cast()).cast::<u64>(), 7);
        assert_eq!(mem.take(), [plain(8)]);

        // While the collector marks, what goes into the box is announced.
        mem.barrier.set(true);
        let x = boxing::conv_t(&mem, pair, (&raw const v).cast());
        let y = boxing::conv_tstring(&mem, s);
        assert_eq!(
            mem.take(),
            [
                typed(24),
                Event::Fresh { dst: x as usize, size: 8 },
                typed(16),
                Event::Ptr { slot: y as usize, new: s.ptr as usize },
            ]
        );
    }
}

proptest! {
    /// The walk in step over two sorted lists finds what a search for each name would.
    #[test]
    fn methods_against_a_model(
        have in prop::collection::btree_map("[A-Ca-c]{1,2}", 0usize..2, 0..8),
        want in prop::collection::btree_map("[A-Ca-c]{1,2}", 0usize..2, 1..5),
    ) {
        let w = World::new();
        let kinds = [w.func("func()"), w.func("func(int)")];
        let methods: Vec<M> =
            have.iter().enumerate().map(|(k, (n, &t))| M(n, None, kinds[t], k as i32 + 1)).collect();
        let t = w.with_methods("main.T", "main", &methods);
        let asks: Vec<_> = want.iter().map(|(n, &t)| (n.as_str(), None, kinds[t])).collect();
        let i = w.interface("main.I", "main", &asks);
        let missing = want.iter().find(|(n, t)| have.get(*n) != Some(t)).map(|(n, _)| n.clone());
        match unsafe { w.ifaces().get(i, t) } {
            Ok(tab) => {
                prop_assert_eq!(missing, None);
                let index = |n: &String| TEXT + 1 + have.keys().position(|k| k == n).unwrap();
                prop_assert_eq!(unsafe { code(tab, want.len()) }, want.keys().map(index).collect::<Vec<_>>());
            }
            r => prop_assert_eq!(Some(text(failure(r).missing_method)), missing),
        }
    }
}
