//! Where fibers get their stacks, and where these go afterwards: the seam [`Stacks`], and its answer for those who keep none,
//! [`NewStacks`]. That of those who do is [`FixedPool`].

use crate::fixed::{FixedPool, FixedStack};

/// A supply of fixed stacks, for [`Scope::fiber_on`](crate::Scope::fiber_on).
///
/// Both methods are called by the thread that makes a fiber, or ends it, with nothing locked. `give` should not panic: a fiber ends
/// while others unwind, and where it is dropped in an unwinding, two panics end the process. The end of a scope goes on all the same.
pub trait Stacks {
    /// A stack; `None` if there is none to be had.
    fn take(&self) -> Option<FixedStack>;

    /// Takes back a stack that nothing runs on any more.
    fn give(&self, stack: FixedStack);
}

impl Stacks for FixedPool {
    #[inline]
    fn take(&self) -> Option<FixedStack> {
        self.alloc()
    }

    #[inline]
    fn give(&self, stack: FixedStack) {
        self.free(stack);
    }
}

/// Stacks with so many usable bytes, each from the system and back to it.
#[derive(Clone, Copy, Debug)]
pub struct NewStacks(pub usize);

impl Stacks for NewStacks {
    fn take(&self) -> Option<FixedStack> {
        FixedStack::new(self.0)
    }

    fn give(&self, stack: FixedStack) {
        drop(stack);
    }
}
