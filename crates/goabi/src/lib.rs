//! Go 1.21's binary interface: types, frames, panics, and every symbol that compiled Go code calls.
#![cfg_attr(not(any(feature = "std", test)), no_std)]
