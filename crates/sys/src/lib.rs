#![doc = include_str!("../README.md")]
#![cfg_attr(not(any(feature = "std", test)), no_std)]

#[cfg(target_os = "linux")]
mod arch;
#[cfg(target_os = "linux")]
pub mod auxv;
#[cfg(not(target_os = "linux"))]
mod bare;
#[cfg(target_os = "linux")]
pub mod cpu;
mod debug;
#[cfg(target_os = "linux")]
pub mod epoll;
#[cfg(target_os = "linux")]
mod errno;
#[cfg(target_os = "linux")]
mod features;
#[cfg(target_os = "linux")]
mod futex;
#[cfg(target_os = "linux")]
pub mod io;
mod lock;
#[cfg(loom)]
mod loom;
#[cfg(target_os = "linux")]
pub mod mem;
#[cfg(all(feature = "mem-symbols", target_os = "linux"))]
mod mem_symbols;
#[cfg(target_os = "linux")]
mod note;
#[cfg(target_os = "linux")]
mod pending;
#[cfg(target_os = "linux")]
pub mod process;
#[cfg(target_os = "linux")]
pub mod random;
#[cfg(target_os = "linux")]
pub mod ring;
#[cfg(target_os = "linux")]
pub mod signal;
#[cfg(target_os = "linux")]
pub mod syscall;
#[cfg(target_os = "linux")]
pub mod thread;
#[cfg(target_os = "linux")]
pub mod time;
#[cfg(target_os = "linux")]
pub mod timer;
#[cfg(target_os = "linux")]
pub mod vdso;

#[cfg(not(target_os = "linux"))]
pub use bare::{Futex, cpu, mem};
#[cfg(target_os = "linux")]
pub use errno::Errno;
#[cfg(target_os = "linux")]
pub use futex::Futex;
pub use lock::{Mutex, MutexGuard, RawMutex};
#[cfg(target_os = "linux")]
pub use note::Note;
#[cfg(target_os = "linux")]
pub use pending::Pending;
