//! Where a stack lies, and the distances that compiled prologues check. No stack is made here.

/// A stack's memory: `[lo, hi)`. It grows down from `hi`.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Bounds {
    /// Lowest address.
    pub lo: usize,
    /// One beyond the highest address.
    pub hi: usize,
}

const _: () = assert!(core::mem::offset_of!(Bounds, hi) == 8 && size_of::<Bounds>() == 16);

impl Bounds {
    /// No stack.
    pub const NONE: Bounds = Bounds { lo: 0, hi: 0 };

    /// Bytes between the ends.
    #[inline]
    pub const fn size(self) -> usize {
        self.hi - self.lo
    }

    /// Whether there is no stack.
    #[inline]
    pub const fn is_none(self) -> bool {
        self.lo == 0
    }

    /// Whether `addr` is in it.
    #[inline]
    pub const fn contains(self, addr: usize) -> bool {
        addr.wrapping_sub(self.lo) < self.hi - self.lo
    }

    /// What a prologue compares the stack pointer with.
    #[inline]
    pub const fn guard(self) -> usize {
        self.lo + GUARD
    }
}

/// Size of a new task's stack.
pub const MIN_STACK: usize = 2048;
/// What functions without a prologue check may use in all, below the guard less [`SMALL`].
pub const NOSPLIT: usize = 800;
/// How far a small frame may reach below the guard unchecked.
pub const SMALL: usize = 128;
/// Largest frame for which `sp - size` cannot wrap around zero.
pub const BIG: usize = 4096;
/// Distance of the guard from the lowest address.
pub const GUARD: usize = NOSPLIT + SMALL;
/// A guard above every stack pointer: the next prologue calls for more stack, and finds that it is to yield.
pub const PREEMPT: usize = -1314_isize as usize;
/// A guard above every stack pointer: this stack must not grow while the process forks.
pub const FORK: usize = -1234_isize as usize;

const _: () = assert!(GUARD == 928 && PREEMPT == 0xffff_ffff_ffff_fade);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_half_open() {
        let b = Bounds { lo: 4096, hi: 6144 };
        assert!(b.contains(4096) && b.contains(6143) && !b.contains(6144) && !b.contains(4095));
        assert_eq!((b.size(), b.guard(), b.is_none()), (2048, 4096 + 928, false));
        assert!(Bounds::NONE.is_none() && !Bounds::NONE.contains(0));
    }
}
