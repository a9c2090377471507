//! A size-class allocator with per-processor caches over a radix-tree page heap.
#![cfg_attr(not(any(feature = "std", test)), no_std)]
