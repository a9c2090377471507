//! The per-thread word: one machine register away, without libc.
#![cfg_attr(not(any(feature = "std", test)), no_std)]
