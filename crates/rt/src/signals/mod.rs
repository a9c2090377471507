//! Signals: what a Go program does about each, and what the runtime uses some of them for.
//!
//! From the bottom up: the table of all signals ([`table`]); the kernel's own action of one ([`kernel`]); where a
//! goroutine was interrupted ([`stub`]); what a program that dies of a signal shows ([`report`]); faults, which become panics ([`fault`]); the one handler of all signals ([`handler`]); when handlers are installed, and what a thread and a forked child need
//! ([`install`]).
//!
//! Not here: the text of a signal (`signal_text`), what os/signal asks for (`notify`).

pub mod fault;
pub mod handler;
pub mod install;
pub mod kernel;
pub mod report;
pub mod stub;
pub mod table;
