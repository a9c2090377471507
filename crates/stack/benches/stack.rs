//! Switches beside corosensei's, and stacks from the pool beside the system allocator's memory.

use criterion::{Criterion, criterion_group, criterion_main};
use goxide_stack::{Cache, Context, Fiber, FixedStack, MIN_STACK, MmapPages, Pool, gogo, mcall, switch_stack_call};

fn fibers(c: &mut Criterion) {
    let mut g = c.benchmark_group("stack_fiber_resume_and_yield");
    // SAFETY: it borrows nothing, and is dropped here.
    let mut ours: Fiber<u64, u64, ()> = unsafe {
        Fiber::unscoped(FixedStack::new(64 << 10).unwrap(), |y, mut x: u64| {
            loop {
                x = y.suspend(x);
            }
        })
    };
    g.bench_function("goxide", |b| b.iter(|| ours.resume(7)));
    let mut theirs = corosensei::Coroutine::new(|y: &corosensei::Yielder<u64, u64>, mut x: u64| -> () {
        loop {
            x = y.suspend(x);
        }
    });
    g.bench_function("corosensei", |b| b.iter(|| theirs.resume(7)));
    // A coroutine that is dropped suspended would be unwound.
    std::mem::forget(theirs);
}

struct Pair {
    main: Context,
    task: Context,
    scratch: usize,
}

static mut PAIR: Pair = Pair { main: Context::EMPTY, task: Context::EMPTY, scratch: 0 };

unsafe extern "C" fn enter(ctx: usize) -> ! {
    // SAFETY: given a suspended context.
    unsafe { gogo(ctx as *const Context, 0) }
}

unsafe extern "C" fn task() -> ! {
    let pair = &raw mut PAIR;
    loop {
        // SAFETY: one side runs at a time.
        unsafe { mcall(&raw mut (*pair).task, (*pair).scratch, enter, (&raw mut (*pair).main).addr()) };
    }
}

unsafe extern "C" fn nothing(a: usize, b: usize) -> usize {
    a + b
}

fn tasks(c: &mut Criterion) {
    let (stack, scratch) = (FixedStack::new(64 << 10).unwrap(), FixedStack::new(64 << 10).unwrap());
    let pair = &raw mut PAIR;
    // SAFETY: the stacks live as long as they are used; one side runs at a time.
    unsafe {
        (*pair).scratch = scratch.bounds().hi;
        (*pair).task = Context::prepare(stack.bounds().hi, task as *const () as usize, 0, 0);
        c.bench_function("stack_mcall_gogo_there_and_back", |b| {
            b.iter(|| mcall(&raw mut (*pair).main, (*pair).scratch, enter, (&raw mut (*pair).task).addr()))
        });
        c.bench_function("stack_call_on_other", |b| b.iter(|| switch_stack_call(scratch.bounds().hi, nothing, 1, 2)));
    }
}

fn pool(c: &mut Criterion) {
    let mut g = c.benchmark_group("stack_alloc_and_free_2k");
    let pool = Pool::new(MmapPages);
    let mut cache = Cache::new();
    g.bench_function("cache", |b| {
        b.iter(|| {
            // SAFETY: the cache is used with this pool only.
            let s = unsafe { cache.alloc(&pool, MIN_STACK) };
            // SAFETY: from this pool, and not used any more.
            unsafe { cache.free(&pool, s) };
        })
    });
    g.bench_function("system_allocator", |b| b.iter(|| Vec::<u8>::with_capacity(std::hint::black_box(MIN_STACK))));
    g.finish();
    let mut g = c.benchmark_group("stack_alloc_100_then_free_2k");
    g.bench_function("cache", |b| {
        b.iter(|| {
            // SAFETY: the cache is used with this pool only.
            let all: [_; 100] = std::array::from_fn(|_| unsafe { cache.alloc(&pool, MIN_STACK) });
            // SAFETY: from this pool, and not used any more.
            all.into_iter().for_each(|s| unsafe { cache.free(&pool, s) });
        })
    });
    g.bench_function("system_allocator", |b| {
        b.iter(|| -> [Vec<u8>; 100] { std::array::from_fn(|_| Vec::with_capacity(std::hint::black_box(MIN_STACK))) })
    });
}

criterion_group!(all, fibers, tasks, pool);
criterion_main!(all);
