//! What a thread has: a cache, and lists of freed objects. How it comes by it, and what becomes of it when the thread ends.
//!
//! # Life of a `Local`
//!
//! It is made for a thread's first allocation, or taken from those of threads that ended. When the thread ends, what the `Local`
//! keeps goes back to the heap, and it waits for another thread; it is never unmapped. So there are as many as there were
//! threads at once. A thread that has a handle (`thread`) left when its thread-local values are destroyed keeps its `Local` until
//! the last handle is dropped; if that is leaked, the `Local` is.
//!
//! # Who reads what
//!
//! Everything in a `Local` is its thread's, and cells are enough; but [`Own`] numbers, which statistics read from other threads. An
//! object that was allocated is in use, or counted in the `freed` of some thread; so the objects in use are the sum over all threads
//! of `taken` minus `freed`. To know it costs the fast path nothing: that the length of the list is counted is enough.

use crate::cache::Cache;
use crate::counter::Counter;
use crate::heap::Heap;
use crate::layout::Layout;
use crate::loom::{AtomicU64, Lock, Ordering::*};
use crate::os::OsPages;
use crate::size_class::{CLASSES, SIZES, SpanClass};
use crate::span::Span;
use core::ptr::{null, null_mut};
use std::cell::Cell;

/// The heap behind every [`GoxideAlloc`](super::GoxideAlloc).
pub(super) static HEAP: Heap<OsPages> = Heap::new(OsPages);

/// Bytes that a thread keeps in the list of a class, at most.
pub const KEEP_BYTES: usize = 128 << 10;
/// Objects that a thread keeps in the list of a class, at most.
const KEEP: usize = 1024;

/// The same for each class.
const MAX_KEPT: [u64; CLASSES] = {
    let mut max = [0; CLASSES];
    let mut class = 1;
    while class < CLASSES {
        let n = KEEP_BYTES / SIZES[class] as usize;
        max[class] = if n > KEEP { KEEP as u64 } else { n as u64 };
        assert!(max[class] >= 2);
        class += 1;
    }
    max
};

/// A number that one thread writes and others may read. What they read is exact once they have synchronised with that thread; until then it is
/// for people to look at, and nothing is decided by it. So its stores are relaxed: on arm64 others would cost the fast path time.
struct Own(AtomicU64);

impl Own {
    const fn new() -> Own {
        Own(AtomicU64::new(0))
    }

    #[inline(always)]
    fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }

    /// Adds `n` and returns the sum. By the owner: two writers would lose counts.
    #[inline(always)]
    fn add(&self, n: u64) -> u64 {
        let sum = self.get().wrapping_add(n);
        self.0.store(sum, Relaxed);
        sum
    }
}

/// Freed objects of a class, and what the thread did with the class.
pub(super) struct List {
    head: Cell<*mut Node>,
    /// Objects that came into the list, less those that were allocated from it.
    freed: Own,
    /// The `freed` at which the list is full: objects that went back to their spans, and the most that are kept.
    limit: Cell<u64>,
    /// Objects that the thread allocated from its cache.
    taken: Own,
}

struct Node {
    next: *mut Node,
}

impl List {
    /// Objects in the list. Its thread's only.
    pub(super) fn len(&self, class: usize) -> u64 {
        self.freed.get() - (self.limit.get() - MAX_KEPT[class])
    }

    /// Objects that the thread allocated, less those that it freed: modulo 2^64, since it may free for others. By any thread; of one that
    /// works meanwhile, both numbers from the same moment, unless they change too often to be seen so.
    pub(super) fn balance(&self) -> u64 {
        let mut freed = self.freed.0.load(Acquire);
        for _ in 0..16 {
            let taken = self.taken.0.load(Acquire);
            let again = self.freed.0.load(Acquire);
            if again == freed {
                return taken.wrapping_sub(freed);
            }
            freed = again;
        }
        self.taken.get().wrapping_sub(freed)
    }
}

/// What a thread has.
pub(super) struct Local {
    pub(super) lists: [List; CLASSES],
    cache: *mut Cache,
    /// Handles to this that there are.
    handles: Cell<usize>,
    /// The thread's values are destroyed; with the last handle this will be given up.
    ended: Cell<bool>,
    /// Link of the list of unused ones, under the lock of [`THREADS`].
    next_unused: Cell<*mut Local>,
    /// Link of the list of all of them; as it was made.
    next: *mut Local,
}

/// All `Local`s there are.
pub(super) struct Threads {
    /// Those of threads that ended, for threads to come.
    unused: *mut Local,
    /// All.
    all: *mut Local,
    /// How many are in use.
    running: usize,
}

// SAFETY: an unused `Local` belongs to the thread that takes it from the list, under its lock; of others only the numbers that any thread may
// read are reached through the list.
unsafe impl Send for Threads {}

