//! A process without libc that leaves stacks and comes back. To build it, see `goxide-sys`'s example `freestanding`.
#![no_std]
#![no_main]

#[path = "../../sys/examples/freestanding/arch/mod.rs"]
mod arch;
#[path = "../../sys/examples/freestanding/base.rs"]
mod base;

use core::cell::UnsafeCell;

use base::check;
use goxide_stack::{Cache, Context, FixedStack, MIN_STACK, MmapPages, Pool, gogo, mcall, switch_stack_call};

struct Pair {
    main: Context,
    task: Context,
    scratch: usize,
    turns: u64,
}

struct Shared(UnsafeCell<Pair>);
// SAFETY: there is one thread.
unsafe impl Sync for Shared {}
static PAIR: Shared = Shared(UnsafeCell::new(Pair { main: Context::EMPTY, task: Context::EMPTY, scratch: 0, turns: 0 }));

/// Work that keeps registers of both kinds busy.
#[inline(always)]
fn stir((a, b, c, d, e, g): &mut (u64, u64, u64, u64, u64, f64), x: u64) {
    (*a, *b, *c) = (a.wrapping_add(x), b.wrapping_add(*a), *c ^ *b);
    (*d, *e, *g) = (d.wrapping_add(*c), *e ^ *d, *g * 0.999 + x as f64);
}

const START: (u64, u64, u64, u64, u64, f64) = (1, 2, 3, 4, 5, 6.0);
const TURNS: u64 = 200_000;

unsafe extern "C" fn enter(ctx: usize) -> ! {
    // SAFETY: given a suspended context.
    unsafe { gogo(ctx as *const Context, 0x1234) }
}

unsafe extern "C" fn task() -> ! {
    let pair = PAIR.0.get();
    // SAFETY: one side runs at a time; `scratch` is used only in between.
    unsafe {
        let mut state = START;
        for turn in 1..=TURNS {
            stir(&mut state, turn);
            (*pair).turns = turn;
            let back = mcall(&raw mut (*pair).task, (*pair).scratch, enter, (&raw mut (*pair).main).addr());
            check(10, back as u64 == turn);
        }
        let mut want = START;
        (1..=TURNS).for_each(|turn| stir(&mut want, turn));
        check(11, state == want);
        (*pair).turns = u64::MAX;
        enter((&raw mut (*pair).main).addr())
    }
}

unsafe extern "C" fn sum(n: usize, lo: usize) -> usize {
    let here = (&raw const n).addr();
    check(20, here >= lo && here < lo + (64 << 10));
    // SAFETY: `n` and the stack's bounds are any; each call goes one less deep.
    if n == 0 { 0 } else { n + unsafe { core::hint::black_box(sum)(n - 1, lo) } }
}

fn main() {
    let (Some(stack), Some(scratch)) = (FixedStack::new(64 << 10), FixedStack::new(64 << 10)) else {
        return check(1, false);
    };
    let pair = PAIR.0.get();
    let (mut state, mut turns) = (START, 0);
    // SAFETY: the stacks are ours; one side runs at a time.
    unsafe {
        (*pair).scratch = scratch.bounds().hi;
        (*pair).task = Context::prepare(stack.bounds().hi, task as *const () as usize, 0, 0);
        while (*pair).turns != u64::MAX {
            mcall(&raw mut (*pair).main, (*pair).scratch, enter, (&raw mut (*pair).task).addr());
            (*pair).task.regs[0] = (*pair).turns as usize;
            turns += 1;
            stir(&mut state, turns);
        }
        let mut want = START;
        (1..=turns).for_each(|turn| stir(&mut want, turn));
        check(2, state == want && turns == TURNS + 1);
        check(3, switch_stack_call(scratch.bounds().hi, sum, 100, scratch.bounds().lo) == 5050);
    }
    let (pool, mut cache) = (Pool::new(MmapPages), Cache::new());
    let stack = unsafe { cache.alloc(&pool, MIN_STACK) };
    check(4, stack.size() == MIN_STACK && pool.bytes() == 32 << 10);
    // SAFETY: ours.
    unsafe { cache.free(&pool, stack) };
    unsafe { cache.clear(&pool) };
    pool.release_free();
    check(5, pool.bytes() == 0);
}
