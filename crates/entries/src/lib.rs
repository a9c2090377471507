//! One thin `extern "C"` function per entry of goroot/boundary.txt, named `gx_` and the Go symbol. What an entry does is in the
//! crates below; here is only the way there: taking arguments apart, choosing the stack,
//! parking, raising panics.
//!
//! Conventions. Arguments are integer registers; a Go `bool` or small integer has junk above its bits, so it is taken as a
//! word and cut here. One or two results are C results; three and more are written through the last argument, which points
//! to four words of the goroutine's descriptor. A *system* entry runs on g0 with the goroutine's context saved; a *leaf* (and the `_fast` half of a
//! fast entry) on the goroutine's stack: no locks waited for, no slow path, little stack. A leaf that yields runs on g0 instead
//! where its goroutine is to yield or is short of stack. Where it runs an entry knows by its first argument, a token that its stub makes by
//! the way it calls, and that takes no register ([`goxide_rt::token`]): a `System` of a system entry, and a `Processor` of a leaf that works
//! with its processor. An entry ends by returning: whether the goroutine yields then,
//! and which results are pointers, is in the table, and is done by what its stub calls.
//!
//! What every exported entry asks, said here once instead of a `# Safety` at each:
//! - Its stub calls it, as its line of the table says, so that its token is true (but for the entries around system calls, which have
//!   none). Where a system entry begins no region is open ([`goxide_gotypes::mem::Mem::touch`]), and no
//!   frame below owns what must be dropped. A leaf is in compiled code's place, as [`goxide_gotypes::mem::Access::of_leaf`] asks.
//! - Its arguments are what the Go declaration says: a type is a descriptor, a map, a channel or a string is a whole one of that type (or
//!   nil), a pointer leads to a value or to room for one. The frame that calls keeps them alive, unless the goroutine's stack
//!   moves: who yields has them in the in-flight array. The program may lie about its own pointers, which then fault where they
//!   are touched, in a region or a leaf.
//!
//! So a `// SAFETY:` here says whose the arguments are ("compiled code's map and key"), and which way the entry was called.
#![doc = include_str!("../README.md")]
#![no_std]
// Most types are what the Go compiler and linker lay out, or the running system itself.
#![allow(missing_debug_implementations)]
#![allow(improper_ctypes_definitions, reason = "tokens: arguments that take no register")]

mod arch;
mod arguments;
mod arith;
mod chans;
mod checkptr;
mod compare;
mod defers;
mod errors;
mod finalizers;
mod gc;
mod ifaces;
mod inits;
mod linknames;
mod maps;
mod memory;
mod memstats;
mod metrics;
mod os;
mod panics;
mod poll;
mod print;
mod profile;
mod sched;
mod signal;
mod strings;
mod symbols;
mod sync;
mod time;
mod trace;
