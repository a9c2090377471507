//! What the scheduler takes of the system and of stacks, and its twin for where there is neither: sleeping, waiting for a moment, seeds, memory
//! for long heaps of timers, and the switch to a task.
//!
//! `linux` is goxide-sys and goxide-stack. `bare` is for embedders that have one thread and no stacks to switch between, as in a browser: they run
//! the threads of a scheduler in turn, and leave it by [`Host::resume`](crate::Host::resume) and [`Host::sleep`](crate::Host::sleep).

#[cfg(not(target_os = "linux"))]
mod bare;
#[cfg(target_os = "linux")]
mod linux;

#[cfg(not(target_os = "linux"))]
pub use bare::*;
#[cfg(target_os = "linux")]
pub use linux::*;
