//! A process without libc that checks this crate from the inside: start, auxiliary vector, clocks, bytes, memory,
//! a thread, a lock, a signal. Exit status 0 if all is well, else the number of the check that failed.
//! Its start is in `base.rs`, which the examples of other crates share.
//!
//! ```text
//! T=aarch64-unknown-linux-gnu; D=target/$T/release
//! cargo build -p goxide-sys --release --no-default-features --features mem-symbols --target $T
//! rustc --edition 2024 --target $T -O -C panic=abort --extern goxide_sys=$D/libgoxide_sys.rlib -L $D/deps \
//!     -C linker=rust-lld -C linker-flavor=ld.lld -C link-self-contained=no -C relocation-model=static \
//!     -C link-arg=-nostdlib -C link-arg=-e_start -o freestanding crates/sys/examples/freestanding/main.rs
//! ./freestanding                      # or: qemu-aarch64 ./freestanding
//! ```
#![no_std]
#![no_main]

use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use goxide_sys::signal::{self, SigInfo, UContext};
use goxide_sys::{Mutex, Note, auxv, cpu, mem, process, thread, time, vdso};

mod arch;
mod base;

use base::check;

/// The process begins here, on the kernel's stack.
fn main() {
    let page = auxv::get(auxv::AT_PAGESZ);
    check(1, page.is_some_and(|p| p >= mem::PAGE && p.is_power_of_two()));
    check(2, auxv::get(auxv::AT_RANDOM).is_some());
    cpu::init();
    check(3, cpu::count_from_affinity() >= 1);
    time::init();
    let t = time::nanotime();
    process::usleep(2000);
    check(4, time::nanotime() - t >= 2_000_000);
    check(5, time::walltime().0 > 1_600_000_000);
    check(6, auxv::get(auxv::AT_SYSINFO_EHDR).is_none() || vdso::symbols().clock_gettime != 0);
    bytes();
    threads();
    signals();
}

/// Every routine against loops over single volatile bytes, which the compiler cannot turn into calls of them.
fn bytes() {
    const N: usize = 1 << 14;
    let p = mem::reserve(2 * N, mem::PAGE);
    // SAFETY: every range below lies in these pages, which are mapped here.
    unsafe {
        check(20, mem::map(p, 2 * N));
        let q = p.add(N);
        let noise = |i: usize| (i.wrapping_mul(0x9E37_79B9) >> 13) as u8;
        let set = || (0..N).for_each(|i| p.add(i).write_volatile(noise(i)));
        let sizes = || (0..300).chain([511, 512, 513, 1000, 2047, 4096, 5000]);
        for n in sizes() {
            for (from, to) in [(0, 0), (0, 1), (1, 0), (7, 64), (64, 7), (0, 200), (200, 0), (33, 6000), (6000, 33)] {
                set();
                mem::copy(p.add(to), p.add(from), n);
                let want = |i: usize| if i >= to && i < to + n { noise(i - to + from) } else { noise(i) };
                check(21, (0..N).step_by(if n < 64 { 1 } else { 3 }).all(|i| p.add(i).read_volatile() == want(i)));
            }
            for at in [0, 1, 15, 63] {
                set();
                mem::fill(p.add(at), 0xA5, n);
                check(
                    22,
                    (0..n + 100).all(|i| p.add(i).read_volatile() == if i >= at && i < at + n { 0xA5 } else { noise(i) }),
                );
                set();
                mem::clear(p.add(at), n);
                check(
                    23,
                    (0..n + 100).all(|i| p.add(i).read_volatile() == if i >= at && i < at + n { 0 } else { noise(i) }),
                );
                set();
                mem::copy(q.add(3), p.add(at), n);
                let (a, b) = (p.add(at), q.add(3));
                check(24, mem::equal(a, b, n) && mem::compare(a, b, n) == 0);
                for k in [0, 1, n / 2, n.wrapping_sub(1)] {
                    if k < n {
                        let v = b.add(k).read_volatile();
                        b.add(k).write_volatile(v ^ 0x80);
                        check(25, !mem::equal(a, b, n));
                        check(26, (mem::compare(a, b, n) > 0) == (v > v ^ 0x80));
                        check(27, (mem::compare(b, a, n) > 0) == (v < v ^ 0x80));
                        b.add(k).write_volatile(v);
                    }
                }
                mem::fill(q, 1, n + 80);
                q.add(at + n).write_volatile(0);
                check(28, mem::strlen(q.add(at)) == n);
            }
        }
        mem::unmap(p, 2 * N);
    }
}

