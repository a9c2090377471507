//! The operating system for a freestanding runtime: memory, futexes, threads, clocks, signals.
#![cfg_attr(not(any(feature = "std", test)), no_std)]
