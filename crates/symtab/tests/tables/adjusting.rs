//! Stack maps, and stacks that move.

use crate::image::{Fun, Image, Stack};
use goxide_symtab::ids::*;
use goxide_symtab::stackmap::FrameMaps;
use goxide_symtab::*;
use proptest::prelude::*;

const SIZE: usize = 0x100;
const CALL: usize = 0x40;

/// A function's locals, arguments and objects, by word.
#[derive(Clone, Debug)]
struct Layout {
    /// Pairs of words: frames are multiples of 16 bytes.
    pairs: usize,
    locals: Vec<bool>,
    args: Vec<bool>,
    object: Vec<bool>,
}

fn layout() -> impl Strategy<Value = Layout> {
    (3usize..24).prop_flat_map(|pairs| {
        // A word for the frame pointer, one for the link register, the args of
        // the callee at the bottom; objects and locals share the rest.
        let room = 2 * pairs - 2;
        (0..=room.min(9)).prop_flat_map(move |objs| {
            (
                prop::collection::vec(any::<bool>(), 0..=(room - objs).min(12)),
                prop::collection::vec(any::<bool>(), 0..5),
                prop::collection::vec(any::<bool>(), objs),
            )
                .prop_map(move |(locals, args, object)| Layout { pairs, locals, args, object })
        })
    })
}

/// Map 0 has no pointers, map 1 is the one in force at the call.
fn function(i: usize, l: &Layout) -> Fun {
    let none = |v: &Vec<bool>| vec![false; v.len()];
    let mut f = Fun::new(&format!("main.f{i}"), SIZE)
        .frame(l.pairs * 16)
        .pcdata(PcData::STACK_MAP_INDEX, vec![(0, CALL - 4), (1, CALL), (0, SIZE)])
        .maps(FuncData::LOCALS_POINTER_MAPS, &[none(&l.locals), l.locals.clone()])
        .maps(FuncData::ARGS_POINTER_MAPS, &[none(&l.args), l.args.clone()]);
    f.args = l.args.len() as i32 * 8;
    if !l.object.is_empty() {
        // Below the mapped locals. The mask is in the same data, after it.
        let off = -((l.locals.len() + l.object.len()) as i32 * 8);
        f = f.funcdata(FuncData::STACK_OBJECTS, objects(&[(off, &l.object)]));
    }
    f
}

/// Records, then their masks; offsets of masks are patched by `place_masks`.
fn objects(list: &[(i32, &Vec<bool>)]) -> Vec<u8> {
    let mut d = (list.len() as u64).to_le_bytes().to_vec();
    let mut masks = Vec::new();
    for (off, bits) in list {
        let n = bits.len() as i32 * 8;
        d.extend(off.to_le_bytes());
        d.extend(n.to_le_bytes());
        d.extend(n.to_le_bytes());
        d.extend((8 + list.len() as u32 * 16 + masks.len() as u32).to_le_bytes());
        masks.extend(crate::image::pack(bits));
    }
    d.extend(masks);
    d
}

/// Makes the records' offsets count from the start of all data, where the
/// image has its `rodata`.
fn place_masks(im: &Image, tab: Symtab<'static>) {
    for i in 0..im.funs.len() {
        let f = tab.find_func(im.entry(i)).unwrap();
        let Some(p) = f.funcdata(FuncData::STACK_OBJECTS) else {
            continue;
        };
        let base = (p.as_ptr() as usize - f.module().gofunc) as u32;
        // SAFETY: the image's own memory, laid out by `objects`.
        unsafe {
            for k in 0..*p.as_ptr().cast::<u64>() as usize {
                *p.as_ptr().add(8 + k * 16 + 12).cast::<u32>() += base;
            }
        }
    }
}

struct Case<A> {
    im: Image,
    tab: Symtab<'static>,
    stack: Stack<A>,
    layouts: Vec<Layout>,
}

fn case<A: Arch>(layouts: &[Layout]) -> Case<A> {
    let mut im = Image::of::<A>();
    im.push(Fun::new("runtime.goexit", SIZE).flag(FuncFlag::TOP_FRAME));
    for (i, l) in layouts.iter().enumerate() {
        im.push(function(i, l));
    }
    let tab = im.symtab();
    place_masks(&im, tab);
    let mut stack = Stack::<A>::new(2048, im.entry(0) + CALL);
    // The outermost function's arguments: goexit's frame has room for few.
    for (i, l) in layouts.iter().enumerate() {
        stack.frame(l.pairs * 16);
        if i + 1 < layouts.len() {
            stack.call(im.entry(i + 1) + CALL);
        }
    }
    Case { im, tab, stack, layouts: layouts.to_vec() }
}

