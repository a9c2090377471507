//! The allocator as a Rust program's global allocator: one heap for the process, a cache per thread.
//!
//! Freed objects go to a short list per class in the freeing thread, linked through the objects themselves, and are
//! allocated from there again; only what is too much for the list goes back to its span. That is all this module adds
//! to `cache` and `heap`: it has no share in the freestanding build.

use crate::cache::{Cache, CacheStats};
use crate::heap::Heap;
use crate::layout::Layout;
use crate::loom::Lock;
use crate::os::OsPages;
use crate::size_class::{CLASSES, MAX_SMALL, PAGE, SIZES, SpanClass, class_of, round_up};
use crate::span::Span;
use core::alloc::GlobalAlloc;
use core::ptr::{null, null_mut};
use std::cell::Cell;

/// The heap behind every [`GoxideAlloc`].
static HEAP: Heap<OsPages> = Heap::new(OsPages);

/// Bytes that a thread keeps in the list of a class, at most.
pub const KEEP_BYTES: usize = 128 << 10;
/// Objects that a thread keeps in the list of a class, at most.
const KEEP: usize = 1024;

/// A `GlobalAlloc` over this crate's heap. All values are the same allocator.
///
/// ```
/// #[global_allocator]
/// static ALLOC: goxide_alloc::GoxideAlloc = goxide_alloc::GoxideAlloc;
///
/// let v: Vec<u64> = (0..1000).collect();
/// assert_eq!(v.iter().sum::<u64>(), 499_500);
/// ```
#[derive(Clone, Copy, Default, Debug)]
pub struct GoxideAlloc;

/// What a thread has: a cache, and lists of freed objects.
struct Local {
    lists: [List; CLASSES],
    cache: *mut Cache,
    /// Link of the list of unused `Local`s.
    next: *mut Local,
}

#[derive(Clone, Copy)]
struct List {
    head: *mut Node,
    len: u32,
    max: u32,
}

struct Node {
    next: *mut Node,
}

/// `Local`s of threads that ended, for threads to come.
struct Unused(*mut Local);

// SAFETY: an unused `Local` belongs to the thread that takes it from the list, under its lock.
unsafe impl Send for Unused {}

static UNUSED: Lock<Unused> = Lock::new(Unused(null_mut()));
/// For allocation while a thread is being torn down and has given up its `Local`.
static LAST_RESORT: Lock<Cache> = Lock::new(Cache::new());

thread_local! {
    /// This thread's `Local`; null before the first allocation and after the last.
    static LOCAL: Cell<*mut Local> = const { Cell::new(null_mut()) };
    /// Gives the `Local` up when the thread ends.
    static GUARD: Guard = const { Guard };
}

struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        let local = LOCAL.replace(null_mut());
        // SAFETY: null, or this thread's, which will not find it any more.
        if let Some(l) = unsafe { local.as_mut() } {
            l.give_back_all();
            UNUSED.with(|u| {
                l.next = u.0;
                u.0 = local;
            });
        }
    }
}

impl Local {
    /// The calling thread's `Local`; null if it cannot have one (any more).
    #[inline(always)]
    fn of_thread() -> *mut Local {
        let local = LOCAL.get();
        if local.is_null() { Local::start() } else { local }
    }

    /// Returns all that the thread keeps for later: what it freed, and what its cache holds.
    fn give_back_all(&mut self) {
        for class in 1..CLASSES {
            self.give_back(class, 0);
        }
        // SAFETY: a Local has a cache, used by its thread only.
        unsafe { (*self.cache).flush(&HEAP) };
    }

    /// The calling thread's `Local`, made if it has none. Null if it cannot have one (any more).
    #[cold]
    #[inline(never)]
    fn start() -> *mut Local {
        // Once the guard is gone, a new Local would never be given up.
        if GUARD.try_with(|_| ()).is_err() {
            return null_mut();
        }
        let mut local = UNUSED.with(|u| {
            let l = u.0;
            // SAFETY: null or an unused Local, ours now.
            if let Some(r) = unsafe { l.as_ref() } {
                u.0 = r.next;
            }
            l
        });
        if local.is_null() {
            // SAFETY: no `Local` was made before, and nothing allocates from the heap without one, except for the last
            // resort of a thread whose `Local` is gone.
            unsafe { HEAP.enable_free() };
            local = HEAP.persistent_alloc(size_of::<Local>(), align_of::<Local>()).cast();
            let cache = HEAP.new_cache();
            if local.is_null() || cache.is_null() {
                return null_mut();
            }
            let mut lists = [List { head: null_mut(), len: 0, max: 0 }; CLASSES];
            for (list, size) in lists.iter_mut().zip(SIZES).skip(1) {
                list.max = (KEEP_BYTES / size as usize).clamp(2, KEEP) as u32;
            }
            // SAFETY: room for a Local that is ours.
            unsafe { local.write(Local { lists, cache, next: null_mut() }) };
        }
        LOCAL.set(local);
        local
    }

