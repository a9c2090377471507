//! What an embedder keeps in the scheduler's descriptors: the lower half of the seam, which [`crate::Host`] completes.

/// The types that an embedder puts into descriptors.
pub trait Ext: Sized {
    /// What the embedder keeps in each task.
    type TaskExt;
    /// What the embedder keeps in each thread.
    type ThreadExt;
    /// What the embedder keeps in each processor (caches, usually).
    type ProcExt;
    /// Why a task waits, in the embedder's words: one byte, for readers from outside.
    type Reason: Copy + Default;
    /// Which of the embedder's finish halves completes an operation: see [`crate::Host::finish`]. At most four bytes.
    type Finish: Copy;
    /// What the embedder does with a unit of a semaphore that a task has got: see [`crate::Host::acquired`].
    type Acquired: Copy;

    /// Bytes between the low end of a stack and the guard that prologues compare with.
    const GUARD: usize = crate::os::GUARD;
}