/// Everything that moving must change: the indices of pointer words.
fn pointer_words<A: Arch>(c: &Case<A>) -> Vec<usize> {
    let mut out = Vec::new();
    let pushed = if A::USES_LR { 0 } else { 1 };
    let mut sp = c.stack.sp_index();
    for l in c.layouts.iter().rev() {
        let fp = sp + l.pairs * 2 + pushed;
        let varp = fp - pushed - 1;
        out.push(varp);
        let bits = |base: usize, v: &[bool], out: &mut Vec<usize>| {
            out.extend((0..v.len()).filter(|&i| v[i]).map(|i| base + i));
        };
        bits(varp - l.locals.len(), &l.locals, &mut out);
        bits(varp - l.locals.len() - l.object.len(), &l.object, &mut out);
        bits(fp + A::MIN_FRAME / 8, &l.args, &mut out);
        sp = fp;
    }
    out
}

/// Words that the walk itself needs.
fn return_words<A: Arch>(c: &Case<A>) -> Vec<usize> {
    let pushed = if A::USES_LR { 0 } else { 1 };
    let mut sp = c.stack.sp_index();
    let mut out = Vec::new();
    for l in c.layouts.iter().rev() {
        let fp = sp + l.pairs * 2 + pushed;
        out.push(if A::USES_LR { sp } else { fp - 1 });
        sp = fp;
    }
    out
}

fn moves<A: Arch>(layouts: &[Layout], seed: &[u8]) {
    let mut c = case::<A>(layouts);
    let pointers = pointer_words(&c);
    let returns = return_words(&c);
    // The old stack was elsewhere; this is the new copy.
    let new = c.stack.limits();
    let old = Limits { lo: 0x7000_0000, hi: 0x7000_0000 + (new.hi - new.lo) / 2 };
    let mv = Move::new(old, new);
    let mut want = c.stack.words.clone();
    for i in c.stack.sp_index()..c.stack.words.len() {
        if returns.contains(&i) {
            continue;
        }
        // Inside, at either edge, just outside, nil, far away.
        let v = match seed[i % seed.len()] % 7 {
            0 => old.lo,
            1 => old.hi - 1,
            2 => old.hi,
            3 => old.lo - 1,
            4 => 0,
            5 => old.lo + (seed[(i + 1) % seed.len()] as usize) * 8,
            _ => 0xc000_0000 + i,
        };
        c.stack.words[i] = v;
        want[i] = if pointers.contains(&i) { mv.apply(v) } else { v };
    }
    let start = c.stack.start(c.im.entry(layouts.len()) + CALL);
    let mut cache = PcCache::new();
    // SAFETY: the stack is the test's own.
    unsafe { adjust_stack::<A>(c.tab, &mut cache, start, new, &mv, true) }.unwrap_or_else(|f| panic!("{:?}", f.kind));
    assert_eq!(c.stack.words, want);
}

fn bits(s: &str) -> Vec<bool> {
    s.bytes().map(|b| b == b'1').collect()
}

fn one(locals: &str, args: &str, object: &str) -> Layout {
    Layout { pairs: 8, locals: bits(locals), args: bits(args), object: bits(object) }
}

proptest! {
    #[test]
    fn moving_rewrites_pointers_into_the_old_stack_and_nothing_else(
        layouts in prop::collection::vec(layout(), 1..12),
        seed in prop::collection::vec(any::<u8>(), 1..64),
    ) {
        let mut layouts = layouts;
        // goexit has room for three words of arguments.
        layouts[0].args.truncate(2);
        // A caller has room for its callee's arguments below its own locals.
        for i in 1..layouts.len() {
            let l = &layouts[i - 1];
            let room = 2 * l.pairs - 2 - l.locals.len() - l.object.len();
            layouts[i].args.truncate(room);
        }
        moves::<Amd64>(&layouts, &seed);
        moves::<Arm64>(&layouts, &seed);
    }
}