    /// Returns objects of a class to their spans until `keep` are left in the list.
    #[cold]
    #[inline(never)]
    fn give_back(&mut self, class: usize, keep: u32) {
        let list = &mut self.lists[class];
        // Neighbours in the list are often neighbours in a span: their bits are set together.
        let (mut run, mut word, mut bits): (*const Span, usize, u64) = (null(), 0, 0);
        let flush = |run: *const Span, word, bits| {
            if bits != 0 {
                let central = HEAP.central(SpanClass::new(class as u8, true));
                // SAFETY: objects of this span, class and word that their users gave up.
                unsafe { central.free(run.cast_mut(), word, bits) };
            }
        };
        while list.len > keep {
            let node = list.head;
            // SAFETY: objects in the list were freed by their users, and their first word is a link.
            list.head = unsafe { (*node).next };
            list.len -= 1;
            let Some((_, index, span)) = HEAP.object_of(node as usize) else { continue };
            if !core::ptr::eq(run, span) || word != index / 64 {
                flush(run, word, bits);
                (run, word, bits) = (span, index / 64, 0);
            }
            bits |= 1 << (index % 64);
        }
        flush(run, word, bits);
    }
}

/// The size to ask for so that `size` bytes at `align` come out: classes of powers of two are aligned to their size,
/// large objects to a page.
#[inline(always)]
fn padded(size: usize, align: usize) -> Option<usize> {
    if align <= 8 {
        return Some(size);
    }
    if align == 16 && size > 8 && size <= 1024 {
        // Classes from 16 on are multiples of 16, except 24 bytes.
        return Some(if size > 16 && size <= 24 { 32 } else { size });
    }
    if size.max(align) <= MAX_SMALL && align <= PAGE {
        return Some(size.max(align).next_power_of_two());
    }
    if align <= PAGE {
        return Some(size.max(MAX_SMALL + 1));
    }
    None
}

/// Objects aligned to more than a page: large ones, whatever their size, at a page that is.
#[cold]
fn alloc_aligned(size: usize, align: usize, zero: bool) -> *mut u8 {
    let local = Local::of_thread();
    let mut few = CacheStats::ZERO;
    // SAFETY: null, or this thread's, and nothing else uses it in the meantime. Its cache counts the object.
    let stats = unsafe { local.as_mut().map_or(&mut few, |l| (*l.cache).stats_mut()) };
    let p = HEAP.alloc_large(stats, size, align, &Layout::NOSCAN, zero).unwrap_or(null_mut());
    HEAP.absorb(&mut few);
    p
}

#[inline]
fn alloc_padded(size: usize, zero: bool) -> *mut u8 {
    // SAFETY: null, or this thread's, which is only used here and in `dealloc`, not at the same time.
    let Some(local) = (unsafe { Local::of_thread().as_mut() }) else {
        // SAFETY: no pointers, one heap for this cache.
        return LAST_RESORT.with(|c| unsafe { c.alloc(&HEAP, size.max(16), &Layout::NOSCAN, zero) });
    };
    if size <= MAX_SMALL {
        let class = class_of(size);
        let list = &mut local.lists[class as usize];
        let node = list.head;
        if !node.is_null() {
            // SAFETY: a free object of this class, with a link in its first word.
            unsafe {
                list.head = (*node).next;
                list.len -= 1;
                if zero {
                    goxide_sys::mem::clear(node.cast(), size);
                }
            }
            return node.cast();
        }
        // SAFETY: the class fits, there are no pointers; the cache is this thread's.
        unsafe {
            let cache = &mut *local.cache;
            let sc = SpanClass::known(class, true);
            loop {
                let p = cache.alloc_class_fast(sc, size, &Layout::NOSCAN, zero);
                if !p.is_null() || cache.refill(&HEAP, sc).is_err() {
                    return p;
                }
            }
        }
    }
    // SAFETY: no pointers; the cache is this thread's.
    let slow = unsafe { (*local.cache).alloc_slow(&HEAP, size, &Layout::NOSCAN, zero) };
    slow.map_or(null_mut(), |slow| slow.object)
}

