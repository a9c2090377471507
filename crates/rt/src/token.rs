//! Proofs, as types without a size, that the running thread holds a processor ([`Processor`]), and is on its system stack besides
//! ([`System`]). What a proof gives, the processor's part and the words of the running goroutine that an entry works with, is in
//! [`crate::state`].
//!
//! The stub of an entry makes the proof, by the way it calls: the entry's function takes the token as its first argument, for
//! which the C ABI of both machines uses no register. From there it is lent from function to function ([`System::lend`]), always
//! by value, which costs nothing, and what it gives is borrowed from it. So nothing else on this thread has the same reference; and
//! what may come to run an entry (a Go function called on the system stack, say) takes the token too, so that nothing is
//! borrowed meanwhile.
//!
//! Rust makes a token out of nothing in few places, where a subsystem or the kernel calls back: `cargo xtask tidy` knows them all.
//! There `assume` asks for the proof in words.

use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

/// The thread holds a processor, and keeps it while this is in use; and of what is in use on it, nothing else was borrowed from
/// the processor's part (what lies beside that and is reached by it, marker and caches, counts if this is asked for it). What a leaf that needs one takes: it says nothing about the stack, so it allows no waiting, and
/// nothing that is deep.
#[repr(C)]
pub struct Processor<'t> {
    loan: PhantomData<&'t mut ()>,
    /// It is this thread's.
    thread: PhantomData<*mut ()>,
}

/// Besides, this is the system stack, and no lock is held: in a system entry of the current goroutine (g0, if a timer's
/// function called it), in a finish half of one, or in what the scheduler or the collector asks for there. The context of the
/// goroutine is saved, so that its frames may be walked, and moved.
#[repr(C)]
pub struct System<'t> {
    processor: Processor<'t>,
}

// Arguments that take no register.
const _: () = assert!(size_of::<Processor<'_>>() == 0 && align_of::<Processor<'_>>() == 1);
const _: () = assert!(size_of::<System<'_>>() == 0 && align_of::<System<'_>>() == 1);

impl<'t> Processor<'t> {
    /// The proof, where no stub makes it.
    ///
    /// # Safety
    /// During `'t` this thread holds a processor, and only this token is in use: nothing that was borrowed by another.
    #[inline(always)]
    pub unsafe fn assume() -> Processor<'t> {
        Processor { loan: PhantomData, thread: PhantomData }
    }

    /// The same, for a call.
    #[inline(always)]
    pub fn lend(&mut self) -> Processor<'_> {
        // SAFETY: it lasts no longer than this token, which cannot be used before it is over.
        unsafe { Processor::assume() }
    }

    /// The same, for the methods of a seam.
    #[inline(always)]
    pub fn share(self) -> Shared<'t> {
        Shared { loan: PhantomData, thread: PhantomData }
    }
}

impl<'t> System<'t> {
    /// The proof, where no stub makes it.
    ///
    /// # Safety
    /// During `'t` this thread holds a processor, is on its system stack, and holds no lock; if its current goroutine is not g0,
    /// that one's context is saved. Only this token is in use then: nothing that was borrowed from the processor's part by another.
    #[inline(always)]
    pub unsafe fn assume() -> System<'t> {
        // SAFETY: the thread holds a processor during `'t`, and no other token is in use then (this function's contract).
        System { processor: unsafe { Processor::assume() } }
    }

    /// The same, for a call.
    #[inline(always)]
    pub fn lend(&mut self) -> System<'_> {
        System { processor: self.processor.lend() }
    }

    /// That there is a processor.
    #[inline(always)]
    pub fn processor(&mut self) -> Processor<'_> {
        self.processor.lend()
    }

    /// [`processor`](Self::processor), for as long as this could be used.
    #[inline(always)]
    pub fn into_processor(self) -> Processor<'t> {
        self.processor
    }
}

impl<'t> Deref for System<'t> {
    type Target = Processor<'t>;

    #[inline(always)]
    fn deref(&self) -> &Processor<'t> {
        &self.processor
    }
}

impl DerefMut for System<'_> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.processor
    }
}

/// A token that the methods of a seam have together: each takes it for itself while it runs.
#[derive(Clone, Copy)]
pub struct Shared<'t> {
    loan: PhantomData<&'t mut ()>,
    thread: PhantomData<*mut ()>,
}

impl<'t> Shared<'t> {
    /// The token, for a method of the seam.
    ///
    /// # Safety
    /// What an earlier call gave, and what was borrowed from that, is not used while this is.
    #[inline(always)]
    pub unsafe fn processor(self) -> Processor<'t> {
        // SAFETY: this was made of a token that lasts as long and was used up, so the thread holds a processor, and what may be
        // borrowed from its part is what this gave; nothing of that is used meanwhile (this function's contract).
        unsafe { Processor::assume() }
    }

    /// The token, on the system stack.
    ///
    /// # Safety
    /// This was made of a [`System`]. What an earlier call gave, and what was borrowed from that, is not used while this is.
    #[inline(always)]
    pub unsafe fn system(self) -> System<'t> {
        // SAFETY: nothing that an earlier call gave is used meanwhile (this function's contract). That this is the system stack,
        // without a lock, said the `System` that this was made of, which lasts as long.
        System { processor: unsafe { self.processor() } }
    }
}
