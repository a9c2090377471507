//! Receiving in a `for` loop: until the channel is closed and drained ([`Iter`], [`IntoIter`]), or until there is nothing to
//! receive right now ([`TryIter`]). None is a `FusedIterator`: an element on its way to a future that is dropped comes back, even to a
//! channel that was drained.

use crate::hosted::Rx;
use crate::thread::Receiver;
use core::fmt;

/// See [`Receiver::iter`].
#[must_use = "iterators do nothing unless consumed"]
pub struct Iter<'a, T> {
    from: &'a Receiver<T>,
}

/// See [`Rx::try_iter`].
#[must_use = "iterators do nothing unless consumed"]
pub struct TryIter<'a, T> {
    from: &'a Rx<T>,
}

/// The elements of a channel until it is closed and drained; waits for each. Owns the receiving end.
#[must_use = "iterators do nothing unless consumed"]
pub struct IntoIter<T> {
    from: Receiver<T>,
}

impl<T> Receiver<T> {
    /// The elements until the channel is closed and drained; waits for each. `for x in &receiver` does the same.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { from: self }
    }
}

impl<T> Rx<T> {
    /// What can be received without waiting, until there is nothing.
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter { from: self }
    }
}

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.from.recv().ok()
    }
}

impl<T> Iterator for TryIter<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.from.try_recv().ok()
    }
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.from.recv().ok()
    }
}

impl<'a, T> IntoIterator for &'a Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        IntoIter { from: self }
    }
}

impl<T> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Iter").field(self.from).finish()
    }
}

impl<T> fmt::Debug for TryIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TryIter").field(self.from).finish()
    }
}

impl<T> fmt::Debug for IntoIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IntoIter").field(&self.from).finish()
    }
}
