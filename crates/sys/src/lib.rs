#![doc = include_str!("../README.md")]
#![cfg_attr(not(any(feature = "std", test)), no_std)]

mod arch;
pub mod auxv;
pub mod cpu;
mod debug;
pub mod epoll;
mod errno;
mod features;
mod futex;
pub mod io;
mod lock;
#[cfg(loom)]
mod loom;
pub mod mem;
#[cfg(feature = "mem-symbols")]
mod mem_symbols;
mod note;
mod pending;
pub mod process;
pub mod random;
pub mod ring;
pub mod signal;
pub mod syscall;
pub mod thread;
pub mod time;
pub mod timer;
pub mod vdso;

pub use errno::Errno;
pub use futex::Futex;
pub use lock::{Mutex, MutexGuard, RawMutex};
pub use note::Note;
pub use pending::Pending;