static THREADS: Lock<Threads> = Lock::new(Threads { unused: null_mut(), all: null_mut(), running: 0 });
/// For allocation while a thread is being torn down and has given up its `Local`.
static LAST_RESORT: Lock<Cache> = Lock::new(Cache::new());
/// What threads without a `Local` did, by class.
pub(super) static WITHOUT: [Without; CLASSES] =
    [const { Without { taken: Counter::new(), freed: Counter::new() } }; CLASSES];

/// Objects of a class that threads without a `Local` allocated and freed.
pub(super) struct Without {
    taken: Counter,
    freed: Counter,
}

impl Without {
    /// Allocated ones, less freed ones: modulo 2^64, since others' are freed, too.
    pub(super) fn balance(&self) -> u64 {
        // Read first, so that an object of which both happen meanwhile is not freed alone.
        let freed = self.freed.get() as u64;
        (self.taken.get() as u64).wrapping_sub(freed)
    }
}

thread_local! {
    /// This thread's `Local`; null before the first allocation and after the last.
    static LOCAL: Cell<*mut Local> = const { Cell::new(null_mut()) };
    /// Gives the `Local` up when the thread ends.
    static GUARD: Guard = const { Guard };
}

struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        // SAFETY: null, or this thread's.
        if let Some(local) = unsafe { LOCAL.get().as_ref() } {
            local.ended.set(true);
            local.give_up_if_over();
        }
    }
}

impl Local {
    /// The calling thread's `Local`; null if it cannot have one (any more).
    #[inline(always)]
    pub(super) fn of_thread() -> *const Local {
        let local = LOCAL.get();
        if local.is_null() { Local::start() } else { local }
    }

    /// The calling thread's `Local` if it has one, else null.
    #[inline(always)]
    pub(super) fn if_any() -> *const Local {
        LOCAL.get()
    }

    /// The calling thread's `Local`, made if it has none. Null if it cannot have one (any more).
    #[cold]
    #[inline(never)]
    fn start() -> *mut Local {
        // Once the guard is gone, a new Local would never be given up.
        if GUARD.try_with(|_| ()).is_err() {
            return null_mut();
        }
        let mut local = THREADS.with(|t| {
            let l = t.unused;
            // SAFETY: null or an unused Local, ours now.
            if let Some(r) = unsafe { l.as_ref() } {
                t.unused = r.next_unused.get();
                t.running += 1;
            }
            l
        });
        if local.is_null() {
            local = Local::make();
        }
        LOCAL.set(local);
        local
    }

    /// A new `Local`, in use. Null when out of memory.
    fn make() -> *mut Local {
        begin();
        let local: *mut Local = HEAP.persistent_alloc(size_of::<Local>(), align_of::<Local>()).cast();
        let cache = HEAP.new_cache();
        if local.is_null() || cache.is_null() {
            return null_mut();
        }
        let list = |class| List {
            head: Cell::new(null_mut()),
            freed: Own::new(),
            limit: Cell::new(MAX_KEPT[class]),
            taken: Own::new(),
        };
        let (lists, handles, ended) = (core::array::from_fn(list), Cell::new(0), Cell::new(false));
        THREADS.with(|t| {
            let next_unused = Cell::new(null_mut());
            // SAFETY: room for a Local that is ours until it is in the list.
            unsafe { local.write(Local { lists, cache, handles, ended, next_unused, next: t.all }) };
            t.all = local;
            t.running += 1;
        });
        local
    }

    /// One more handle.
    pub(super) fn hold(&self) {
        self.handles.set(self.handles.get() + 1);
    }

    /// One handle less.
    pub(super) fn let_go(&self) {
        self.handles.set(self.handles.get() - 1);
        self.give_up_if_over();
    }

    /// Gives everything up, for another thread to have, if this thread's end has come and no handle is left.
    fn give_up_if_over(&self) {
        if !self.ended.get() || self.handles.get() > 0 {
            return;
        }
        LOCAL.set(null_mut());
        self.give_back_all();
        self.ended.set(false);
        THREADS.with(|t| {
            self.next_unused.set(t.unused);
            t.unused = core::ptr::from_ref(self).cast_mut();
            t.running -= 1;
        });
    }

    /// A new object. `size` bytes, at most the class's, are cleared if `zero` says so. Null when out of memory.
    #[inline(always)]
    pub(super) fn alloc(&self, class: u8, size: usize, zero: bool) -> *mut u8 {
        let list = &self.lists[class as usize];
        let node = list.head.get();
        if !node.is_null() {
            // SAFETY: a free object of this class, with a link in its first word and room for `size` bytes.
            unsafe {
                list.head.set((*node).next);
                list.freed.add(1u64.wrapping_neg());
                if zero {
                    goxide_sys::mem::clear(node.cast(), size);
                }
            }
            return node.cast();
        }
        // SAFETY: a Local has a cache, used by its thread only.
        let p = alloc_from(unsafe { &mut *self.cache }, class, size, zero);
        if !p.is_null() {
            list.taken.add(1);
        }
        p
    }

