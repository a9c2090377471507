#![doc = include_str!("../README.md")]
#![cfg_attr(not(any(feature = "std", test)), no_std)]

mod debug;
pub mod desc;
#[cfg(all(feature = "std", not(loom)))]
pub mod hosted;
mod info;
mod loom;
#[cfg(not(loom))]
mod poller;
#[cfg(not(loom))]
mod pool;
pub mod seam;
mod side;

pub use desc::{Cause, Desc, Direction, Misuse, Park, Which};
#[cfg(not(loom))]
pub use poller::Poller;
pub use seam::{Host, Key, Task};
