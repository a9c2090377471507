//! The text of stacks, to the byte.

use crate::image::{Fun, Image, Stack};
use goxide_symtab::ids::*;
use goxide_symtab::sink::SliceSink;
use goxide_symtab::traceback::*;
use goxide_symtab::*;

const SIZE: usize = 0x100;
const CALL: usize = 0x40;
const USER: Options = Options { level: 1, failed_here: false };

fn text(f: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    f(&mut out);
    String::from_utf8(out).unwrap()
}

fn frames<A: Arch>(im: &Image, s: &Stack<A>, start: Start, options: Options) -> String {
    let mut cache = PcCache::new();
    let tab = im.symtab();
    // SAFETY: the stack is the test's own.
    text(|out| unsafe {
        print_frames::<A>(out, tab, &mut cache, start, s.limits(), 7, options);
    })
}

/// A stack of functions with 32-byte frames, called in this order.
fn chain<A: Arch>(im: &Image, order: &[usize]) -> (Stack<A>, Start) {
    let mut s = Stack::<A>::new(8192, im.entry(0) + CALL);
    for (k, &i) in order.iter().enumerate() {
        s.frame(32);
        if k + 1 < order.len() {
            s.call(im.entry(i) + CALL);
        }
    }
    let start = s.start(im.entry(order[order.len() - 1]) + CALL);
    (s, start)
}

fn program<A: Arch>(names: &[&str]) -> Image {
    let mut im = Image::of::<A>();
    im.push(Fun::new("runtime.goexit", SIZE).flag(FuncFlag::TOP_FRAME));
    for n in names {
        im.push(Fun::new(n, SIZE).frame(32));
    }
    im
}

#[test]
fn headers() {
    let h = Header { goid: 1, status: "running", scanning: false, minutes: 0, locked: false };
    assert_eq!(text(|o| print_goroutine_header(o, &h)), "goroutine 1 [running]:\n");
    let h = Header { goid: 34, status: "chan receive", scanning: true, minutes: 5, locked: true };
    assert_eq!(
        text(|o| print_goroutine_header(o, &h)),
        "goroutine 34 [chan receive (scan), 5 minutes, locked to thread]:\n"
    );
}

#[test]
fn a_users_stack() {
    fn check<A: Arch>() {
        let mut im =
            program::<A>(&["main.main", "runtime.gopanic", "main.run[go.shape.int]", "runtime.Gosched", "runtime.park"]);
        let inlined = im.name("main.small");
        im.funs[1] = im.funs[1]
            .clone()
            .lines(vec![(3, 0x30), (12, 0x60), (14, SIZE)])
            .inline_tree(&[(0, inlined, 0x20, 11)], vec![(-1, 0x34), (0, 0x60), (-1, SIZE)]);
        let (s, start) = chain::<A>(&im, &[1, 2, 3, 4, 5]);
        let want = "runtime.Gosched()
\t/src/a.go:1 +0x40
main.run[...]()
\t/src/a.go:1 +0x40
panic()
\t/src/a.go:1 +0x40
main.small(...)
\t/src/a.go:12
main.main()
\t/src/a.go:3 +0x40
";
        assert_eq!(frames(&im, &s, start, USER), want);
        // The runtime's frames too, with registers.
        let all = frames(&im, &s, start, Options { level: 2, failed_here: false });
        assert_eq!(all, frames(&im, &s, start, Options { level: 1, failed_here: true }));
        let pushed = if A::USES_LR { 0 } else { 8 };
        let first = format!(
            "runtime.park()\n\t/src/a.go:1 +0x40 fp={:#x} sp={:#x} pc={:#x}\n",
            start.sp + 32 + pushed,
            start.sp,
            start.pc
        );
        assert!(all.starts_with(&first), "{all}");
        assert_eq!(all.matches(" fp=").count(), 6, "none for the inlined frame");
        assert!(all.contains("main.small(...)\n\t/src/a.go:12\nmain.main()"));
        assert!(all.contains("runtime.goexit()\n\t/src/a.go:1 +0x40 fp="));
    }
    check::<Amd64>();
    check::<Arm64>();
}

#[test]
fn a_stack_of_the_runtimes_own_is_shown_rather_than_nothing() {
    let im = program::<Amd64>(&["runtime.bgsweep", "runtime.park"]);
    let (s, start) = chain::<Amd64>(&im, &[1, 2]);
    let got = frames(&im, &s, start, USER);
    assert_eq!(
        got,
        "runtime.park()\n\t/src/a.go:1 +0x40\nruntime.bgsweep()\n\t/src/a.go:1 +0x40\n\
         runtime.goexit()\n\t/src/a.go:1 +0x40\n"
    );
}

