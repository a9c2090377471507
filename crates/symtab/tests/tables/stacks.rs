//! Walking stacks, whole and damaged.

use crate::image::{Fun, Image, Stack};
use goxide_symtab::ids::*;
use goxide_symtab::*;
use proptest::prelude::*;

const SIZE: usize = 0x100;
/// Where each function calls the next: the return address's offset.
const CALL: usize = 0x40;

/// goexit, then functions with frames of the given sizes.
fn program<A: Arch>(frames: &[usize]) -> Image {
    let mut im = Image::of::<A>();
    im.push(Fun::new("runtime.goexit", SIZE).flag(FuncFlag::TOP_FRAME).id(FuncId::GOEXIT));
    for (i, &n) in frames.iter().enumerate() {
        im.push(Fun::new(&format!("main.f{i}"), SIZE).frame(n));
    }
    im
}

/// The stack of functions 1.. calling each other. The last one has made its
/// frame, too.
fn stack<A: Arch>(im: &Image, frames: &[usize]) -> Stack<A> {
    let mut s = Stack::<A>::new(4096, im.entry(0) + CALL);
    for (i, &n) in frames.iter().enumerate() {
        s.frame(n);
        if i + 1 < frames.len() {
            s.call(im.entry(i + 1) + CALL);
        }
    }
    s
}

type Walked = Result<Vec<Frame<'static>>, FaultKind>;

fn walk<A: Arch>(tab: Symtab<'static>, start: Start, limits: Limits, mode: Mode) -> Walked {
    let mut cache = PcCache::new();
    // SAFETY: the stack is the test's own, and whole.
    let mut u = unsafe { Unwinder::<A>::new(tab, &mut cache, start, limits, mode) }.map_err(|f| f.kind)?;
    let mut out = vec![*u.frame()];
    while u.step(&mut cache).map_err(|f| f.kind)? {
        out.push(*u.frame());
    }
    Ok(out)
}

