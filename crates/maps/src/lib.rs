//! Hash maps in groups of eight, probed with SIMD, that may be changed while they are iterated.
#![cfg_attr(not(any(feature = "std", test)), no_std)]