#[test]
fn the_middle_of_a_deep_stack_is_left_out() {
    let mut im = program::<Amd64>(&["main.a", "main.b"]);
    let inlined = im.name("main.in");
    // Each physical frame of b is two logical ones.
    im.funs[2] = im.funs[2].clone().inline_tree(&[(0, inlined, 0x20, 1)], vec![(-1, 0x30), (0, SIZE)]);
    let one = |n: usize| "main.in(...)\n\t/src/a.go:1\nmain.b()\n\t/src/a.go:1 +0x40\n".repeat(n);
    let a = |n: usize| "main.a()\n\t/src/a.go:1 +0x40\n".repeat(n);
    for n in [24, 25, 49, 50, 51, 60] {
        let (s, start) = chain::<Amd64>(&im, &vec![2; n]);
        let want = match n {
            // goexit is not shown: 2n frames.
            ..=50 => one(n),
            _ => format!("{}...{} frames elided...\n{}", one(25), 2 * n - 100, one(25)),
        };
        assert_eq!(frames(&im, &s, start, USER), want, "{n}");
    }
    // Stopping in the middle of a physical frame, at both ends.
    let mut order = vec![1];
    order.extend(vec![2; 70]);
    order.push(1);
    let (s, start) = chain::<Amd64>(&im, &order);
    let got = frames(&im, &s, start, USER);
    let want = format!(
        "{}{}main.in(...)\n\t/src/a.go:1\n...42 frames elided...\nmain.b()\n\t/src/a.go:1 +0x40\n{}{}",
        a(1),
        one(24),
        one(24),
        a(1)
    );
    assert_eq!(got, want);
}

#[test]
fn a_damaged_stack_is_shown_as_far_as_it_goes() {
    let im = program::<Amd64>(&["main.a", "main.b"]);
    let (mut s, start) = chain::<Amd64>(&im, &[1, 2]);
    let slot = s.words.iter().rposition(|&w| w == im.entry(0) + CALL).unwrap();
    s.words[slot] = 0x1234;
    assert_eq!(
        frames(&im, &s, start, USER),
        "main.b()\n\t/src/a.go:1 +0x40\nmain.a()\n\t/src/a.go:1 +0x40\n\
         runtime: g 7: unexpected return pc for main.a called from 0x1234\n"
    );
    let start = Start { pc: 0x77, ..start };
    assert_eq!(frames(&im, &s, start, USER), "runtime: g 7: unknown pc 0x77\n");
}

fn args<A: Arch>(info: &[u8], live: Option<(&[u8], i32)>) -> String {
    let mut im = program::<A>(&["main.f"]);
    im.funs[1] = im.funs[1].clone().funcdata(FuncData::ARG_INFO, info.to_vec());
    if let Some((bits, at)) = live {
        im.funs[1] = im.funs[1]
            .clone()
            .funcdata(FuncData::ARG_LIVE_INFO, bits.to_vec())
            .pcdata(PcData::ARG_LIVE_INDEX, vec![(at, SIZE)]);
    }
    let mut s = Stack::<A>::new(64, im.entry(0) + CALL);
    s.frame(32);
    // Above the frame: the return address, or the caller's saved link register.
    let argp = s.sp_index() + 32 / 8 + 1;
    for (i, v) in [0x1122_3344_5566_7788usize, 0, 0xffff_ffff_ffff_ff80].iter().enumerate() {
        s.words[argp + i] = *v;
    }
    let got = frames(&im, &s, s.start(im.entry(1) + CALL), USER);
    let line = got.lines().next().unwrap();
    line.strip_prefix("main.f(").unwrap().strip_suffix(')').unwrap().to_string()
}

#[test]
fn arguments() {
    fn check<A: Arch>() {
        let args = |info: &[u8]| args::<A>(info, None);
        assert_eq!(args(&[0xff]), "");
        assert_eq!(args(&[0, 8, 8, 8, 16, 8, 0xff]), "0x1122334455667788, 0x0, 0xffffffffffffff80");
        assert_eq!(args(&[0, 1, 0, 2, 1, 4, 16, 1, 0xff]), "0x88, 0x7788, 0x44556677, 0x80");
        // A string, an empty struct, more than is shown, an offset too large.
        assert_eq!(
            args(&[0xfe, 0, 2, 8, 1, 0xfd, 0xfe, 0xfd, 0xfe, 0xfc, 0xfd, 0xfb, 0xfc, 0xff]),
            "{0x7788, 0x0}, {}, {...}, _, ..."
        );
        assert_eq!(args(&[0xfe, 0xfe, 0, 1, 0xfd, 8, 1, 0xfd, 0xff]), "{{0x88}, 0x0}");
    }
    check::<Amd64>();
    check::<Arm64>();
}