fn names(frames: &[Frame<'_>]) -> Vec<String> {
    frames.iter().map(|f| String::from_utf8(f.func.name().to_vec()).unwrap()).collect()
}

fn walks_back<A: Arch>(frames: &[usize]) {
    let im = program::<A>(frames);
    let s = stack::<A>(&im, frames);
    let last = frames.len();
    let start = s.start(im.entry(last) + CALL);
    let got = walk::<A>(im.symtab(), start, s.limits(), Mode::Precise).unwrap();
    assert_eq!(got.len(), last + 1);
    let pushed = if A::USES_LR { 0 } else { 8 };
    let mut sp = start.sp;
    for (k, f) in got[..last].iter().enumerate() {
        let i = last - k;
        let size = frames[i - 1];
        assert_eq!(f.func.entry(), im.entry(i));
        assert_eq!((f.pc, f.continpc), (im.entry(i) + CALL, im.entry(i) + CALL));
        assert_eq!((f.sp, f.fp), (sp, sp + size + pushed));
        assert_eq!(f.argp, f.fp + A::MIN_FRAME);
        assert_eq!(f.has_frame_pointer(), size > 0);
        assert_eq!(f.varp, f.fp - pushed - if size > 0 { 8 } else { 0 });
        assert_eq!(f.lr, im.entry(i - 1) + CALL);
        sp = f.fp;
    }
    let top = got[last];
    assert_eq!((top.func.id(), top.lr, top.sp), (FuncId::GOEXIT, 0, sp));
    // The saved frame pointers lead from frame to frame. On arm64 the word
    // belongs to the caller, so that the outermost function's is not there.
    let slots: Vec<_> = got[..last].iter().filter(|f| f.has_frame_pointer()).map(|f| f.varp).collect();
    let ends = if A::USES_LR { 2 } else { 1 };
    for (k, &at) in slots.iter().enumerate() {
        let want = if k + ends < slots.len() { slots[k + 1] } else { 0 };
        // SAFETY: a word of the stack.
        assert_eq!(unsafe { *(at as *const usize) }, want);
    }
}

proptest! {
    #[test]
    fn any_chain_of_frames_is_walked(sizes in prop::collection::vec(1usize..20, 1..40)) {
        let sizes: Vec<_> = sizes.iter().map(|n| n * 16).collect();
        walks_back::<Arm64>(&sizes);
        walks_back::<Amd64>(&sizes);
        // On amd64 a function that calls need have no frame of its own.
        let some_empty: Vec<_> = sizes.iter().map(|n| n - 16).collect();
        walks_back::<Amd64>(&some_empty);
    }

    #[test]
    fn a_function_at_its_entry_has_no_frame_yet(at in 0usize..4) {
        fn check<A: Arch>(at: usize) {
            let im = program::<A>(&[32, 64]);
            let mut s = stack::<A>(&im, &[32]);
            s.call(im.entry(1) + CALL);
            let start = s.start(im.entry(2) + at * 4);
            let got = walk::<A>(im.symtab(), start, s.limits(), Mode::Precise).unwrap();
            assert_eq!(names(&got), ["main.f1", "main.f0", "runtime.goexit"]);
            assert_eq!(got[0].lr, im.entry(1) + CALL);
            assert!(!got[0].has_frame_pointer());
            let pushed = if A::USES_LR { 0 } else { 8 };
            assert_eq!(got[0].varp, got[0].sp);
            assert_eq!(got[0].fp, start.sp + pushed);
        }
        check::<Amd64>(at);
        check::<Arm64>(at);
    }
}

/// f0 faults at +0x20, in the handler's sigpanic, which calls f2.
fn sigpanic<A: Arch>(deferreturn: u32, in_prologue: bool) -> Vec<Frame<'static>> {
    let mut im = program::<A>(&[32]);
    im.funs[1].deferreturn = deferreturn;
    im.push(Fun::new("main.leaf", SIZE).frame(48));
    im.push(Fun::new("runtime.sigpanic", SIZE).frame(64).id(FuncId::SIGPANIC));
    im.push(Fun::new("main.f2", SIZE).frame(16));
    let mut s = stack::<A>(&im, &[32]);
    let faults = if in_prologue {
        // A leaf called from f0, before it makes its frame.
        s.call(im.entry(1) + CALL);
        im.entry(2) + 8
    } else {
        im.entry(1) + 0x20
    };
    s.inject(faults);
    s.frame(64);
    s.call(im.entry(3) + CALL);
    s.frame(16);
    let start = s.start(im.entry(4) + CALL);
    let got = walk::<A>(im.symtab(), start, s.limits(), Mode::Precise).unwrap();
    assert_eq!(got[2].pc, faults);
    got
}

#[test]
fn a_frame_that_faulted_continues_at_its_deferred_calls_or_not_at_all() {
    fn check<A: Arch>() {
        let got = sigpanic::<A>(0x80, false);
        assert_eq!(names(&got), ["main.f2", "runtime.sigpanic", "main.f0", "runtime.goexit"]);
        assert_eq!(got[2].continpc, got[2].func.entry() + 0x80 + 1);
        assert_eq!(got[1].continpc, got[1].pc);
        let got = sigpanic::<A>(0, false);
        assert_eq!(got[2].continpc, 0);
        let got = sigpanic::<A>(0, true);
        assert_eq!(names(&got), ["main.f2", "runtime.sigpanic", "main.leaf", "main.f0", "runtime.goexit"]);
        assert_eq!(got[3].continpc, got[3].pc, "only the frame that faulted is dead");
    }
    check::<Amd64>();
    check::<Arm64>();
}

#[test]
fn symbols_are_looked_up_inside_of_the_call_but_at_a_fault() {
    fn check<A: Arch>() {
        let im = program::<A>(&[32]);
        let s = stack::<A>(&im, &[32]);
        let (tab, pc) = (im.symtab(), im.entry(1) + CALL);
        let mut cache = PcCache::new();
        let mut sym_pc = |start| {
            // SAFETY: the test's own stack.
            unsafe { Unwinder::<A>::new(tab, &mut cache, start, s.limits(), Mode::BestEffort) }.unwrap().sym_pc()
        };
        assert_eq!(sym_pc(s.start(pc)), pc - 1);
        assert_eq!(sym_pc(Start { trap: true, ..s.start(pc) }), pc);
        assert_eq!(sym_pc(s.start(im.entry(1))), im.entry(1), "not yet begun");
    }
    check::<Amd64>();
    check::<Arm64>();
}

