//! Named values in an atomic word: [`Coded`] holds one of an enum's, so that no word can be given another's, or a number that means
//! nothing. Each operation is one of the word's own and names its ordering where it is used; the protocols are with the enums.

use core::marker::PhantomData;

use crate::loom::{AtomicU32, Ordering};

/// An enum that a [`Coded`] can hold. The value with number 0 is the one that zero bytes mean.
pub(crate) trait Code: Copy + Eq {
    /// The number of a value.
    fn number(self) -> u32;
    /// The value with a number that [`Code::number`] gave.
    fn of(number: u32) -> Self;
}

/// See the module's header.
#[repr(transparent)]
#[derive(Debug)]
pub(crate) struct Coded<C> {
    number: AtomicU32,
    code: PhantomData<C>,
}

impl<C: Code> Coded<C> {
    /// The value with number 0.
    #[cfg(not(any(loom, shuttle)))]
    pub const fn zero() -> Self {
        Coded { number: AtomicU32::new(0), code: PhantomData }
    }

    /// The value with number 0.
    #[cfg(any(loom, shuttle))]
    pub fn zero() -> Self {
        Coded { number: AtomicU32::new(0), code: PhantomData }
    }

    // What the model checkers run does not use it.
    #[cfg(not(any(loom, shuttle)))]
    #[inline]
    pub fn load(&self, order: Ordering) -> C {
        C::of(self.number.load(order))
    }

    // What the model checkers run does not use it.
    #[cfg(not(any(loom, shuttle)))]
    #[inline]
    pub fn store(&self, to: C, order: Ordering) {
        self.number.store(to.number(), order);
    }

    #[inline]
    pub fn swap(&self, to: C, order: Ordering) -> C {
        C::of(self.number.swap(to.number(), order))
    }

    /// Changes `from` to `to`, with `order`; a word that has another value stays as it is, and was read with `failure`. Whether it was
    /// changed.
    #[inline]
    #[must_use]
    pub fn take(&self, from: C, to: C, order: Ordering, failure: Ordering) -> bool {
        self.number.compare_exchange(from.number(), to.number(), order, failure).is_ok()
    }
}
