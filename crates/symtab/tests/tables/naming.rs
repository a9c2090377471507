//! Logical frames, `Callers`, `Frames` and `FuncForPC`.

use crate::image::{Fun, Image, Stack};
use goxide_symtab::frames::*;
use goxide_symtab::ids::*;
use goxide_symtab::inline::LogicalFrames;
use goxide_symtab::*;

const SIZE: usize = 0x100;
const CALL: usize = 0x40;

/// goexit, main.outer (which calls at CALL from main.inner inlined in main.mid
/// inlined in it), a wrapper, main.(*T).leaf.
fn program<A: Arch>() -> (Image, Symtab<'static>) {
    let mut im = Image::of::<A>();
    let (mid, inner) = (im.name("main.mid"), im.name("main.inner[go.shape.int]"));
    im.push(Fun::new("runtime.goexit", SIZE).flag(FuncFlag::TOP_FRAME));
    im.push(
        Fun { start_line: 10, ..Fun::new("main.outer", SIZE) }
            .frame(32)
            // The marks of the inlined calls are instructions at 0x30 and 0x34.
            .lines(vec![(10, 0x30), (12, 0x34), (22, 0x38), (32, 0x60), (14, SIZE)])
            .inline_tree(&[(0, mid, 0x30, 20), (0, inner, 0x34, 30)], vec![(-1, 0x34), (0, 0x38), (1, 0x60), (-1, SIZE)]),
    );
    im.push(Fun::new("main.T.leaf", SIZE).frame(16).id(FuncId::WRAPPER));
    im.push(Fun::new("main.(*T).leaf", SIZE).frame(48));
    im.push(Fun::new("runtime.panicwrap", SIZE).frame(16).id(FuncId::PANICWRAP));
    let tab = im.symtab();
    (im, tab)
}

fn stack<A: Arch>(im: &Image, last: usize) -> (Stack<A>, Start) {
    let mut s = Stack::<A>::new(256, im.entry(0) + CALL);
    s.frame(32);
    s.call(im.entry(1) + CALL);
    s.frame(16);
    s.call(im.entry(2) + CALL);
    s.frame(if last == 3 { 48 } else { 16 });
    let start = s.start(im.entry(last) + CALL);
    (s, start)
}

fn listed<A: Arch>(last: usize, skip: usize, max: usize) -> Vec<String> {
    let (im, tab) = program::<A>();
    let (s, start) = stack::<A>(&im, last);
    let mut cache = PcCache::new();
    let mut pcs = [0usize; 16];
    // SAFETY: the stack is the test's own.
    let n = unsafe { callers::<A>(tab, &mut cache, start, s.limits(), skip, &mut pcs[..max]) };
    assert!(pcs[n..].iter().all(|&p| p == 0), "nothing past the count");
    let name = |pc: &usize| {
        let e = expand(tab, *pc).unwrap();
        let (file, line) = e.file_line();
        assert_eq!(file, b"/src/a.go");
        assert_eq!(e.pc, pc - 1);
        format!("{}:{line}", String::from_utf8_lossy(&shown_name(e.name()).concat()))
    };
    pcs[..n].iter().map(name).collect()
}

fn both(last: usize, skip: usize, max: usize) -> Vec<String> {
    let got = listed::<Amd64>(last, skip, max);
    assert_eq!(got, listed::<Arm64>(last, skip, max));
    got
}

const ALL: [&str; 5] = ["main.(*T).leaf:1", "main.inner[...]:32", "main.mid:22", "main.outer:12", "runtime.goexit:1"];

#[test]
fn callers_lists_logical_frames_without_wrappers() {
    assert_eq!(both(3, 0, 16), ALL);
    // A wrapper that failed by itself is shown.
    let got = both(4, 0, 16);
    assert_eq!(got[..2], ["runtime.panicwrap:1", "main.T.leaf:1"]);
    assert_eq!(got[2..], ALL[1..]);
}

#[test]
fn callers_skips_logical_frames_and_fills_no_more_than_there_is_room() {
    for skip in 0..7 {
        for max in 0..7 {
            let want: Vec<_> = ALL.iter().copied().skip(skip).take(max).collect();
            assert_eq!(both(3, skip, max), want, "skip {skip} max {max}");
        }
    }
}

