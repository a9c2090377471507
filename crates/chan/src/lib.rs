#![doc = include_str!("../README.md")]
#![cfg_attr(not(any(feature = "std", test)), no_std)]

pub mod chan;
mod debug;
#[cfg(feature = "std")]
pub mod error;
#[cfg(feature = "std")]
pub mod future;
pub mod give_back;
#[cfg(feature = "std")]
pub mod hosted;
#[cfg(feature = "inspect")]
pub mod inspect;
#[cfg(feature = "std")]
pub mod iter;
#[cfg_attr(not(shuttle), doc(hidden))]
pub mod loom;
pub mod ops;
pub mod seam;
pub mod select;
#[cfg(feature = "futures")]
pub mod stream;
#[cfg(feature = "std")]
pub mod thread;
#[cfg(feature = "std")]
mod thread_select;
#[cfg(all(feature = "std", not(shuttle)))]
pub mod timer;
#[cfg(feature = "std")]
mod unbounded;
mod wait;

pub use chan::{Chan, Elem, Waiter};
pub use give_back::give_back_or_enqueue;
pub use ops::{
    AlreadyClosed, LeafRecv, LeafSend, Op, SendResult, TryRecv, TrySend, cancel, close, finish_recv, finish_send,
    recv_or_enqueue, send_or_enqueue, try_recv, try_recv_leaf, try_send, try_send_leaf, unlock_after_park,
};
pub use seam::{Seam, Task};
pub use select::{
    Case, Finished, MAX_CASES, Select, cancel_select, finish_select, lock_all_of, select_or_enqueue,
    select_unlock_after_park, unlock_all,
};