fn with_maps<A: Arch>(
    c: &Case<A>,
    start: Start,
    check: impl FnOnce(Result<FrameMaps<'static>, Fault<'static>>, &Frame<'static>),
) {
    let mut cache = PcCache::new();
    // SAFETY: the stack is the test's own.
    unsafe {
        let u = Unwinder::<A>::new(c.tab, &mut cache, start, c.stack.limits(), Mode::Precise)
            .unwrap_or_else(|f| panic!("{:?}", f.kind));
        check(u.frame().maps::<A>(&mut cache, c.stack.limits()), u.frame());
    }
}

fn indices(v: stackmap::BitVector) -> Vec<usize> {
    let mut out = Vec::new();
    let _ = v.try_each(|i| -> Result<(), ()> {
        out.push(i);
        Ok(())
    });
    assert_eq!(out, (0..v.len()).filter(|&i| v.get(i)).collect::<Vec<_>>());
    out
}

#[test]
fn the_map_in_force_at_the_call_is_the_one() {
    fn check<A: Arch>() {
        let c = case::<A>(&[one("0110000001", "01", "101")]);
        with_maps(&c, c.stack.start(c.im.entry(1) + CALL), |m, f| {
            let m = m.unwrap();
            assert_eq!((m.locals.len(), indices(m.locals)), (10, vec![1, 2, 9]));
            assert_eq!((m.args.len(), indices(m.args)), (2, vec![1]));
            assert_eq!(m.locals_addr(f), f.varp - 80);
            let objects: Vec<_> = m.objects.iter().collect();
            assert_eq!(objects.len(), 1);
            assert_eq!(objects[0].addr(f), Some(f.varp - 13 * 8));
            assert_eq!(indices(objects[0].mask().unwrap()), [0, 2]);
        });
        // At another call another map.
        with_maps(&c, c.stack.start(c.im.entry(1) + CALL + 4), |m, _| {
            let m = m.unwrap();
            assert_eq!((m.locals.len(), indices(m.locals)), (10, vec![]));
        });
        // At the entry there are no locals, and the objects are not there yet.
        let mut c = case::<A>(&[one("1", "1", "1")]);
        c.stack = Stack::new(64, c.im.entry(0) + CALL);
        with_maps(&c, c.stack.start(c.im.entry(1)), |m, f| {
            let m = m.unwrap();
            assert!(m.locals.is_empty());
            assert_eq!((m.args.len(), indices(m.args)), (1, vec![]), "the first map");
            assert_eq!(m.objects.get(0).unwrap().addr(f), None);
        });
    }
    check::<Amd64>();
    check::<Arm64>();
}

#[test]
fn a_missing_or_wrong_map_is_told() {
    fn check<A: Arch>() {
        let mut c = case::<A>(&[one("1", "1", "")]);
        let start = c.stack.start(c.im.entry(1) + CALL);
        let fun = c.im.funs[1].clone();
        let mut kind = |f: Fun| {
            c.im.funs[1] = f;
            c.tab = c.im.symtab();
            let mut got = None;
            with_maps(&c, start, |m, _| got = Some(m.unwrap_err()));
            got.unwrap()
        };
        let mut f = fun.clone();
        f.funcdata[1] = None;
        let e = kind(f);
        assert_eq!((e.text(), matches!(e.kind, FaultKind::UntypedLocals { .. })), ("missing stackmap", true));
        let mut f = fun.clone();
        f.funcdata[0] = None;
        assert!(matches!(kind(f).kind, FaultKind::UntypedArgs { size: 8, .. }));
        let f = fun.clone().pcdata(PcData::STACK_MAP_INDEX, vec![(2, SIZE)]);
        let e = kind(f);
        assert_eq!(e.kind, FaultKind::BadMapIndex { index: 2, count: 2, locals: true });
        assert_eq!(e.text(), "bad symbol table");
        let f = fun.clone().maps(FuncData::LOCALS_POINTER_MAPS, &[vec![true; 40], vec![true; 40]]);
        assert!(matches!(kind(f).kind, FaultKind::OutOfBounds(_)), "a map larger than the frame");
    }
    check::<Amd64>();
    check::<Arm64>();
}

#[test]
fn a_small_number_in_a_pointer_word_is_told() {
    fn check<A: Arch>() {
        let mut c = case::<A>(&[one("10", "", "")]);
        let start = c.stack.start(c.im.entry(1) + CALL);
        let new = c.stack.limits();
        let mv = Move::new(Limits { lo: 0x7000_0000, hi: 0x7000_1000 }, new);
        // Two words of locals below the frame pointer, in a frame of sixteen.
        let slot = c.stack.sp_index() + 13;
        let mut cache = PcCache::new();
        let mut run = |c: &mut Case<A>, v: usize, check: bool| {
            c.stack.words[slot] = v;
            // SAFETY: the stack is the test's own.
            unsafe { adjust_stack::<A>(c.tab, &mut cache, start, new, &mv, check) }
        };
        for v in [0, 4096, 0xc000_0000] {
            assert!(run(&mut c, v, true).is_ok(), "{v}");
        }
        for v in [1, 8, 4095] {
            assert!(run(&mut c, v, false).is_ok());
            let e = run(&mut c, v, true).unwrap_err();
            assert_eq!(e.text(), "invalid pointer found on stack");
            assert_eq!(e.kind, FaultKind::BadPointer { slot: c.stack.addr_of(slot), value: v });
            let mut out = Vec::new();
            e.describe(&mut out, 7);
            let want = format!("runtime: bad pointer in frame main.f0 at {:#x}: {v:#x}\n", c.stack.addr_of(slot));
            assert_eq!(String::from_utf8(out).unwrap(), want);
        }
    }
    check::<Amd64>();
    check::<Arm64>();
}

#[test]
fn a_frame_that_will_not_run_again_is_left_alone() {
    let mut c = case::<Amd64>(&[one("11", "", "")]);
    let i = c.im.push(Fun::new("runtime.sigpanic", SIZE).id(FuncId::SIGPANIC));
    c.tab = c.im.symtab();
    c.stack.call(c.im.entry(1) + CALL);
    let new = c.stack.limits();
    let mv = Move::new(Limits { lo: 0x7000_0000, hi: 0x7000_1000 }, new);
    for w in [3usize, 4] {
        let at = c.stack.sp_index() + w + 10;
        c.stack.words[at] = 0x7000_0010;
    }
    let before = c.stack.words.clone();
    let start = c.stack.start(c.im.entry(i) + 8);
    let mut cache = PcCache::new();
    // SAFETY: the stack is the test's own.
    unsafe { adjust_stack::<Amd64>(c.tab, &mut cache, start, new, &mv, true) }.unwrap_or_else(|f| panic!("{:?}", f.kind));
    assert_eq!(c.stack.words, before);
}

#[test]
fn stubs_of_reflect_take_their_argument_map_from_their_closure() {
    fn check<A: Arch>() {
        #[repr(C)]
        struct Closure {
            entry: usize,
            map: *const moduledata::RawBitVector,
            args_len: usize,
        }
        let size = A::REG_ARGS_SIZE.next_multiple_of(16) + 64;
        let mut im = Image::of::<A>();
        im.push(Fun::new("runtime.goexit", SIZE).flag(FuncFlag::TOP_FRAME));
        im.push(
            Fun { args: ARGS_SIZE_UNKNOWN, ..Fun::new("reflect.makeFuncStub", SIZE) }
                .frame(size)
                .maps(FuncData::LOCALS_POINTER_MAPS, &[vec![]]),
        );
        let mut c = Case { tab: im.symtab(), stack: Stack::<A>::new(256, im.entry(0) + CALL), im, layouts: vec![] };
        // Not yet begun: it has no arguments.
        with_maps(&c, c.stack.start(c.im.entry(1)), |m, _| {
            let m = m.unwrap();
            assert!(m.args.is_empty() && m.objects.is_empty());
        });
        c.stack.frame(size);
        let bytes = [0b101u8];
        let map = moduledata::RawBitVector { n: 3, data: bytes.as_ptr() };
        let closure = Closure { entry: c.im.entry(1), map: &map, args_len: 16 };
        let at = c.stack.sp_index() + A::MIN_FRAME / 8;
        c.stack.words[at] = (&raw const closure).expose_provenance();
        let start = c.stack.start(c.im.entry(1) + CALL);
        for (valid, want) in [(0, vec![0]), (1, vec![0, 2])] {
            c.stack.words[at + 4] = valid;
            with_maps(&c, start, |m, f| {
                let m = m.unwrap();
                assert_eq!(indices(m.args), want, "results count when they are valid");
                // The registers' record ends where the locals end.
                let o = m.objects.get(0).unwrap();
                assert_eq!((m.objects.len(), o.size), (1, A::REG_ARGS_SIZE));
                assert_eq!(o.addr(f).unwrap() + o.size.next_multiple_of(8), f.varp);
                let ints = if A::USES_LR { 16 } else { 9 };
                let floats = if A::USES_LR { 16 } else { 15 };
                let want: Vec<_> = (ints + floats..2 * ints + floats).collect();
                assert_eq!(indices(o.mask().unwrap()), want);
            });
        }
        let other = Closure { entry: c.im.entry(1) + 1, ..closure };
        c.stack.words[at] = (&raw const other).expose_provenance();
        with_maps(&c, start, |m, _| assert_eq!(m.unwrap_err().kind, FaultKind::ReflectMismatch));
    }
    check::<Amd64>();
    check::<Arm64>();
}

#[test]
fn the_innermost_frame_pointer_moves_with_its_word() {
    let old = [0x1111usize, 0x2222, 0x3333];
    let new = [0usize; 3];
    let at = |a: &[usize; 3]| {
        let lo = a.as_ptr().expose_provenance();
        Limits { lo, hi: lo + 24 }
    };
    let mv = Move::new(at(&old), at(&new));
    let bp = at(&old).lo + 8;
    // SAFETY: both arrays live; the word below sp is theirs.
    let got = unsafe { adjust::adjust_frame_pointer::<Arm64>(bp, bp + 8, &mv) };
    assert_eq!(got, at(&new).lo + 8);
    // SAFETY: reads the local array afresh, after it was written through an address.
    assert_eq!(unsafe { (&raw const new[1]).read_volatile() }, 0x2222);
    // SAFETY: both arrays live; on amd64 only the register moves.
    let got = unsafe { adjust::adjust_frame_pointer::<Amd64>(bp, bp + 8, &mv) };
    assert_eq!(got, at(&new).lo + 8);
}