#[test]
fn a_stack_that_cannot_be_walked_has_no_callers() {
    let (im, tab) = program::<Amd64>();
    let (s, start) = stack::<Amd64>(&im, 3);
    let mut pcs = [0usize; 4];
    let mut cache = PcCache::new();
    // SAFETY: the stack is the test's own.
    let n = unsafe {
        let start = Start { pc: 1, ..start };
        callers::<Amd64>(tab, &mut cache, start, s.limits(), 0, &mut pcs)
    };
    assert_eq!(n, 0);
    assert!(expand(tab, 1).is_none());
}

#[test]
fn expanding_tells_physical_from_inlined() {
    let (im, tab) = program::<Amd64>();
    let at = im.entry(1);
    let e = expand(tab, at + CALL).unwrap();
    assert!(e.func().is_none());
    assert_eq!((e.entry(), e.start_line()), (at, 30));
    assert_eq!(e.name(), b"main.inner[go.shape.int]");
    let e = expand(tab, at + 0x70).unwrap();
    assert_eq!(e.func(), tab.find_func(at));
    assert_eq!((e.name(), e.start_line(), e.file_line().1), (&b"main.outer"[..], 10, 14));
    // At the entry there is no call to look inside of.
    assert_eq!(expand(tab, at).unwrap().pc, at);
}

#[test]
fn the_last_pc_expands_to_the_frames_it_was_inlined_into() {
    let (im, tab) = program::<Amd64>();
    let at = im.entry(1);
    let mut got = Vec::new();
    assert!(expand_last(tab, at + CALL, |pc| got.push(pc)));
    assert_eq!(got, [at + CALL, at + 0x35, at + 0x31]);
    assert!(!expand_last(tab, at + 0x70, |_| unreachable!()));
    assert!(!expand_last(tab, 0, |_| unreachable!()));
    assert!(!expand_last(tab, 17, |_| unreachable!()));
}

#[test]
fn logical_frames_are_the_same_with_and_without_a_cache() {
    let (im, tab) = program::<Arm64>();
    let mut cache = PcCache::new();
    for off in 1..SIZE {
        let pc = im.entry(1) + off;
        let f = tab.find_func(pc).unwrap();
        let pcs = |l: LogicalFrames<'static>| l.map(|f| (f.pc(), f.name())).collect::<Vec<_>>();
        let want = pcs(LogicalFrames::new(f, pc - 1));
        for _ in 0..2 {
            assert_eq!(pcs(LogicalFrames::at_call(f, pc, &mut cache)), want);
        }
    }
}

#[test]
fn func_for_pc_takes_the_pc_as_it_is() {
    let (im, tab) = program::<Amd64>();
    let at = im.entry(1);
    assert!(func_for_pc(tab, 5).is_none());
    let Some(FuncForPc::Physical(f)) = func_for_pc(tab, at) else { panic!() };
    assert_eq!(f.name(), b"main.outer");
    // SAFETY: a record of the table.
    let r = unsafe { FuncRef::new(tab, f.as_ptr()) }.unwrap();
    assert_eq!((r.name(), r.entry(), r.start_line()), (&b"main.outer"[..], at, 10));
    assert_eq!(r.file_line(at + 0x70), (&b"/src/a.go"[..], 14));

    let Some(FuncForPc::Inlined(f)) = func_for_pc(tab, at + 0x36) else { panic!() };
    // SAFETY: it lives to the end of this function, and the reference no longer.
    let r = unsafe { FuncRef::new(tab, (&raw const f).cast()) }.unwrap();
    assert_eq!((r.name(), r.entry(), r.start_line()), (&b"main.mid"[..], at, 20));
    assert_eq!(r.file_line(0), (&b"/src/a.go"[..], 22));
    // SAFETY: null is allowed.
    assert!(unsafe { FuncRef::new(tab, std::ptr::null()) }.is_none());
}

#[test]
fn type_arguments_are_not_shown() {
    let shown = |s: &str| String::from_utf8(shown_name(s.as_bytes()).concat()).unwrap();
    assert_eq!(shown("main.f"), "main.f");
    assert_eq!(shown("main.f[go.shape.[]int]"), "main.f[...]");
    assert_eq!(shown("main.(*T[go.shape.int]).f.func1"), "main.(*T[...]).f.func1");
    assert_eq!(shown("main.odd]["), "main.odd][");
    assert_eq!(shown("main.odd["), "main.odd[");
}
