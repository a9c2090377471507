//! The seam: what the poller asks of its embedder ([`Host`]), and how tasks and timers are named ([`Task`], [`Key`]).

use core::marker::PhantomData;
use core::ptr::NonNull;

/// A task handle that fits into one word.
///
/// # Safety
/// The word is a multiple of 8, at least 16 and below 2^48, as addresses of records are on x86-64 and aarch64 Linux, which give out no
/// higher ones unless asked for them.
pub unsafe trait Task: Copy {
    /// The handle as a word.
    fn into_word(self) -> usize;
    /// The handle back.
    ///
    /// # Safety
    /// `word` came from [`Task::into_word`] of the same type.
    unsafe fn from_word(word: usize) -> Self;
}

// SAFETY: an address of something of alignment 8, which the poller checks before it keeps it.
unsafe impl<T> Task for *mut T {
    #[inline]
    fn into_word(self) -> usize {
        self.expose_provenance()
    }
    #[inline]
    unsafe fn from_word(word: usize) -> Self {
        core::ptr::with_exposed_provenance_mut(word)
    }
}

// SAFETY: an address of something of alignment 8, which the poller checks before it keeps it; a word that came from an address that is
// not null leads back to one.
unsafe impl<T> Task for NonNull<T> {
    #[inline]
    fn into_word(self) -> usize {
        self.as_ptr().into_word()
    }
    #[inline]
    unsafe fn from_word(word: usize) -> Self {
        // SAFETY: `word` came from `into_word`, which never gives 0.
        unsafe { NonNull::new_unchecked(core::ptr::with_exposed_provenance_mut(word)) }
    }
}

// SAFETY: the word itself, which the poller checks before it keeps it.
unsafe impl Task for usize {
    #[inline]
    fn into_word(self) -> usize {
        self
    }
    #[inline]
    unsafe fn from_word(word: usize) -> Self {
        word
    }
}

/// Which descriptor's timer it is: a word that goes with the timer, back to [`Poller::expire`](crate::Poller::expire).
#[derive(Debug)]
pub struct Key<H>(usize, PhantomData<fn() -> H>);

impl<H> Clone for Key<H> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<H> Copy for Key<H> {}

impl<H> Key<H> {
    /// The key as a word: an address, never freed.
    #[inline]
    pub fn into_word(self) -> usize {
        self.0
    }

    /// The key back.
    ///
    /// # Safety
    /// `word` came from [`Key::into_word`] of the same type.
    #[inline]
    pub unsafe fn from_word(word: usize) -> Self {
        Key(word, PhantomData)
    }
}

/// The embedder. One value is moved into the poller, which calls it through `&self` from whatever threads call the poller.
///
/// # Safety
/// The poller relies on what the methods say: memory that is zeroed, aligned and kept, and a timer that is not used after it was
/// stopped.
pub unsafe trait Host: Sized + 'static {
    /// How the embedder names a task.
    type Task: Task;
    /// What the embedder keeps in each descriptor for its timer. All zero bytes: one that does not run.
    type Timer: 'static;

    /// A monotonic clock in nanoseconds, above 0: the one that deadlines are times of.
    fn now(&self) -> i64;

    /// Makes a parked task runnable. Called without locks, by [`Poller::expire`](crate::Poller::expire),
    /// [`shut`](crate::Poller::shut) and [`set_deadline`](crate::Poller::set_deadline); tasks whose descriptor is ready come out of
    /// [`poll`](crate::Poller::poll) instead.
    ///
    /// # Safety
    /// `task` waits, and no other than the caller has the duty to ready it.
    unsafe fn ready(&self, task: Self::Task);

    /// Starts a descriptor's timer, or moves it if it runs: [`Poller::expire`](crate::Poller::expire) is to be called with `key` and `seq` at
    /// `when` or soon after. Called with the descriptor's lock held; must not call the poller.
    ///
    /// # Safety
    /// `timer` belongs to the descriptor that `key` names, and is never freed. One call at a time is made for it.
    unsafe fn start_timer(&self, timer: *mut Self::Timer, key: Key<Self>, when: i64, seq: usize);

    /// Stops a descriptor's timer, which runs or has expired. It may expire all the same if it is just about to: its `seq` says that it is
    /// stale.
    ///
    /// # Safety
    /// As for [`Host::start_timer`].
    unsafe fn stop_timer(&self, timer: *mut Self::Timer, key: Key<Self>);

    /// Memory for descriptors: all zero bytes, never freed; null if there is none.
    ///
    /// # Safety
    /// `align` is a power of two, and divides `bytes`.
    unsafe fn alloc(&self, bytes: usize, align: usize) -> *mut u8;
}
