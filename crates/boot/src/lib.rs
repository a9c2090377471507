//! The composition: entry point, bootstrap sequence, seams plugged in. With no `std` it builds the static library that Go
//! programs are linked with. Mechanisms live in the crates below.
#![cfg_attr(not(any(feature = "std", test)), no_std)]

#[cfg(not(any(feature = "std", test)))]
mod lang;
#[cfg(not(any(feature = "std", test)))]
mod start;
#[cfg(not(any(feature = "std", test)))]
mod steps;
#[cfg(not(any(feature = "std", test)))]
mod trace;