    /// Frees an object.
    ///
    /// # Safety
    /// `ptr` is an object of this class and [`HEAP`], was not freed, and is not used any more.
    #[inline(always)]
    pub(super) unsafe fn dealloc(&self, ptr: *mut u8, class: u8) {
        let list = &self.lists[class as usize];
        let node: *mut Node = ptr.cast();
        // SAFETY: the object is not used any more (this function's contract), and every class has room for a link.
        unsafe { (*node).next = list.head.get() };
        list.head.set(node);
        if list.freed.add(1) > list.limit.get() {
            self.give_back(class as usize, MAX_KEPT[class as usize] / 2);
        }
    }

    /// Returns all that the thread keeps for later: what it freed, and what its cache holds.
    pub(super) fn give_back_all(&self) {
        for class in 1..CLASSES {
            self.give_back(class, 0);
        }
        // SAFETY: a Local has a cache, used by its thread only.
        unsafe { (*self.cache).flush(&HEAP) };
    }

    /// Returns objects of a class to their spans until `keep` are left in the list.
    #[cold]
    #[inline(never)]
    fn give_back(&self, class: usize, keep: u64) {
        let list = &self.lists[class];
        // Neighbours in the list are often neighbours in a span: their bits are set together.
        let (mut run, mut word, mut bits): (*const Span, usize, u64) = (null(), 0, 0);
        let flush = |run: *const Span, word, bits| {
            if bits != 0 {
                let central = HEAP.central(SpanClass::new(class as u8, true));
                // SAFETY: objects of this span, class and word that their users gave up.
                unsafe { central.free(run.cast_mut(), word, bits) };
            }
        };
        for _ in keep..list.len(class) {
            let node = list.head.get();
            // SAFETY: objects in the list were freed by their users, and their first word is a link.
            list.head.set(unsafe { (*node).next });
            list.limit.set(list.limit.get() + 1);
            let Some((_, index, span)) = HEAP.object_of(node as usize) else { continue };
            if !core::ptr::eq(run, span) || word != index / 64 {
                flush(run, word, bits);
                (run, word, bits) = (span, index / 64, 0);
            }
            bits |= 1 << (index % 64);
        }
        flush(run, word, bits);
    }

    /// Spans that the thread's cache holds, and bytes of free objects in them. Its thread's only.
    pub(super) fn held(&self) -> (usize, usize) {
        // SAFETY: a Local has a cache, used by its thread only.
        unsafe { (*self.cache).held_room() }
    }
}

/// Says, before anything is allocated from it, that the heap is not a collector's.
#[inline(always)]
pub(super) fn begin() {
    if !HEAP.explicit() {
        // SAFETY: nothing was allocated from the heap before, since it is private to this module, and each way to it comes through here first.
        // No collector marks or sweeps it: what does that is unsafe, and asks for a heap whose freeing is not explicit.
        unsafe { HEAP.enable_free() };
    }
}

/// A new object from a cache of this heap. Null when out of memory.
#[inline(always)]
fn alloc_from(cache: &mut Cache, class: u8, size: usize, zero: bool) -> *mut u8 {
    let sc = SpanClass::known(class, true);
    loop {
        // SAFETY: the class fits the size and is not 0, and has no pointers, so that no layout is looked at.
        let p = unsafe { cache.alloc_class_fast(sc, size, const { &Layout::NOSCAN }, zero) };
        if !p.is_null() || cache.refill(&HEAP, sc).is_err() {
            return p;
        }
    }
}

/// [`Local::alloc`] on a thread that cannot have one (any more).
#[cold]
#[inline(never)]
pub(super) fn alloc_without(class: u8, size: usize, zero: bool) -> *mut u8 {
    begin();
    let p = LAST_RESORT.with(|cache| alloc_from(cache, class, size, zero));
    if !p.is_null() {
        WITHOUT[class as usize].taken.add(1);
    }
    p
}

/// [`Local::dealloc`] on a thread that has none, yet or any more.
///
/// # Safety
/// As for it.
#[cold]
#[inline(never)]
pub(super) unsafe fn dealloc_without(ptr: *mut u8, class: u8) {
    WITHOUT[class as usize].freed.add(1);
    // SAFETY: an object of this heap that was not freed and is not used any more (this function's contract).
    unsafe { HEAP.free(ptr) };
}

/// Calls `f` with every `Local` there is, in use or not, and returns how many are in use. `f` may read their numbers only. Threads that begin
/// and end wait meanwhile.
pub(super) fn for_each(mut f: impl FnMut(&[List; CLASSES])) -> usize {
    THREADS.with(|t| {
        let mut at = t.all;
        // SAFETY: null, or a Local, which is never unmapped; its link is as it was made. `f` reads what any thread may.
        while let Some(local) = unsafe { at.as_ref() } {
            f(&local.lists);
            at = local.next;
        }
        t.running
    })
}
