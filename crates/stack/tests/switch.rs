//! Leaving stacks and coming back: `mcall` and `gogo` between Rust tasks, `switch_stack_call`, `prepare`.

use std::cell::Cell;
use std::ptr::addr_of_mut;

use goxide_stack::{Context, FixedStack, TOP_RESERVE, gogo, mcall, switch_stack_call};

/// Two contexts that hand the processor to each other by way of a third stack.
struct Pair {
    main: Context,
    task: Context,
    scratch: usize,
    turns: u64,
    limit: u64,
}

unsafe extern "C" fn enter(ctx: usize) -> ! {
    // SAFETY: the tests pass a suspended context.
    unsafe { gogo(ctx as *const Context, 0x1234) }
}

/// Work that keeps registers of both kinds busy.
#[inline(always)]
fn stir((a, b, c, d, e, g): &mut (u64, u64, u64, u64, u64, f64), x: u64) {
    (*a, *b, *c) = (a.wrapping_add(x), b.wrapping_add(*a), *c ^ *b);
    (*d, *e, *g) = (d.wrapping_add(*c), *e ^ *d, *g * 0.999 + x as f64);
}

const START: (u64, u64, u64, u64, u64, f64) = (1, 2, 3, 4, 5, 6.0);

/// The task: counts a turn and goes back, `limit` times; what it computes in between shows whether registers survive.
unsafe fn body(pair: *mut Pair) -> ! {
    // SAFETY: the test keeps `Pair` alive, and only one of the two sides runs at a time.
    unsafe {
        let mut state = START;
        for turn in 1..=(*pair).limit {
            stir(&mut state, turn);
            (*pair).turns = turn;
            let back = mcall(addr_of_mut!((*pair).task), (*pair).scratch, enter, addr_of_mut!((*pair).main).addr());
            assert_eq!(back as u64, turn, "the result that the resumer left in the context");
        }
        let mut want = START;
        (1..=(*pair).limit).for_each(|turn| stir(&mut want, turn));
        assert_eq!(state, want);
        (*pair).turns = u64::MAX;
        enter(addr_of_mut!((*pair).main).addr())
    }
}

/// A first function for a prepared context: on amd64 the arguments of a C function are not where `gogo` puts results,
/// so it finds the pair in a thread-local.
unsafe extern "C" fn first() -> ! {
    // SAFETY: `turn_about` set it.
    unsafe { body(PAIR.get()) }
}

thread_local! {
    static PAIR: Cell<*mut Pair> = const { Cell::new(std::ptr::null_mut()) };
}

fn turn_about(limit: u64) -> u64 {
    let (stack, scratch) = (FixedStack::new(64 << 10).unwrap(), FixedStack::new(64 << 10).unwrap());
    // SAFETY: the stack is ours. `first` never returns, so any return address will do.
    let task = unsafe { Context::prepare(stack.bounds().hi, first as *const () as usize, 0, 0) };
    let mut pair = Pair { main: Context::EMPTY, task, scratch: scratch.bounds().hi, turns: 0, limit };
    let p = &raw mut pair;
    PAIR.set(p);
    let (mut turns, mut state) = (0, START);
    // SAFETY: `task` is suspended whenever `main` runs; `scratch` is used only in between.
    unsafe {
        while (*p).turns != u64::MAX {
            mcall(addr_of_mut!((*p).main), (*p).scratch, enter, addr_of_mut!((*p).task).addr());
            (*p).task.regs[0] = (*p).turns as usize; // what the task's `mcall` returns
            turns += 1;
            stir(&mut state, turns);
        }
    }
    let mut want = START;
    (1..=turns).for_each(|turn| stir(&mut want, turn));
    assert_eq!(state, want);
    turns
}

#[test]
fn a_million_switches() {
    assert_eq!(turn_about(500_000), 500_001);
}

#[test]
fn prepare_lays_out_the_top() {
    let stack = FixedStack::new(8192).unwrap();
    let hi = stack.bounds().hi;
    // SAFETY: the stack is ours.
    let ctx = unsafe { Context::prepare(hi, 0x1111, 0x2222, 0x3333) };
    assert_eq!((ctx.pc, ctx.ctxt, ctx.bp), (0x1111, 0x3333, 0));
    // SAFETY: in the stack.
    let at_sp = unsafe { *(ctx.sp as *const usize) };
    if ctx.lr == 0 {
        assert_eq!((ctx.sp, at_sp), (hi - TOP_RESERVE - 8, 0x2222));
    } else {
        assert_eq!((ctx.sp, at_sp, ctx.lr), (hi - TOP_RESERVE, 0, 0x2222));
    }
}

unsafe extern "C" fn deep(n: usize, lo: usize) -> usize {
    let here = (&raw const n).addr();
    assert!(here >= lo && here < lo + (1 << 20), "runs on the given stack");
    // SAFETY: `n` and the stack's bounds are any; each call goes one less deep.
    if n == 0 { 0 } else { 1 + unsafe { std::hint::black_box(deep)(n - 1, lo) } }
}

#[test]
fn a_call_on_another_stack_comes_back() {
    let stack = FixedStack::new(1 << 20).unwrap();
    let b = stack.bounds();
    for n in [0, 1, 500] {
        // SAFETY: the stack is ours and has room for 500 small frames.
        assert_eq!(unsafe { switch_stack_call(b.hi, deep, n, b.lo) }, n);
    }
    // A top that is not aligned is aligned down.
    // SAFETY: the stack is ours and has room for a few small frames.
    assert_eq!(unsafe { switch_stack_call(b.hi - 7, deep, 3, b.lo) }, 3);
}
