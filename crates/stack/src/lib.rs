#![doc = include_str!("../README.md")]
#![cfg_attr(not(any(feature = "std", test)), no_std)]

mod adjust;
mod arch;
mod bounds;
mod cache;
mod context;
#[cfg(feature = "std")]
mod fiber;
mod fixed;
pub mod grow;
mod pages;
mod pool;
mod stacks;

pub use adjust::Adjuster;
pub use bounds::{BIG, Bounds, FORK, GUARD, MIN_STACK, NOSPLIT, PREEMPT, SMALL};
pub use cache::Cache;
pub use context::{Context, TOP_RESERVE, gogo, mcall, switch_stack_call};
#[cfg(feature = "std")]
pub use fiber::{Fiber, Scope, Step, Yielder, scope};
pub use fixed::{FixedPool, FixedStack};
pub use pages::{MmapPages, PAGE, Pages, SMALL_PAGES, SpanSlot};
pub use pool::Pool;
pub use stacks::{NewStacks, Stacks};
