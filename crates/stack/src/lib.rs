//! Small stacks that grow by copying, and the context switch between them.
#![cfg_attr(not(any(feature = "std", test)), no_std)]
