//! Sweeping: after a collector has found out what is alive, everything else becomes free, span by span.
//!
//! At the end of marking, with the world stopped and the caches flushed, [`Heap::begin_sweep`] declares all spans unswept,
//! at a cost that does not depend on their number. From then on a cache that needs a span of a class sweeps that class
//! first (from a cache's refill), and others sweep on behind ([`Heap::sweep_one`]): a background task, and the thread that
//! is about to take new pages. The next marking may begin when [`Heap::unswept`] is 0.
//!
//! A span is swept by one thread, which holds it: it is in no list in the meantime. Objects with special records
//! (finalizers) are the embedder's business: a hook sees each span that has some, before it is swept.
//!
//! What is alive, and when to sweep how much, is decided elsewhere.

use crate::heap::Heap;
use crate::loom::Ordering::*;
use crate::os::PageSource;
use crate::size_class::{PAGE, SPAN_CLASSES, SpanClass};
use crate::span::Span;
use core::ptr::null_mut;

/// Called for each span with special records before it is swept, on the sweeping thread, which may hold a cache of its own
/// but no lock of the heap. It may set marks in the span (the object then stays), and change `specials`. It must not
/// allocate from the heap.
/// The first argument is what was given to [`Heap::set_specials_hook`] with it.
pub type SpecialsHook = unsafe fn(usize, &Span);

/// How many spans a refill sweeps in vain before it takes a fresh one.
const TRIES: usize = 64;

/// What [`Heap::sweep_one`] did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Swept {
    /// A span; this many of its pages became free.
    Pages(usize),
    /// Nothing: all spans are swept, or being swept by others.
    Nothing,
}

/// What was swept, in bytes, for those who report it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Work {
    /// Bytes of the spans.
    pub swept: usize,
    /// Bytes of the objects among them that became free.
    pub freed: usize,
}

impl Work {
    /// None yet.
    pub const ZERO: Work = Work { swept: 0, freed: 0 };
}

impl<S: PageSource> Heap<S> {
    /// Sets what happens to spans with special records.
    ///
    /// # Safety
    /// `hook` may be called with `context` on any thread that sweeps, as [`SpecialsHook`] says, for as long as the heap is
    /// used; it trusts the spans' [`specials`](Span::specials) no further than their writer vouches for them.
    pub unsafe fn set_specials_hook(&self, hook: SpecialsHook, context: usize) {
        self.sweep.context.store(context, Relaxed);
        // Release: who sees the hook sees its context.
        self.sweep.hook.store(hook as *mut (), Release);
    }

    /// From now on what is freed is filled with a pattern, so that who still uses it is found out.
    pub fn set_clobber(&self, on: bool) {
        self.sweep.clobber.store(on, Relaxed);
    }

    /// All spans are to be swept: what is not marked is freed, from now on, by the thread that needs memory.
    ///
    /// # Safety
    /// The caller is the heap's collector, and freeing is not explicit. The world is stopped, every cache of the heap is
    /// flushed, the last sweep is over. Every object that is still needed is marked, and nothing marks any more until
    /// [`unswept`](Self::unswept) is 0.
    pub unsafe fn begin_sweep(&self) {
        let n = (0..SPAN_CLASSES).map(|sc| self.central(SpanClass::from_raw(sc as u8)).begin_sweep()).sum();
        debug_assert!(self.sweep.unswept.load(Relaxed) == 0);
        self.sweep.cursor.store(0, Relaxed);
        // Release pairs with the Acquire in `unswept`.
        self.sweep.unswept.store(n, Release);
    }

    /// Spans whose sweep is not over, those being swept just now among them.
    #[inline]
    pub fn unswept(&self) -> usize {
        self.sweep.unswept.load(Acquire)
    }

    /// A swept span of class `sc` with a free object, held by the caller; null if sweeping brings none. Adds what it did to `work`.
    pub(crate) fn sweep_for(&self, sc: SpanClass, work: &mut Work) -> *mut Span {
        if self.unswept() == 0 {
            return null_mut();
        }
        let central = self.central(sc);
        for _ in 0..TRIES {
            let span = central.take_unswept();
            if span.is_null() {
                break;
            }
            // SAFETY: taken out of its list, so held by us.
            unsafe {
                let (_, s) = (self.sweep_objects(span, work), &*span);
                let free = s.alloc_count() < s.nelems();
                if !free {
                    central.put(span, false);
                }
                self.one_swept();
                if free {
                    return span;
                }
            }
        }
        null_mut()
    }

    /// Sweeps one span of any class, large ones first. Safe at any time: there is something to sweep only after
    /// [`begin_sweep`](Self::begin_sweep), whose caller has vouched for the marks.
    pub fn sweep_one(&self) -> Swept {
        self.sweep_one_counted(&mut Work::default())
    }

    /// [`sweep_one`](Self::sweep_one), which adds what it did to `work`.
    pub fn sweep_one_counted(&self, work: &mut Work) -> Swept {
        if self.unswept() == 0 {
            return Swept::Nothing;
        }
        loop {
            let at = self.sweep.cursor.load(Relaxed);
            if at >= SPAN_CLASSES {
                return Swept::Nothing;
            }
            let sc = SpanClass::from_raw(at as u8);
            let central = self.central(sc);
            let span = central.take_unswept();
            if span.is_null() {
                // Losing this race is fine: the class is empty either way.
                let _ = self.sweep.cursor.compare_exchange(at, at + 1, Relaxed, Relaxed);
                continue;
            }
            // SAFETY: held by us. A span without objects has no user, and its marks are clear after the sweep.
            let pages = unsafe {
                self.sweep_objects(span, work);
                let s = &*span;
                if s.alloc_count() == 0 {
                    let n = s.npages();
                    self.free_span(span);
                    n
                } else {
                    central.put(span, false);
                    0
                }
            };
            self.one_swept();
            return Swept::Pages(pages);
        }
    }

    /// Sweeps a held span, counts what was freed, and adds it to `work`.
    ///
    /// # Safety
    /// The span is in use, unswept, and held by the caller.
    unsafe fn sweep_objects(&self, span: *mut Span, work: &mut Work) {
        // SAFETY: the span is held: nothing marks or allocates in the span.
        unsafe {
            let s = &*span;
            if s.specials.load(Acquire) != 0 {
                let hook = self.sweep.hook.load(Acquire);
                if !hook.is_null() {
                    // SAFETY: only `set_specials_hook` stores here.
                    let hook: SpecialsHook = core::mem::transmute(hook);
                    hook(self.sweep.context.load(Relaxed), s);
                }
            }
            let freed = s.sweep(self.sweep.clobber.load(Relaxed));
            let sc = s.span_class();
            work.swept += s.npages() * PAGE;
            work.freed += freed * s.elem_size();
            if sc.class() == 0 {
                if freed > 0 {
                    self.note_large_free(s.elem_size());
                }
            } else {
                self.note_frees(sc.class(), freed);
            }
        }
    }

    fn one_swept(&self) {
        // Release: a thread that sees 0 sees all that was swept.
        self.sweep.unswept.fetch_sub(1, Release);
    }
}