#[test]
fn a_call_of_nil_starts_in_the_caller() {
    let im = program::<Amd64>(&[32]);
    let mut s = stack::<Amd64>(&im, &[32]);
    s.call(im.entry(1) + CALL);
    let got = walk::<Amd64>(im.symtab(), s.start(0), s.limits(), Mode::Precise).unwrap();
    assert_eq!(names(&got), ["main.f0", "runtime.goexit"]);
}

#[test]
fn what_is_wrong_with_a_stack_is_told() {
    fn check<A: Arch>() {
        let mut im = program::<A>(&[32, 32, 32]);
        im.funs[2].flag = FuncFlag::SP_WRITE.0;
        im.push(Fun { sp: None, ..Fun::new("foreign", SIZE) });
        im.push(Fun { sp: Some(vec![(0, 16)]), ..Fun::new("main.short", SIZE) });
        let tab = im.symtab();
        let mut s = stack::<A>(&im, &[32, 32, 32]);
        let limits = s.limits();
        let pc = im.entry(3) + CALL;
        let start = s.start(pc);

        // A function that writes sp, in the middle.
        assert_eq!(walk::<A>(tab, start, limits, Mode::Precise).unwrap_err(), FaultKind::SpWrite);
        let got = walk::<A>(tab, start, limits, Mode::BestEffort).unwrap();
        assert_eq!(names(&got), ["main.f2", "main.f1"], "it ends there");
        // Innermost, where it saved its context by itself.
        let inner = stack::<A>(&im, &[32, 32]);
        let at = inner.start(im.entry(2) + CALL);
        assert_eq!(walk::<A>(tab, at, inner.limits(), Mode::Precise).unwrap().len(), 3);
        let at = Start { trap: true, ..at };
        let e = walk::<A>(tab, at, inner.limits(), Mode::Precise).unwrap_err();
        assert_eq!(e, FaultKind::SpWrite, "a signal may have come at any time");

        assert_eq!(walk::<A>(tab, s.start(0x1234), limits, Mode::BestEffort).unwrap_err(), FaultKind::UnknownPc);
        assert_eq!(walk::<A>(tab, s.start(im.entry(4)), limits, Mode::Precise).unwrap_err(), FaultKind::Incomplete);
        assert_eq!(walk::<A>(tab, s.start(im.entry(5) + 20), limits, Mode::Precise).unwrap_err(), FaultKind::BadTable);
        // Limits that do not hold the frame.
        let small = Limits { lo: start.sp + 64, hi: limits.hi };
        let e = walk::<A>(tab, start, small, Mode::Precise).unwrap_err();
        assert!(matches!(e, FaultKind::OutOfBounds(_)), "{e:?}");

        // A return address that is none.
        let slot = s.words.iter().rposition(|&w| w == im.entry(2) + CALL).unwrap();
        s.words[slot] = 0x1234;
        assert_eq!(walk::<A>(tab, start, limits, Mode::BestEffort).unwrap_err(), FaultKind::UnknownCaller(0x1234));
        s.words[slot] = 0;
        assert_eq!(walk::<A>(tab, start, limits, Mode::Precise).unwrap_err(), FaultKind::Incomplete);
        assert_eq!(walk::<A>(tab, start, limits, Mode::BestEffort).unwrap().len(), 1);
    }
    check::<Amd64>();
    check::<Arm64>();
}

#[test]
fn a_frame_that_returns_to_itself_is_told() {
    // Only where the return address is in a register: nothing is popped.
    let im = program::<Arm64>(&[32]);
    let s = stack::<Arm64>(&im, &[32]);
    let pc = im.entry(1) + 8;
    let start = Start::saved(pc, s.sp(), pc);
    let e = walk::<Arm64>(im.symtab(), start, s.limits(), Mode::Precise).unwrap_err();
    assert_eq!(e, FaultKind::Stuck);
}
