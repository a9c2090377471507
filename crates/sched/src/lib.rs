#![doc = include_str!("../README.md")]
#![cfg_attr(not(any(feature = "std", test)), no_std)]

mod coded;
#[cfg(not(any(loom, shuttle)))]
mod debug;
pub mod end;
#[cfg(not(shuttle))]
#[cfg_attr(loom, allow(dead_code))]
mod entries;
pub mod events;
#[cfg(not(any(loom, shuttle)))]
mod ext;
#[cfg(not(shuttle))]
#[cfg_attr(loom, allow(dead_code))]
mod heap;
#[cfg(not(any(loom, shuttle)))]
pub mod host;
#[cfg(all(feature = "std", target_os = "linux", not(any(loom, shuttle))))]
pub mod hosted;
#[cfg(not(any(loom, shuttle)))]
mod idle;
#[cfg(all(feature = "inspect", not(any(loom, shuttle))))]
pub mod inspect;
#[cfg(not(any(loom, shuttle)))]
mod lock_thread;
mod loom;
#[cfg(not(any(loom, shuttle)))]
mod maker;
#[cfg(not(any(loom, shuttle)))]
mod model;
#[cfg(not(any(loom, shuttle)))]
pub mod monitor;
#[cfg(not(any(loom, shuttle)))]
pub mod notify;
#[cfg(not(shuttle))]
mod os;
#[cfg(not(any(loom, shuttle)))]
pub mod park;
#[cfg(not(any(loom, shuttle)))]
pub mod proc;
pub mod queue;
#[cfg(not(any(loom, shuttle)))]
mod record;
#[cfg(not(any(loom, shuttle)))]
mod rest;
#[cfg(not(any(loom, shuttle)))]
mod round;
#[cfg(not(any(loom, shuttle)))]
mod sched;
#[cfg(not(any(loom, shuttle)))]
mod schedule;
#[cfg(not(any(loom, shuttle)))]
pub mod sema;
#[cfg(not(any(loom, shuttle)))]
mod spawn;
pub mod state;
#[cfg(not(any(loom, shuttle)))]
mod status;
#[cfg(not(any(loom, shuttle)))]
mod stw;
#[cfg(not(any(loom, shuttle)))]
mod syscall;
#[cfg(not(any(loom, shuttle)))]
pub mod task;
#[cfg(not(any(loom, shuttle)))]
pub mod thread;
#[cfg(not(shuttle))]
#[cfg_attr(loom, allow(dead_code))]
pub mod timer;
#[cfg(not(shuttle))]
#[cfg_attr(loom, allow(dead_code))]
pub mod timer_heap;
#[cfg(not(any(loom, shuttle)))]
mod timing;
pub mod token;
pub mod wake;

#[cfg(not(any(loom, shuttle)))]
pub use {
    ext::Ext,
    host::{Asleep, Event, Host},
    model::{Proc, Resume, Sched, Task, TaskList, Thread},
    notify::NotifyList,
    task::PREEMPT,
    timer::{Timer, TimerCall},
};