struct Shared {
    block: [AtomicUsize; 8],
    total: Mutex<u64>,
    done: Note,
    free: AtomicU32,
    tid: AtomicU32,
}

static SHARED: Shared = Shared {
    block: [const { AtomicUsize::new(0) }; 8],
    total: Mutex::new(0),
    done: Note::new(),
    free: AtomicU32::new(1),
    tid: AtomicU32::new(0),
};

const TURNS: u64 = 100_000;

unsafe extern "C" fn child(arg: usize) -> ! {
    SHARED.tid.store(process::gettid() as u32, Ordering::Relaxed);
    (0..TURNS).for_each(|_| *SHARED.total.lock() += arg as u64);
    SHARED.done.wakeup();
    // SAFETY: nothing here is needed any more.
    unsafe { thread::exit_thread(SHARED.free.as_ptr()) }
}

fn threads() {
    let stack = mem::map_anywhere(64 << 10);
    let base = (&raw const SHARED.block[4]).addr();
    SHARED.block[4].store(base, Ordering::Relaxed);
    // SAFETY: the stack is the child's until `free` is 0; its number is not asked for.
    let tid = unsafe { thread::spawn(stack.add(64 << 10), base, child, 3, core::ptr::null_mut()) };
    check(40, tid.is_ok());
    (0..TURNS).for_each(|_| *SHARED.total.lock() += 1);
    check(41, SHARED.done.sleep_timeout(20_000_000_000));
    while SHARED.free.load(Ordering::Acquire) != 0 {
        process::sched_yield();
    }
    check(42, *SHARED.total.lock() == 4 * TURNS);
    check(43, tid == Ok(SHARED.tid.load(Ordering::Relaxed) as i32));
    check(44, !Note::new().sleep_timeout(1_000_000));
    // SAFETY: the child is gone from it.
    unsafe { mem::unmap(stack, 64 << 10) };
}

static CAUGHT: AtomicUsize = AtomicUsize::new(0);

/// Skips the faulting access by going on at the address that the faulting code put in its first argument register.
unsafe extern "C" fn on_fault(sig: i32, info: *const SigInfo, context: *mut UContext) {
    // SAFETY: the kernel passes both; `signals` arranged for the detour.
    unsafe {
        CAUGHT.store((*info).addr, Ordering::Relaxed);
        let resume = (*context).register(arch::FIRST_ARG).unwrap_or(0);
        (*context).set_pc(resume);
        check(50, sig == signal::SIGSEGV);
    }
}

fn signals() {
    let flags = signal::SA_SIGINFO | signal::SA_ONSTACK;
    let alt = mem::map_anywhere(64 << 10);
    let stack = signal::Stack { sp: alt.addr(), flags: 0, size: 64 << 10 };
    // SAFETY: the stack is ours for good; the handler goes on past the fault.
    unsafe {
        check(51, signal::sigaltstack(Some(&stack)).is_ok());
        check(52, signal::sigaction(signal::SIGSEGV, on_fault as *const () as usize, flags, signal::ALL).is_ok());
    }
    for _ in 0..10 {
        CAUGHT.store(0, Ordering::Relaxed);
        arch::fault();
        check(53, CAUGHT.load(Ordering::Relaxed) == 0x10);
    }
    check(54, signal::sigprocmask(signal::How::Set, 0) == 0);
}
