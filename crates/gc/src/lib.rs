#![doc = include_str!("../README.md")]
#![cfg_attr(not(any(feature = "std", test)), no_std)]

pub mod count;
mod loom;
pub mod page;
pub mod queue;
pub mod stops;
pub mod weak;

#[cfg(not(loom))]
mod arch;
#[cfg(not(loom))]
mod chain;
#[cfg(not(loom))]
mod check;
#[cfg(not(loom))]
pub mod cycle;
#[cfg(not(loom))]
pub mod debt;
#[cfg(not(loom))]
mod debug;
#[cfg(all(feature = "std", not(loom)))]
pub mod hosted;
#[cfg(not(loom))]
pub mod limiter;
#[cfg(not(loom))]
pub mod mark;
#[cfg(not(loom))]
mod marker;
#[cfg(not(loom))]
pub mod pacer;
#[cfg(not(loom))]
mod records;
#[cfg(not(loom))]
mod roots;
#[cfg(not(loom))]
pub mod seam;
#[cfg(not(loom))]
pub mod special;
#[cfg(not(loom))]
mod state;
#[cfg(not(loom))]
mod tracer;

#[cfg(not(loom))]
pub use {
    cycle::Ended,
    debt::{Debt, Paid},
    limiter::Limiter,
    mark::Drained,
    marker::Marker,
    pacer::{Pacer, Shares, Sizes},
    seam::{Host, Scan},
    special::{Dead, Kind, Special},
    state::{Gc, Left},
    tracer::Tracer,
};