#[test]
fn arguments_that_may_be_stale_are_marked() {
    let info = [0, 1, 8, 1, 16, 1, 0xff];
    // Slots from offset 8 on are tracked; at this pc the second of them lives.
    let live = |at| args::<Amd64>(&info, Some((&[8, 0b10, 0b00], at)));
    assert_eq!(live(1), "0x88, 0x0?, 0x80");
    assert_eq!(live(2), "0x88, 0x0?, 0x80?");
    assert_eq!(live(-1), "0x88, 0x0, 0x80", "all alive");
}

#[test]
fn where_a_goroutine_was_created() {
    let im = program::<Amd64>(&["main.start.func1", "runtime.main", "example.com/x.F[int]"]);
    let tab = im.symtab();
    let created = |goid, i: usize, parent, options| {
        let c = Created { pc: im.entry(i) + CALL, parent };
        text(|o| print_created_by(o, tab, goid, c, options))
    };
    assert_eq!(created(5, 1, 1, USER), "created by main.start.func1 in goroutine 1\n\t/src/a.go:1 +0x40\n");
    assert_eq!(created(5, 3, 0, USER), "created by example.com/x.F[...]\n\t/src/a.go:1 +0x40\n");
    assert_eq!(created(1, 1, 1, USER), "", "main was not created by the user");
    assert_eq!(created(5, 2, 1, USER), "");
    let all = Options { level: 2, failed_here: false };
    assert_eq!(created(5, 2, 1, all), "created by runtime.main in goroutine 1\n\t/src/a.go:1 +0x40\n");
    let nowhere = Created { pc: 0, parent: 1 };
    assert_eq!(text(|o| print_created_by(o, tab, 5, nowhere, USER)), "");
}

#[test]
fn whose_goroutine_it_is() {
    let mut im = program::<Amd64>(&["main.f", "runtime.main", "runtime.bgsweep", "runtime.runfinq"]);
    im.funs[2].id = FuncId::RUNTIME_MAIN.0;
    im.funs[4].id = FuncId::RUNFINQ.0;
    let tab = im.symtab();
    let system = |i: usize, fin, fixed| is_system_goroutine(tab, im.entry(i), fin, fixed);
    assert!(!system(1, false, false));
    assert!(!system(2, false, false));
    assert!(system(3, false, false));
    assert!(system(4, false, false));
    assert!(!system(4, true, false), "it runs the user's code");
    assert!(!system(4, false, true));
    assert!(!is_system_goroutine(tab, 3, false, false));
}

#[test]
fn which_frames_are_shown() {
    let shows = |name: &str, id, first, callee, level| shows_name(name.as_bytes(), id, first, callee, level);
    let n = FuncId::NORMAL;
    assert!(shows("main.f", n, true, n, 1));
    assert!(!shows("runtime.f", n, true, n, 1));
    assert!(shows("runtime.f", n, true, n, 2));
    assert!(shows("runtime.GC", n, true, n, 1));
    assert!(shows("runtime/debug.f", n, true, n, 1));
    assert!(!shows("cfunction", n, true, n, 1));
    assert!(!shows("runtime.gopanic", FuncId::GOPANIC, true, n, 1));
    assert!(shows("runtime.gopanic", FuncId::GOPANIC, false, n, 1));
    assert!(!shows("main.T.f", FuncId::WRAPPER, false, n, 1));
    assert!(shows("main.T.f", FuncId::WRAPPER, false, FuncId::SIGPANIC, 1));
}

#[test]
fn a_buffer_keeps_what_fits() {
    let mut buf = [0u8; 10];
    let mut s = SliceSink::new(&mut buf);
    assert!(s.is_empty());
    s.put(b"abc ");
    s.put_hex(0xbeef);
    assert_eq!((s.len(), s.as_bytes()), (10, &b"abc 0xbeef"[..]));
    s.put(b"more");
    assert_eq!(s.as_bytes(), b"abc 0xbeef");
    let numbers = text(|o| {
        o.put_int(i64::MIN);
        o.put(b" ");
        o.put_uint(u64::MAX);
        o.put(b" ");
        o.put_hex(usize::MAX);
        o.put(b" ");
        o.put_hex_wide(0xab, 4);
    });
    assert_eq!(numbers, "-9223372036854775808 18446744073709551615 0xffffffffffffffff 0x00ab");
}
