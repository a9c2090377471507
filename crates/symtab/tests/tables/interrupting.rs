//! Where code may be stopped between calls, and what the frames of such a stop hold.

use crate::image::{Fun, Image, Stack};
use goxide_symtab::ids::*;
use goxide_symtab::interrupt::{resume_pc, room};
use goxide_symtab::*;

const SIZE: usize = 0x100;

/// A function whose parts may be stopped, or not, in each way that there is.
fn marked(name: &str) -> Fun {
    let marks = [
        (unsafe_point::UNSAFE, 0x10),
        (unsafe_point::SAFE, 0x20),
        (unsafe_point::RESTART_1, 0x30),
        (unsafe_point::RESTART_2, 0x38),
        (unsafe_point::RESTART_AT_ENTRY, 0x40),
        (unsafe_point::SAFE, 0x50),
        (unsafe_point::RESTART_1, 0x80),
        (unsafe_point::SAFE, SIZE),
    ];
    Fun::new(name, SIZE).pcdata(PcData::UNSAFE_POINT, marks.to_vec()).maps(FuncData::LOCALS_POINTER_MAPS, &[vec![false]])
}

/// Where function 0 goes on if it is stopped at byte `at`, counted from its entry.
fn resumed(f: Fun, at: usize) -> Option<usize> {
    let mut im = Image::new(4);
    im.push(f);
    let tab = im.symtab();
    let pc = im.entry(0) + at;
    resume_pc(tab.find_func(pc).unwrap(), pc).map(|pc| pc - im.entry(0))
}

#[test]
fn a_mark_says_where_code_goes_on() {
    let cases = [
        (0, None),
        (0xc, None),
        (0x10, Some(0x10)),
        (0x1c, Some(0x1c)),
        (0x20, Some(0x20)),
        (0x2c, Some(0x20)),
        (0x30, Some(0x30)),
        (0x34, Some(0x30)),
        (0x38, Some(0)),
        (0x3c, Some(0)),
        (0x40, Some(0x40)),
        (0x64, Some(0x50)),
        // No sequence is that long: the table is not to be trusted.
        (0x68, None),
        (0xfc, Some(0xfc)),
    ];
    for (at, to) in cases {
        assert_eq!(resumed(marked("main.f"), at), to, "at {at:#x}");
    }
}

#[test]
fn without_marks_all_is_safe_and_without_maps_nothing() {
    let plain = || Fun::new("main.f", SIZE);
    assert_eq!(resumed(plain().maps(FuncData::LOCALS_POINTER_MAPS, &[vec![true]]), 0x24), Some(0x24));
    assert_eq!(resumed(plain(), 0x24), None);
    let assembly = plain().maps(FuncData::LOCALS_POINTER_MAPS, &[vec![true]]).flag(FuncFlag::ASM);
    assert_eq!(resumed(assembly, 0x24), None);
}

#[test]
fn the_runtime_is_never_stopped() {
    for name in ["runtime.mallocgc", "runtime/internal/atomic.Load", "reflect.Value.Call"] {
        assert_eq!(resumed(marked(name), 0x10), None, "{name}");
    }
    for name in ["runtimes.f", "main.runtime.f", "runtime/debug.Stack", "reflectlite.f", "internal/reflectlite.f"] {
        assert_eq!(resumed(marked(name), 0x10), Some(0x10), "{name}");
    }
}

#[test]
fn the_runtime_is_not_stopped_where_it_is_inlined() {
    let mut im = Image::new(4);
    let name = im.name("runtime.inlined");
    let other = im.name("main.inlined");
    // Bytes 0x14 to 0x18 are of the runtime, 0x18 to 0x1c of another.
    let tree = [(0, name, 0x10, 3), (0, other, 0x10, 4)];
    let table = vec![(-1, 0x14), (0, 0x18), (1, 0x1c), (-1, SIZE)];
    im.push(marked("main.f").inline_tree(&tree, table));
    let tab = im.symtab();
    let at = |off: usize| resume_pc(tab.find_func(im.entry(0) + off).unwrap(), im.entry(0) + off).is_some();
    assert_eq!([0x10, 0x14, 0x18, 0x1c].map(at), [true, false, true, true]);
}

#[test]
fn room_is_that_of_the_frame_and_a_little_more() {
    let mut im = Image::new(4);
    im.push(Fun::new("runtime.asyncPreempt", SIZE).frame(400));
    let tab = im.symtab();
    assert!((400 + 48..=512).contains(&room(tab, im.entry(0))));
    assert_eq!(room(tab, im.entry(0) + SIZE + 8), usize::MAX);
}

/// A stack that was stopped in `main.f1`, which `main.f0` called: its frames, which of them are without maps, and how many words
/// each of those has.
fn stopped<A: Arch>() -> (Vec<String>, Vec<bool>, Vec<usize>) {
    let mut im = Image::of::<A>();
    im.push(Fun::new("runtime.goexit", SIZE).flag(FuncFlag::TOP_FRAME).id(FuncId::GOEXIT));
    im.push(Fun::new("main.f0", SIZE).frame(64));
    let mut f1 = Fun::new("main.f1", SIZE).frame(48);
    f1.args = 24;
    im.push(f1);
    im.push(Fun::new("runtime.asyncPreempt", SIZE).frame(80).id(FuncId::ASYNC_PREEMPT));
    im.push(Fun::new("runtime.asyncPreempt2", SIZE).frame(16));
    let mut s = Stack::<A>::new(256, im.entry(0) + 0x40);
    s.frame(64);
    s.call(im.entry(1) + 0x40);
    s.frame(48);
    s.inject(im.entry(2) + 0x24);
    s.frame(80);
    s.call(im.entry(3) + 0x40);
    s.frame(16);
    let start = s.start(im.entry(4) + 0x40);
    let (tab, limits) = (im.symtab(), s.limits());
    let mut cache = PcCache::new();
    let (mut names, mut inexact, mut found) = (vec![], vec![], vec![]);
    // SAFETY: the stack is the test's own, and whole.
    let mut u = unsafe { Unwinder::<A>::new(tab, &mut cache, start, limits, Mode::Precise) }.unwrap();
    loop {
        let f = *u.frame();
        names.push(String::from_utf8(f.func.name().to_vec()).unwrap());
        inexact.push(u.is_inexact());
        if u.is_inexact() {
            for r in f.words(limits) {
                assert!(r.start % 8 == 0 && r.end % 8 == 0);
                assert!(r.is_empty() || r.start >= f.sp && r.end <= f.argp + 24);
                found.push(r.len() / 8);
            }
        }
        if !u.step(&mut cache).unwrap() {
            return (names, inexact, found);
        }
    }
}

#[test]
fn two_frames_of_a_stop_are_without_maps() {
    fn check<A: Arch>(locals: [usize; 2]) {
        let (names, inexact, found) = stopped::<A>();
        assert_eq!(names[..4], ["runtime.asyncPreempt2", "runtime.asyncPreempt", "main.f1", "main.f0"]);
        assert_eq!(inexact[..4], [false, true, true, false]);
        // Locals and arguments of each: all of its frame but the saved frame pointer.
        assert_eq!(found, [locals[0], 0, locals[1], 3]);
    }
    check::<Amd64>([80 / 8 - 1, 48 / 8 - 1]);
    check::<Arm64>([80 / 8 - 1, 48 / 8 - 1]);
}
