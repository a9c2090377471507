//! Channels and select with direct hand-off between waiting tasks, over any scheduler.
#![cfg_attr(not(any(feature = "std", test)), no_std)]
