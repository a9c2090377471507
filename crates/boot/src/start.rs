//! From the entry point to the first goroutine, and from there to `main.main`: the sequence, top to bottom. What a step does
//! is in `steps`; how long it took, in `trace`.

use crate::steps::{self, Kernel};
use crate::trace::step;
use goxide_rt::sched;
use goxide_rt::steps::Steps;

/// The kernel's entry, by way of `_rt0_<arch>_linux`: `sp` points to argc.
///
/// # Safety
/// Called once, on the process's initial stack.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_rt0(sp: *const usize) -> ! {
    // SAFETY: the first thread, alone until `mstart`; each step finds what the ones before it made.
    unsafe {
        let kernel = Kernel::new(sp);
        crate::trace::begin(&kernel);

        step("args and auxv", || steps::args(&kernel));
        step("tls", || steps::tls());
        step("check", steps::check);
        step("os: cpu count", steps::cpu_count);
        step("os: page size", steps::page_size);
        step("os: huge page size", steps::huge_page_size);

        step("schedinit: world stopped", steps::world_stopped);
        step("schedinit: stack pool", steps::stack_pool);
        step("schedinit: allocator", steps::allocator);
        step("schedinit: cpu flags", steps::cpu_flags);
        step("schedinit: hash keys", steps::hash_keys);
        step("schedinit: random seed", steps::random_seed);
        step("schedinit: main thread", || steps::main_thread(sp));
        step("schedinit: modules", || steps::modules());
        step("schedinit: go args", || steps::go_args(&kernel));
        step("schedinit: go env", || steps::go_env(&kernel));
        step("schedinit: secure mode", || steps::secure_mode());
        step("schedinit: debug env", || steps::debug_env());
        step("schedinit: gc", || steps::gc_init());
        step("schedinit: processors", || steps::processors());
        step("schedinit: go cpu flags", || steps::go_cpu_flags());
        step("schedinit: world started", steps::world_started);

        goxide_rt::state::RT.steps.set(&MainGoroutine);
        step("initial goroutine", || steps::initial_goroutine());
        crate::trace::mark("mstart");
        sched::schedule()
    }
}

/// What happens on the main goroutine on its way to `main.main`.
struct MainGoroutine;

impl Steps for MainGoroutine {
    fn main_begins(&self) {
        step("main: wired to the main thread", steps::wire_main);
        goxide_rt::preempt::begin_storm();
        step(steps::sysmon_name(), steps::sysmon);
        crate::trace::mark("main: runtime inits");
    }

    fn runtime_initialized(&self) {
        step("main: gc enabled", steps::gc_enabled);
        crate::trace::mark("main: package inits");
    }

    fn packages_initialized(&self) {
        steps::unwire_main();
        crate::trace::mark("main: main.main");
        crate::trace::print();
    }
}
