//! The kernel's, and goxide-stack's.

pub use goxide_sys::mem::{map_anywhere, prefetch, remap, unmap};
#[cfg(not(loom))]
pub use {
    goxide_stack::{Bounds, Context, GUARD, PREEMPT, gogo, mcall},
    goxide_sys::Note,
    goxide_sys::process::{sched_yield, usleep},
    goxide_sys::random::{Purpose, seed},
};