// SAFETY: objects are disjoint, sized and aligned as asked, and stay until they are deallocated.
unsafe impl GlobalAlloc for GoxideAlloc {
    #[inline]
    unsafe fn alloc(&self, layout: core::alloc::Layout) -> *mut u8 {
        match padded(layout.size(), layout.align()) {
            Some(size) => alloc_padded(size, false),
            None => alloc_aligned(layout.size(), layout.align(), false),
        }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: core::alloc::Layout) -> *mut u8 {
        match padded(layout.size(), layout.align()) {
            Some(size) => alloc_padded(size, true),
            None => alloc_aligned(layout.size(), layout.align(), true),
        }
    }

    #[inline]
    unsafe fn dealloc(&self, ptr: *mut u8, layout: core::alloc::Layout) {
        let Some(size) = padded(layout.size(), layout.align()) else {
            // SAFETY: allocated by `alloc_aligned`, not used any more.
            unsafe { HEAP.free(ptr) };
            return;
        };
        // SAFETY: null, or this thread's.
        let local = unsafe { LOCAL.get().as_mut() };
        if size <= MAX_SMALL
            && let Some(local) = local
        {
            let class = class_of(size) as usize;
            let list = &mut local.lists[class];
            let node: *mut Node = ptr.cast();
            // SAFETY: the object is not used any more, and every class has room for a link.
            unsafe { (*node).next = list.head };
            list.head = node;
            list.len += 1;
            if list.len > list.max {
                let keep = list.max / 2;
                local.give_back(class, keep);
            }
            return;
        }
        // SAFETY: allocated from this heap, not used any more.
        unsafe { HEAP.free(ptr) };
    }

    #[inline]
    unsafe fn realloc(&self, ptr: *mut u8, layout: core::alloc::Layout, new_size: usize) -> *mut u8 {
        let align = layout.align();
        if let (Some(old), Some(new)) = (padded(layout.size(), align), padded(new_size, align))
            && round_up(old) == round_up(new)
        {
            return ptr;
        }
        // SAFETY: `new_size` is not 0 and does not overflow with this alignment, and `ptr` is an object of `layout`
        // (`realloc`'s contract). It is copied, then freed, and not used any more.
        unsafe {
            let to = self.alloc(core::alloc::Layout::from_size_align_unchecked(new_size, align));
            if !to.is_null() {
                core::ptr::copy_nonoverlapping(ptr, to, layout.size().min(new_size));
                self.dealloc(ptr, layout);
            }
            to
        }
    }
}

impl GoxideAlloc {
    /// The heap that all of them share, for its statistics and to give memory back. Its statistics count what goes
    /// from spans to threads and back (of running threads: only once they end), not what threads recycle themselves.
    ///
    /// What only a collector may do to a heap, safe code cannot do to this one:
    ///
    /// ```compile_fail,E0133
    /// #![forbid(unsafe_code)]
    /// use goxide_alloc::GoxideAlloc;
    ///
    /// // Nothing is marked, so everything would be freed.
    /// GoxideAlloc::heap().begin_sweep();
    /// ```
    pub fn heap() -> &'static Heap<OsPages> {
        &HEAP
    }

    /// Gives up to `bytes` of memory back to the system, once it is known to be free: first what the calling thread keeps
    /// for later goes back to the heap, which then does as [`Heap::release_unused`] says. Returns how many bytes the system
    /// got. What other threads keep stays theirs: up to [`KEEP_BYTES`] of each size, and the spans of their caches.
    pub fn release_unused(bytes: usize) -> usize {
        // SAFETY: null, or this thread's, which nothing else uses in the meantime.
        if let Some(local) = unsafe { LOCAL.get().as_mut() } {
            local.give_back_all();
        }
        HEAP.release_unused(bytes)
    }
}
