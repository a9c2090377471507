//! The running system that Go programs stand on, from the bottom up: each module names only those above it in this list.
//!
//! | | |
//! |---|---|
//! | [`links`] [`arch`] | what Rust reaches of Go's side; what differs between the machines |
//! | [`token`] | proofs that a thread holds a processor, and is on its system stack |
//! | [`words`] [`reason`] [`steps`] `env` [`cgroup`] | words of entries; why goroutines wait; what is set once at start |
//! | [`embedder`] [`records`] [`parts`] [`state`] | what stands for Go in the seams; what lies in descriptors, and in the one value; the descriptors, that value |
//! | [`random`] [`touch`] [`call`] [`threads`] [`stderr`] [`unwind`] | small things that need the current goroutine or thread |
//! | [`native`] [`traceback`] [`signal_text`] [`fatal`] [`refusal`] [`persistent`] [`waiters`] | how a program dies; memory that is never freed; wait records |
//! | [`panics`] | records of deferred calls and panics, and what comes next when one runs |
//! | [`barrier`] [`profile`] [`wait_profile`] [`trace`] [`stacks`] | the write barrier's buffer; the profiles of memory and of waiting; execution traces; growing and moving stacks |
//! | [`gc`] | the collector's Go side |
//! | [`memory`] | allocation |
//! | [`raise`] [`signals`] [`preempt`] [`cpu_profile`] | Go panics raised from Rust; signals; goroutines stopped between two instructions; the processor profile |
//! | [`safepoint`] [`pieces`] | where goroutines stop; long work in pieces |
//! | [`bulk`] [`long_text`] | long work on memory, and on strings |
//! | [`netpoll`] | goroutines that wait for the network |
//! | [`sched`] [`chans`] [`next_finalizer`] [`frames`] [`notify`] [`every_thread`] | what entries ask of the scheduler, of channels, of the queue of finalizers, of a goroutine's frames, of signals and of all threads |
//! | [`memstats`] [`heapdump`] | taking stock |
//! | [`procs`] [`schedtrace`] [`sysmon`] | how many processors there are; what the scheduler does, printed; the monitor |
//! | `hooks` | the answers to the subsystems' seams, which nobody names |
//!
//! Not here: the order in which all this starts (crate `boot`), and the entries that compiled code calls.
#![doc = include_str!("../README.md")]
#![no_std]
// Most types are what the Go compiler and linker lay out, or the running system itself.
#![allow(missing_debug_implementations)]
#![allow(improper_ctypes_definitions, reason = "tokens: arguments that take no register")]

pub mod arch;
pub mod barrier;
pub mod bulk;
pub mod call;
pub mod cgroup;
pub mod chans;
pub mod cpu_profile;
pub mod embedder;
pub mod env;
pub mod every_thread;
pub mod fatal;
pub mod frames;
pub mod gc;
pub mod heapdump;
mod hooks;
pub mod links;
pub mod long_text;
pub mod memory;
pub mod memstats;
pub mod native;
pub mod netpoll;
pub mod next_finalizer;
pub mod notify;
pub mod panics;
pub mod parts;
pub mod persistent;
pub mod pieces;
pub mod preempt;
pub mod procs;
pub mod profile;
pub mod raise;
pub mod random;
pub mod reason;
pub mod records;
pub mod refusal;
pub mod safepoint;
pub mod sched;
pub mod schedtrace;
pub mod signal_text;
pub mod signals;
pub mod stacks;
pub mod state;
pub mod stderr;
pub mod steps;
pub mod sysmon;
pub mod threads;
pub mod token;
pub mod touch;
pub mod trace;
pub mod traceback;
pub mod unwind;
pub mod wait_profile;
pub mod waiters;
pub mod words;
