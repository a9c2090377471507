//! Go 1.21's linker tables, and what is read off them: which function a pc
//! lies in, what its frame looks like, where the pointers of that frame are,
//! and how all of it is shown to a user.
//!
//! Everything here works on memory that the Go linker and compiler laid out;
//! nothing allocates, nothing locks and nothing panics. The modules, bottom up:
//!
//! | module | reads |
//! |---|---|
//! | [`ids`] | numbers that compiler, linker and runtime agree on |
//! | [`moduledata`] | the linker's root record and its sections |
//! | [`pcvalue`] | tables of (value, pc) deltas |
//! | [`functab`] | pc to function, function to its tables |
//! | [`cache`] | the per-thread cache of what was read off them |
//! | [`inline`] | the logical frames inside a physical one |
//! | [`unwind`] | the physical frames of a goroutine's stack |
//! | [`stackmap`] | where the pointers of a frame are |
//! | [`interrupt`] | where code may be stopped between calls, and such a frame |
//! | [`adjust`] | a stack that has moved: rewriting its pointers |
//! | [`frames`] | `runtime.Callers`, `runtime.Frames`, `runtime.FuncForPC` |
//! | [`traceback`], [`sink`] | the text that a crash prints |
//! | [`file`](mod@file) | the tables of a program that is not running, in its file |
//! | [`gcprog`] | pointer masks as programs |
//! | [`native`] | code that is not Go's: ELF symbols and DWARF lines |
//!
//! **What does not live here:** goroutine descriptors, locks, printing to a
//! file descriptor, and any global: the linker's root record, the traceback
//! level and the caches are parameters.
//!
//! The machine's differences (where the return address is, how a frame begins)
//! are constants of an [`arch::Arch`] type, so that both machines' walks can be
//! tested on either.
#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), no_std)]
// Most types are what the Go compiler and linker lay out, or the running system itself.
#![allow(missing_debug_implementations)]

#[cfg(feature = "std")]
extern crate std;

pub mod adjust;
pub mod arch;
pub mod cache;
pub mod fault;
pub mod file;
pub mod frames;
pub mod functab;
pub mod gcprog;
pub mod ids;
pub mod inline;
pub mod interrupt;
pub mod moduledata;
pub mod native;
pub mod pcvalue;
pub mod sink;
pub mod stackmap;
pub mod traceback;
pub mod unwind;

pub use adjust::{Move, Relocate, adjust_stack};
pub use arch::{Amd64, Arch, Arm64, Native};
pub use cache::PcCache;
pub use fault::{Fault, FaultKind};
pub use file::File;
pub use functab::{Func, Symtab};
pub use moduledata::ModuleData;
pub use sink::Sink;
pub use unwind::{Frame, Limits, Mode, Start, Unwinder};
