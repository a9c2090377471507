//! The entry point and the bootstrap sequence. Without `std` it builds the static library that Go programs are linked with.
//! Mechanisms live in the crates below, and the subsystems are put together in goxide-goabi.
#![cfg_attr(not(any(feature = "std", test)), no_std)]

#[cfg(not(any(feature = "std", test)))]
mod lang;
#[cfg(not(any(feature = "std", test)))]
mod start;
#[cfg(not(any(feature = "std", test)))]
mod steps;
#[cfg(not(any(feature = "std", test)))]
mod trace;
