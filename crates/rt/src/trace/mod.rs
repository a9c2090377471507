//! Execution traces: what goroutines and processors do, event by event, in the form that `go tool trace` reads
//! (`goxide_gotypes::trace`).
//!
//! While none is taken, each hook is one load (`Runtime::watching`). While one is, each processor has a batch of events under a lock of its
//! own, so that another thread may add to it: that a goroutine's system call blocks is known only when another goroutine
//! gets its processor, or itself another processor, and it is written by whichever comes first (`Local::running`).
//!
//! Call stacks and strings are numbered in tables ([`tables`]) that are written out last. All memory of a trace comes from the kernel and
//! goes back when it has been read.
//!
//! | module | what is in it, from the bottom up |
//! |---|---|
//! | [`batches`] | events being written |
//! | [`tables`] | numbered strings and call stacks |
//! | [`seen`] | which number a stack has that was numbered before |
//! | [`events`] | the hooks: what is reported, and how |
//! | [`control`] | beginning, ending, reading |
//!
//! Not here: the encoding, what entries ask.

pub mod batches;
pub mod control;
pub mod events;
pub mod seen;
pub mod tables;
