//! A process without libc whose main thread runs on a block. To build it, see `goxide-sys`'s example `freestanding`.
#![no_std]
#![no_main]

#[path = "../../sys/examples/freestanding/arch/mod.rs"]
mod arch;
#[path = "../../sys/examples/freestanding/base.rs"]
mod base;

use core::cell::UnsafeCell;

use base::check;
use goxide_tls::ThreadBlock;

struct Main(UnsafeCell<ThreadBlock>);
// SAFETY: there is one thread.
unsafe impl Sync for Main {}
static MAIN: Main = Main(UnsafeCell::new(ThreadBlock::new()));

fn main() {
    // SAFETY: the block is static, there is one thread, and no C library.
    unsafe {
        goxide_tls::set_base(MAIN.0.get());
        check(1, goxide_tls::block() == MAIN.0.get());
        check(2, goxide_tls::current().is_null() && goxide_tls::thread().is_null());
        goxide_tls::set_current(0x1110 as *mut ());
        goxide_tls::set_thread(0x2220 as *mut ());
        check(3, goxide_tls::current().addr() == 0x1110);
        check(4, goxide_tls::thread().addr() == 0x2220);
        let word = |offset: isize| *(((*MAIN.0.get()).base() as isize + offset) as *const usize);
        check(5, word(ThreadBlock::TASK_OFFSET) == 0x1110 && word(ThreadBlock::THREAD_OFFSET) == 0x2220);
    }
}
