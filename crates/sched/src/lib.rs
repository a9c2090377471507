//! A work-stealing M:N task scheduler with timers, semaphores and cooperative preemption.
#![cfg_attr(not(any(feature = "std", test)), no_std)]
