//! The composition: entry point, bootstrap sequence, seams plugged in; builds the static library that Go programs link.
#![cfg_attr(not(any(feature = "std", test)), no_std)]
