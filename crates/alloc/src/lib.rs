#![doc = include_str!("../README.md")]
#![cfg_attr(not(any(feature = "std", test)), no_std)]

#[cfg_attr(loom, allow(dead_code, reason = "without the heap, only the models use it"))]
mod central;
pub mod layout;
mod loom;
pub mod size_class;
#[cfg_attr(loom, allow(dead_code, reason = "without the heap, only the models use it"))]
pub mod span;

#[cfg(not(loom))]
pub mod arena;
#[cfg(not(loom))]
mod bits;
#[cfg(not(loom))]
pub mod cache;
#[cfg(not(loom))]
mod counter;
#[cfg(not(loom))]
mod debug;
#[cfg(not(loom))]
mod grow;
#[cfg(not(loom))]
pub mod heap;
#[cfg(all(feature = "std", not(loom), target_os = "linux"))]
pub mod hosted;
#[cfg(all(feature = "inspect", not(loom)))]
pub mod inspect;
#[cfg(not(loom))]
pub mod os;
#[cfg(not(loom))]
mod page_alloc;
#[cfg(not(loom))]
pub mod persistent;
#[cfg(not(loom))]
mod release;
#[cfg(not(loom))]
mod sample;
#[cfg(not(loom))]
pub mod slabs;
#[cfg(not(loom))]
pub mod stats;
#[cfg(not(loom))]
mod summary;
#[cfg(not(loom))]
pub mod sweep;

pub use layout::Layout;
pub use span::Span;

#[cfg(all(feature = "std", not(loom), target_os = "linux"))]
pub use hosted::{AllocStats, ClassStats, GoxideAlloc, ThreadAlloc, ThreadStats};
#[cfg(all(not(loom), target_os = "linux"))]
pub use os::OsPages;
#[cfg(not(loom))]
pub use {
    cache::{Cache, Slow},
    heap::{Heap, Refusal},
    os::{PageSource, Refused, Zeroed},
    persistent::{FixAlloc, Persistent},
    stats::Stats,
};
